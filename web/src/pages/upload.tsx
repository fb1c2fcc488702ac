// Uploading a video, and watching what becomes of it.
import { useEffect } from 'preact/hooks';
import { signedIn } from '../api/session';
import { go, link, place } from '../base/route';
import { SignInFirst } from '../features/SignInFirst';
import { phase, underWay } from '../features/upload/job';
import { Stages } from '../features/upload/Stages';
import { UploadForm } from '../features/upload/UploadForm';
import { Unfinished } from '../features/upload/Unfinished';
import { uploadWords } from '../features/upload/text';
import { Title } from '../ui/parts';

export default function Upload() {
  const w = uploadWords();
  const video = place.value.query.get('video');
  const now = phase.value;
  useEffect(() => {
    if (now.is !== 'done') return;
    phase.value = { is: 'idle' };
    go(link('upload', { video: now.videoId }), { replace: true });
  }, [now.is]);
  return (
    <div class="wrap narrow">
      <Title>{w.title}</Title>
      {!signedIn.value
        ? <><Rules /><SignInFirst back={link('upload', { video: video ?? undefined })}>{w.needed}</SignInFirst></>
        : video ? <Stages key={video} id={video} /> : <>{!underWay() && <><Unfinished /><Rules /></>}<UploadForm /></>}
    </div>
  );
}

function Rules() {
  const w = uploadWords();
  return (
    <section class="rules">
      <h2>{w.rules}</h2>
      <ul>{w.ruleList.map((r) => <li key={r}>{r}</li>)}</ul>
    </section>
  );
}
