// Uploads that were begun and not finished: go on with the same file, or give them up.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { api, type PendingUpload, type UploadPlan } from '../../api/api';
import { troubleOf, type Trouble } from '../../api/problem';
import { resource } from '../../base/resource';
import { Icon } from '../../ui/icons';
import { Bar, Notice } from '../../ui/parts';
import { goOn, isOurs, isSame } from './job';
import { uploadWords } from './text';

export function Unfinished() {
  const list = useMemo(() => resource(() => api.uploads()), []);
  useEffect(() => void list.load(), []);
  return <>{list.data.value?.map((p) => <One key={p.upload_id} pending={p} onGone={() => void list.load()} />)}</>;
}

function One({ pending, onGone }: { pending: PendingUpload; onGone: () => void }) {
  const w = uploadWords();
  const [plan, setPlan] = useState<UploadPlan | null>(null);
  const [other, setOther] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => void api.upload(pending.upload_id).then(setPlan, () => undefined), [pending.upload_id]);
  if (!plan) return null; // nothing is said of it before it is known
  const done = plan.parts.reduce((sum, p) => sum + (p.done ? p.size : 0), 0);
  const percent = Math.floor((done / pending.size) * 100);
  const take = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    setOther(!isSame(pending, file));
    if (isSame(pending, file)) void goOn(pending, file);
  };
  const drop = () => void api.dropUpload(pending.upload_id).then(onGone, (reason: unknown) => setTrouble(troubleOf(reason)));
  return (
    <section class="panel unfinished">
      <h2>{w.unfinished(pending.title, percent)}</h2>
      <Bar label={w.sending} value={done} max={pending.size} text={`${percent} %`} />
      {trouble && <Notice trouble={trouble} />}
      {other && <p class="field-error" role="alert">{w.notSame}</p>}
      <p class="field-hint">{isOurs(pending) ? w.sameFile : w.elsewhere}</p>
      <p class="buttons">
        {isOurs(pending) && (
          <label class="btn pick-file"><Icon name="upload" /> {w.goOn}<input class="sr" type="file" accept="video/mp4,.mp4" onChange={take} /></label>
        )}
        <button type="button" class="btn btn-quiet" onClick={drop}><Icon name="trash" size={18} /> {w.discard}</button>
      </p>
    </section>
  );
}
