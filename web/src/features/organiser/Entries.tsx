// Every video of the contest, with where it stands and what can be done about it.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { organiser, type Entry } from '../../api/organiser';
import { mediaHref } from '../../api/config';
import { usePolling, resource } from '../../base/resource';
import { go, link, place } from '../../base/route';
import { moment } from '../../i18n/format';
import { Icon } from '../../ui/icons';
import { Empty, Load } from '../../ui/parts';
import { cities } from '../cities';
import { stageWords } from '../stage-text';
import { voteWords } from '../vote-text';
import { ReasonDialog, type Asked } from './ReasonDialog';
import { organiserWords } from './text';

const pageSize = 20;
const every = 5000; // ms
const stages = ['queued', 'processing', 'ready', 'rejected', 'failed', 'withdrawn'] as const;

export function Entries() {
  const query = place.value.query;
  const stage = stages.find((s) => s === query.get('etapa')) ?? '';
  const city = query.get('ciudad') ?? '';
  const q = query.get('q') ?? '';
  const page = Math.max(1, Math.floor(Number(query.get('pagina'))) || 1);
  const list = useMemo(() => resource(() => organiser.entries({ stage, city, q, page, limit: pageSize })), [stage, city, q, page]);
  useEffect(() => void list.load(), [list]);
  useEffect(() => {
    if (!cities.data.value) void cities.load();
  }, []);
  usePolling(every, async () => {
    await list.load();
    return !list.trouble.value;
  });
  const [asked, ask] = useState<Asked | null>(null);
  const w = organiserWords();
  const href = (change: Record<string, string>) => {
    const now: Record<string, string> = { ver: 'videos', etapa: stage, ciudad: city, q, pagina: '', ...change };
    return link('organiser', now);
  };
  const pick = (change: Record<string, string>) => go(href(change), { replace: true, quiet: true });
  return (
    <>
      <form class="tools" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="search">
          <span class="sr">{w.search}</span>
          <Icon name="search" />
          <input type="search" value={q} placeholder={w.search} onInput={(e) => pick({ q: e.currentTarget.value })} />
        </label>
        <label class="pick">
          <span>{w.stage}</span>
          <select value={stage} onChange={(e) => pick({ etapa: e.currentTarget.value })}>
            <option value="">{w.anyStage}</option>
            {stages.map((s) => <option key={s} value={s}>{stageWords().stages[s]}</option>)}
          </select>
        </label>
        <label class="pick">
          <span>{w.city}</span>
          <select value={city} onChange={(e) => pick({ ciudad: e.currentTarget.value })}>
            <option value="">{w.anyCity}</option>
            {[...new Set([...(city ? [city] : []), ...(cities.data.value ?? []).map((c) => c.city)])].map((c) => <option key={c} value={c}>{c}</option>)}
          </select>
        </label>
      </form>
      <Load of={list} skeleton={<><div class="bone bone-row" /><div class="bone bone-row" /><div class="bone bone-row" /></>}>
        {({ entries, total }) => (
          <>
            <p class="found" role="status">{w.found(total)}</p>
            {entries.length === 0
              ? <Empty icon="search" action={<a class="btn btn-quiet" href={link('organiser', { ver: 'videos' })}>{w.clear}</a>}>{w.none}</Empty>
              : <ul class="own panel">{entries.map((e) => <Row key={e.video_id} entry={e} ask={ask} done={() => void list.load()} />)}</ul>}
            {total > pageSize && (
              <nav class="pages" aria-label={w.page(page, Math.ceil(total / pageSize))}>
                {page > 1 && <a class="btn btn-quiet" href={href({ pagina: page > 2 ? String(page - 1) : '' })}>{w.earlier}</a>}
                <span>{w.page(page, Math.ceil(total / pageSize))}</span>
                {page * pageSize < total && <a class="btn btn-quiet" href={href({ pagina: String(page + 1) })}>{w.later}</a>}
              </nav>
            )}
          </>
        )}
      </Load>
      <ReasonDialog asked={asked} onClose={() => ask(null)} />
    </>
  );
}

function Row({ entry: e, ask, done }: { entry: Entry; ask: (a: Asked) => void; done: () => void }) {
  const w = organiserWords();
  const again = e.stage === 'rejected' || e.stage === 'failed' || e.stage === 'ready';
  const act = (title: string, what: string, send: (reason: string) => Promise<unknown>, said: string) => ask({
    title, what, go: title,
    act: async (reason) => {
      await send(reason);
      done();
      return said;
    },
  });
  return (
    <li class="own-row">
      <span class="own-poster frame">{e.poster_url && <img class="frame-fill" src={mediaHref(e.poster_url)} alt="" width={128} height={72} loading="lazy" />}</span>
      <div class="own-text">
        <p class="own-title">{e.clip_url ? <a href={mediaHref(e.clip_url)} target="_blank" rel="noopener">{e.title}<span class="sr"> ({w.watch})</span></a> : e.title}</p>
        <p class="own-facts"><span>{e.player_name}</span><span>{e.city}</span><span>{moment(e.uploaded_at)}</span></p>
        <p class="own-facts">
          <span class={`stage stage-${e.stage}`}>{stageWords().stages[e.stage]}{e.stage === 'processing' && ` ${e.progress} %`}</span>
          {!e.public && <span>{w.private}</span>}
          {e.attempts > 0 && <span>{w.attempts(e.attempts)}</span>}
          {e.public && e.stage === 'ready' && <b>{voteWords().counted(e.votes)}</b>}
        </p>
        {e.reason && <p class="own-reason"><Icon name="alert" size={18} /> {e.reason}</p>}
      </div>
      <div class="own-do">
        {again && (
          <button type="button" class="btn btn-small btn-quiet" aria-label={w.reprocessOf(e.title)}
            onClick={() => act(w.reprocess, w.reprocessWhat(e.title), (reason) => organiser.reprocess(e.video_id, reason), w.reprocessed)}>{w.reprocess}</button>
        )}
        {e.stage !== 'withdrawn' && (
          <button type="button" class="btn btn-small btn-quiet" aria-label={w.withdrawOf(e.title)}
            onClick={() => act(w.withdraw, w.withdrawWhat(e.title), (reason) => organiser.withdraw(e.video_id, reason), w.withdrawn)}>{w.withdraw}</button>
        )}
      </div>
    </li>
  );
}
