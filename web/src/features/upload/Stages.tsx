// The stages of a video after its upload, as they happen, until its owner sees the clip play.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { api, type OwnVideoDetail } from '../../api/api';
import { sentence, type Trouble } from '../../api/problem';
import { absolute, link } from '../../base/route';
import { say } from '../../base/say';
import { lang } from '../../i18n/lang';
import { useLive } from '../../live/live';
import type { Message } from '../../live/messages';
import { clock } from '../../i18n/format';
import { Icon } from '../../ui/icons';
import { Bar, Notice, Waiting } from '../../ui/parts';
import { Clip } from '../Clip';
import { Share } from '../Share';
import { ended, follow } from './follow';
import { uploadWords } from './text';

type Times = Partial<Record<OwnVideoDetail['stage'], string>>;

export function Stages({ id }: { id: string }) {
  const [video, setVideo] = useState<OwnVideoDetail | null>(null);
  const [lost, setLost] = useState<Trouble | null>(null);
  const [times, setTimes] = useState<Times>({});
  useEffect(() => {
    const stop = new AbortController();
    void follow(id, { seen: (v) => { setVideo(v); setLost(null); }, lost: setLost }, stop.signal);
    return () => stop.abort();
  }, [id]);
  const hear = useCallback((m: Message) => {
    if (m.kind !== 'video' || m.data.video_id !== id) return;
    const { stage, progress, status, at } = m.data;
    setTimes((t) => ({ ...t, [stage]: t[stage] ?? at }));
    setVideo((v) => v && { ...v, stage, progress, status, reason: (lang.value === 'es' ? m.data.reason_es : m.data.reason_en) ?? v.reason });
    if (stage !== 'queued' && stage !== 'processing') void api.myVideo(id).then(setVideo, () => undefined); // with its links
  }, [id]);
  useLive(hear);
  const w = uploadWords();
  const told = video && (video.stage === 'ready' ? (video.is_public ? w.readyPublic : w.readyPrivate) : w[video.stage === 'processing' ? 'working' : video.stage]);
  useEffect(() => {
    if (told) say(told);
  }, [told]);
  if (!video) return lost ? <Notice trouble={lost} /> : <Waiting><div class="bone bone-row" /><div class="bone bone-row" /></Waiting>;
  return (
    <section class="panel stages">
      <h2>{video.title}</h2>
      {lost && !ended(video) && <p class="notice" role="status"><Icon name="alert" size={18} /> {w.lost} {sentence(lost)}</p>}
      <Steps video={video} times={times} />
      <End video={video} />
      <p class="buttons">
        <a class="btn btn-quiet" href={link('panel')}>{w.panel}</a>
        {ended(video) && <a class="btn btn-quiet" href={link('upload')}>{w.other}</a>}
      </p>
    </section>
  );
}

// Steps says what happened and what is happening; a time stands where the server told one.
function Steps({ video: v, times }: { video: OwnVideoDetail; times: Times }) {
  const w = uploadWords();
  const waiting = v.stage === 'queued';
  const working = v.stage === 'processing';
  const ready = v.status === 'processed';
  return (
    <ol class="steps-line" aria-label={w.progress}>
      <li class="step-done"><Icon name="check" size={18} /><b>{w.received}</b><Time at={v.uploaded_at} /></li>
      {waiting && <li class="step-now"><span class="spinner" aria-hidden="true" /><b>{w.queued}</b><Time at={times.queued} /></li>}
      {(working || ready) && (
        <li class={working ? 'step-now' : 'step-done'}>
          {working ? <span class="spinner" aria-hidden="true" /> : <Icon name="check" size={18} />}
          <b>{working ? w.working : w.worked}</b>{working ? <span>{w.percent(v.progress)}</span> : <Time at={times.processing} />}
          {working && <Bar label={w.working} value={v.progress} text={w.percent(v.progress)} />}
        </li>
      )}
      {ready && <li class="step-done"><Icon name="check" size={18} /><b>{w.ready}</b><Time at={v.processed_at} /></li>}
    </ol>
  );
}

function Time({ at }: { at: string | undefined }) {
  return at ? <time dateTime={at}>{clock(at)}</time> : <span />;
}

function End({ video: v }: { video: OwnVideoDetail }) {
  const w = uploadWords();
  if (v.stage === 'rejected' || v.stage === 'failed' || v.stage === 'withdrawn') {
    return (
      <div class="notice notice-bad" role="alert">
        <Icon name="alert" />
        <div>
          <p class="notice-what">{w[v.stage]}</p>
          {v.reason && <p>{w.reason}: {v.reason}</p>}
          <p>{w[`${v.stage}Do`]}</p>
        </div>
      </div>
    );
  }
  if (v.stage !== 'ready' || !v.processed_url) return null;
  return (
    <>
      <Clip title={v.title} src={v.processed_url} poster={v.poster_url} open />
      <p class="notice notice-good"><Icon name="check" size={20} /> {v.is_public ? w.readyPublic : w.readyPrivate}</p>
      {v.is_public && (
        <>
          <p><a class="more-link" href={link('video', { id: v.video_id })}>{w.see} <Icon name="arrow" size={18} /></a></p>
          <h3>{w.shareIt}</h3>
          <Share url={absolute(link('video', { id: v.video_id }))} text={w.shareText(v.title)} />
        </>
      )}
    </>
  );
}
