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

export function Stages({ id }: { id: string }) {
  const [video, setVideo] = useState<OwnVideoDetail | null>(null);
  const [lost, setLost] = useState<Trouble | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    void follow(id, { seen: (v) => { setVideo(v); setLost(null); }, lost: setLost }, stop.signal);
    return () => stop.abort();
  }, [id]);
  const hear = useCallback((m: Message) => {
    if (m.kind !== 'video' || m.data.video_id !== id) return;
    const { stage, progress, status, at } = m.data;
    setVideo((v) => v && { ...v, stage, progress, status, stages: noted(v, stage, at), reason: (lang.value === 'es' ? m.data.reason_es : m.data.reason_en) ?? v.reason });
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
      <Steps video={video} />
      <End video={video} />
      <p class="buttons">
        <a class="btn btn-quiet" href={link('panel')}>{w.panel}</a>
        {ended(video) && <a class="btn btn-quiet" href={link('upload')}>{w.other}</a>}
      </p>
    </section>
  );
}

// noted are the stages with one more, unless it is the one that the video is in anyway.
function noted(v: OwnVideoDetail, stage: OwnVideoDetail['stage'], at: string): OwnVideoDetail['stages'] {
  return v.stages.at(-1)?.stage === stage ? v.stages : [...v.stages, { stage, at }];
}

// Steps says what happened and what is happening, each with the time at which it did.
function Steps({ video: v }: { video: OwnVideoDetail }) {
  const w = uploadWords();
  const done = v.stages.filter((s) => s.stage !== 'queued' || s !== v.stages[0]); // to be received is to be queued
  const now = v.stage === 'queued' || v.stage === 'processing';
  return (
    <ol class="steps-line" aria-label={w.progress}>
      <Step name={w.received} at={v.uploaded_at} />
      {done.map((s, i) => now && i === done.length - 1 && s.stage === v.stage ? null : <Step key={i} name={w.past[s.stage]} at={s.at} bad={s.stage === 'rejected' || s.stage === 'failed' || s.stage === 'withdrawn'} />)}
      {now && (
        <li class="step-now">
          <span class="spinner" aria-hidden="true" /><b>{v.stage === 'queued' ? w.queued : w.working}</b>
          {v.stage === 'processing' ? <span>{w.percent(v.progress)}</span> : <Time at={v.stages.at(-1)?.at} />}
          {v.stage === 'processing' && <Bar label={w.working} value={v.progress} text={w.percent(v.progress)} />}
        </li>
      )}
    </ol>
  );
}

function Step({ name, at, bad }: { name: string; at: string; bad?: boolean }) {
  return <li class={bad ? 'step-bad' : 'step-done'}><Icon name={bad ? 'close' : 'check'} size={18} /><b>{name}</b><Time at={at} /></li>;
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
