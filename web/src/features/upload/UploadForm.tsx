// The form: a file, a title, who may see it; then the bytes on their way.
import { useId, useRef, useState } from 'preact/hooks';
import { megabytes, span } from '../../i18n/format';
import { Icon } from '../../ui/icons';
import { Bar, Field, focusFirstError, Notice } from '../../ui/parts';
import { judge, passes, rules, type Facts } from './checks';
import { cancel, choose, hold, isPublic, phase, start, title, underWay } from './job';
import { uploadWords } from './text';

export function UploadForm() {
  const w = uploadWords();
  const now = phase.value;
  const [tried, attempt] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const facts = 'facts' in now ? now.facts : null;
  const noTitle = tried && title.value.trim() === '';
  const noFile = tried && now.is === 'idle';
  const submit = (event: Event) => {
    event.preventDefault();
    attempt(true);
    if (title.value.trim() === '' || !facts || !passes(judge(facts))) return focusFirstError(form.current);
    start();
  };
  if (underWay()) return <OnItsWay />;
  return (
    <form ref={form} class="form panel" onSubmit={submit} noValidate>
      <Picker error={noFile ? w.fileNeeded : undefined} />
      {facts && <Checks facts={facts} />}
      {now.is === 'failed' && <Notice trouble={now.trouble} />}
      <Field name="title" label={w.name} hint={w.nameHint} value={title.value} maxLength={rules.maxTitle} onValue={(v) => (title.value = v)}
        error={noTitle ? w.nameNeeded : now.is === 'failed' ? now.trouble.fields['title'] : undefined} />
      <Visibility />
      <button type="submit" class="btn btn-wide"><Icon name="upload" /> {now.is === 'failed' ? w.retry : w.send}</button>
    </form>
  );
}

function Picker({ error }: { error: string | undefined }) {
  const w = uploadWords();
  const id = useId();
  const [over, setOver] = useState(false);
  const now = phase.value;
  const file = 'file' in now ? now.file : null;
  const take = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const given = input.files?.[0];
    input.value = ''; // so that the same file can be chosen again after it was exported anew
    if (given) void choose(given);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const given = event.dataTransfer?.files[0];
    if (given) void choose(given);
  };
  return (
    <div class={error ? 'field field-bad' : 'field'}>
      <label for={id}>{w.file}</label>
      <div class={over ? 'drop drop-over' : 'drop'} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <input id={id} class="drop-input" type="file" accept="video/mp4,.mp4" aria-invalid={error ? 'true' : undefined} aria-describedby={error && `${id}-error`}
          onChange={take} />
        <span class="drop-icon"><Icon name="videos" size={28} /></span>
        {file
          ? <p class="drop-file"><b>{file.name}</b> <span>{megabytes(file.size)}</span></p>
          : <p class="drop-hint"><b class="drop-choose">{w.choose}</b> <span>{w.drop}</span></p>}
        {file && <p class="drop-hint"><b class="drop-choose">{w.change}</b></p>}
      </div>
      {now.is === 'looking' && <p class="field-hint" role="status">{w.looking}</p>}
      {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

function Checks({ facts }: { facts: Facts }) {
  return (
    <ul class="checks" role="status">
      {judge(facts).map((v) => (
        <li key={v.rule} class={v.ok === null ? 'checks-unknown' : v.ok ? 'checks-ok' : 'checks-bad'}>
          <Icon name={v.ok === null ? 'clock' : v.ok ? 'check' : 'close'} size={18} /> {v.text}
        </li>
      ))}
    </ul>
  );
}

function Visibility() {
  const w = uploadWords();
  return (
    <fieldset class="choice">
      <legend>{w.visibility}</legend>
      <label><input type="radio" name="visibility" checked={isPublic.value} onChange={() => (isPublic.value = true)} /> <span>{w.public}<small>{w.publicHint}</small></span></label>
      <label><input type="radio" name="visibility" checked={!isPublic.value} onChange={() => (isPublic.value = false)} /> <span>{w.private}</span></label>
    </fieldset>
  );
}

function OnItsWay() {
  const w = uploadWords();
  const now = phase.value;
  if (now.is !== 'sending' && now.is !== 'delivered') return null;
  const total = now.file.size;
  const sent = now.is === 'sending' ? now.sent : total;
  const facts = now.is === 'delivered' ? w.delivered
    : now.paused ? w.paused : [w.sent(megabytes(sent), megabytes(total)), ...(now.speed === null ? [w.measuring] : [w.speed(megabytes(now.speed)), ...(now.remaining === null ? [] : [w.left(span(now.remaining))])])].join(' · ');
  return (
    <section class="panel sending">
      <h2>{w.sending}: {title.value.trim()}</h2>
      <Bar label={w.sending} value={sent} max={total} text={`${Math.floor((sent / total) * 100)} %`} />
      <p class="sending-facts"><b>{Math.floor((sent / total) * 100)} %</b> <span>{facts}</span></p>
      {now.is === 'sending' && now.stalled && <p class="notice" role="status"><Icon name="alert" size={18} /> {w.stalled}</p>}
      <p class="field-hint">{w.browse}</p>
      <p class="buttons">
        {now.is === 'sending' && now.pausable && (
          <button type="button" class="btn" onClick={() => hold(!now.paused)}><Icon name={now.paused ? 'play' : 'pause'} size={18} /> {now.paused ? w.resume : w.pause}</button>
        )}
        <button type="button" class="btn btn-quiet" onClick={cancel}><Icon name="close" size={18} /> {w.cancel}</button>
      </p>
    </section>
  );
}
