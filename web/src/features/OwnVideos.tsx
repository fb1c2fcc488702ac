// My videos: where each stands, why it was refused, and a way to delete it while that is allowed.
import { useState } from 'preact/hooks';
import { api, type OwnVideo } from '../api/api';
import { mediaHref } from '../api/config';
import { troubleOf, type Trouble } from '../api/problem';
import { link } from '../base/route';
import { say } from '../base/say';
import { moment } from '../i18n/format';
import { texts } from '../i18n/lang';
import { Icon } from '../ui/icons';
import { Dialog, Notice } from '../ui/parts';
import { stageWords } from './stage-text';
import { voteWords } from './vote-text';

const words = texts(
  {
    open: 'Abierto a votación', private: 'Privado', remove: 'Eliminar', removeOf: (t: string) => `Eliminar ${t}`,
    ask: '¿Eliminar este video?', what: (t: string) => `«${t}» y sus archivos se borran para siempre.`, no: 'Conservar', yes: 'Sí, eliminar', doing: 'Eliminando…',
    gone: 'El video fue eliminado.', public: 'Un video abierto a votación ya no se puede eliminar.', follow: 'Ver el avance',
  },
  {
    open: 'Open for voting', private: 'Private', remove: 'Delete', removeOf: (t: string) => `Delete ${t}`,
    ask: 'Delete this video?', what: (t: string) => `“${t}” and its files are removed for good.`, no: 'Keep it', yes: 'Yes, delete', doing: 'Deleting…',
    gone: 'The video was deleted.', public: 'A video that is open for voting cannot be deleted any more.', follow: 'See the progress',
  },
);

type Listed = OwnVideo & { votes?: number };

export function OwnVideos({ videos, onGone }: { videos: readonly Listed[]; onGone: () => void }) {
  const [asked, ask] = useState<Listed | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const w = words();
  const close = () => {
    ask(null);
    setTrouble(null);
  };
  const remove = async (v: Listed) => {
    setBusy(true);
    setTrouble(null);
    try {
      await api.deleteVideo(v.video_id);
      say(w.gone);
      close();
      onGone();
    } catch (reason) {
      setTrouble(troubleOf(reason));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ul class="own">
        {[...videos].reverse().map((v) => <Row key={v.video_id} video={v} onDelete={() => ask(v)} />)}
      </ul>
      <Dialog open={asked !== null} title={w.ask} onClose={close}>
        <p>{asked && w.what(asked.title)}</p>
        {trouble && <Notice trouble={trouble} />}
        <p class="buttons">
          <button type="button" class="btn btn-quiet" onClick={close}>{w.no}</button>
          <button type="button" class="btn btn-bad" aria-disabled={busy ? 'true' : undefined} onClick={() => !busy && asked && void remove(asked)}>{busy ? w.doing : w.yes}</button>
        </p>
      </Dialog>
    </>
  );
}

function Row({ video: v, onDelete }: { video: Listed; onDelete: () => void }) {
  const w = words();
  const voting = v.is_public && v.stage === 'ready';
  return (
    <li class="own-row">
      <span class="own-poster frame">{v.poster_url && <img class="frame-fill" src={mediaHref(v.poster_url)} alt="" width={128} height={72} loading="lazy" />}</span>
      <div class="own-text">
        <p class="own-title">{voting ? <a href={link('video', { id: v.video_id })}>{v.title}</a> : v.title}</p>
        <p class="own-facts">
          <span class={`stage stage-${v.stage}`}>{stageWords().stages[v.stage]}{v.stage === 'processing' && ` ${v.progress} %`}</span>
          <span>{v.is_public ? (voting ? w.open : '') : w.private}</span>
          <span>{moment(v.uploaded_at)}</span>
          {v.votes !== undefined && voting && <b>{voteWords().counted(v.votes)}</b>}
        </p>
        {v.reason && <p class="own-reason"><Icon name="alert" size={18} /> {v.reason}</p>}
      </div>
      <div class="own-do">
        {(v.stage === 'queued' || v.stage === 'processing') && <a class="btn btn-small btn-quiet" href={link('upload', { video: v.video_id })}>{w.follow}</a>}
        {voting
          ? null
          : <button type="button" class="btn btn-small btn-quiet" aria-label={w.removeOf(v.title)} onClick={onDelete}><Icon name="trash" size={18} /> {w.remove}</button>}
      </div>
    </li>
  );
}
