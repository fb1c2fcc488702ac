// Who is ahead, by city and in the whole country, live.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Ranking as Data } from '../api/api';
import { signedIn } from '../api/session';
import { now, useNow } from '../base/online';
import { resource, usePolling, type Resource } from '../base/resource';
import { go, link, place } from '../base/route';
import { CityChips } from '../features/CityChips';
import { counts } from '../features/counts';
import { dashboard, me } from '../features/mine';
import { RankTable } from '../features/RankTable';
import { around, keyed, matching, ownPosition, pageSize, readRanking } from '../features/ranking';
import { ago, folded, num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { live, useFresh, useLive } from '../live/live';
import { merged, type Message } from '../live/messages';
import { Icon } from '../ui/icons';
import { Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Ranking', sub: 'Votos de todos los videos públicos de cada jugador.',
    search: 'Buscar jugador o ciudad', live: 'en vivo', paused: 'en pausa', held: 'quieto mientras lo miras de cerca',
    at: (n: number) => `al evento ${num(n)}`, pause: 'Pausar', go: 'Seguir',
    none: 'Todavía no hay jugadores con un video público aquí.', noneDo: 'Sube el primero',
    nothing: 'Ningún jugador coincide con tu búsqueda.', clear: 'Quitar la búsqueda', more: 'Mostrar más',
    mine: 'Tu lugar', ties: 'En un empate va primero quien llegó antes a esos votos.', how: 'Cómo se cuentan los votos',
  },
  {
    title: 'Ranking', sub: 'Votes of all public videos of each player.',
    search: 'Search player or city', live: 'live', paused: 'paused', held: 'holding still while you look closely',
    at: (n: number) => `at event ${num(n)}`, pause: 'Pause', go: 'Go on',
    none: 'No players with a public video here yet.', noneDo: 'Upload the first one',
    nothing: 'No player matches your search.', clear: 'Clear the search', more: 'Show more',
    mine: 'Your place', ties: 'In a tie, whoever got to those votes first is ahead.', how: 'How votes are counted',
  },
);

const every = 3000; // ms, while nothing comes by itself
const seldom = 60_000;
const own = 5000; // for one's own figures, which tell the own row from a namesake's

export default function Ranking() {
  const query = place.value.query;
  const city = query.get('ciudad') ?? '';
  const search = query.get('q') ?? '';
  const [pages, setPages] = useState(1);
  const all = search === '' ? pages : Number.MAX_SAFE_INTEGER; // a search looks at everybody
  const data = useMemo(() => resource(() => readRanking(city, all)), [city, all]);
  const last = useRef<{ city: string; data: Data } | null>(null);
  useEffect(() => {
    if (last.current?.city === city) data.set(last.current.data);
    void data.load();
  }, [data]);
  if (data.data.value) last.current = { city, data: data.data.value };
  useEffect(() => {
    if (!signedIn.value) return;
    void dashboard.load();
    void me.load();
  }, [signedIn.value]);
  usePolling(own, async () => {
    await Promise.all([dashboard.load(), me.data.value ? undefined : me.load()]);
    return !dashboard.trouble.value;
  }, signedIn.value);
  const href = (change: { city?: string; q?: string }) => link('ranking', { ciudad: change.city ?? city, q: change.q ?? search });
  const w = words();
  return (
    <div class="wrap medium">
      <Title sub={w.sub}>{w.title}</Title>
      <CityChips chosen={city} href={(c) => href({ city: c })} />
      <form class="tools" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="search">
          <span class="sr">{w.search}</span>
          <Icon name="search" />
          <input type="search" value={search} placeholder={w.search} onInput={(e) => go(href({ q: e.currentTarget.value }), { replace: true, quiet: true })} />
        </label>
      </form>
      <Live data={data} city={city} search={search} />
      {(data.data.value?.rows.length ?? 0) >= pages * pageSize && search === '' && (
        <p class="more"><button type="button" class="btn btn-quiet" onClick={() => setPages(pages + 1)}>{w.more}</button></p>
      )}
      <p class="fine">{w.ties} <a href={link('count')}>{w.how}</a></p>
    </div>
  );
}

// Live keeps the table fresh, and still while a pointer or the focus is inside.
function Live({ data, city, search }: { data: Resource<Data>; city: string; search: string }) {
  const [paused, pause] = useState(false);
  const [inside, setInside] = useState(false);
  const held = paused || inside;
  usePolling(live.value ? seldom : every, async () => {
    await data.load();
    return !data.trouble.value;
  });
  useFresh(data.load);
  const hear = useCallback((m: Message) => {
    counts(m);
    const now = data.data.value;
    if (!now || m.kind === 'video') return;
    if (m.kind === 'position') data.set({ ...now, position: m.data.log_position });
    else if (folded(m.data.city) === folded(city)) data.set({ rows: merged(now.rows, m.data), position: m.data.log_position });
  }, [data, city]);
  useLive(hear);
  const still = useRef<Data | null>(null); // what is shown while it is held
  if (!held || !still.current) still.current = data.data.value ?? null;
  const w = words();
  return (
    <section onMouseEnter={() => setInside(true)} onMouseLeave={() => setInside(false)} onFocusCapture={() => setInside(true)} onBlurCapture={() => setInside(false)}>
      <div class="live">
        <span class={held ? 'live-dot live-held' : 'live-dot'} aria-hidden="true" />
        <Age at={data.at.value} position={still.current?.position ?? null} state={paused ? w.paused : inside ? w.held : w.live} />
        <button type="button" class="btn btn-small btn-quiet" aria-pressed={paused} onClick={() => pause(!paused)}>{paused ? w.go : w.pause}</button>
      </div>
      <Load of={data} skeleton={<div class="ranks-bones">{Array.from({ length: 8 }, (_, i) => <div key={i} class="bone bone-row" />)}</div>}>
        {(ranking) => <Table ranking={still.current ?? ranking} city={city} search={search} />}
      </Load>
    </section>
  );
}

function Age({ at, position, state }: { at: number; position: number | null; state: string }) {
  useNow();
  return (
    <p class="live-text">
      <b>{state}</b>{at > 0 && <span> · {ago(at, Math.max(now.value, at))}</span>}{position !== null && <span> · {words().at(position)}</span>}
    </p>
  );
}

function Table({ ranking, city, search }: { ranking: Data; city: string; search: string }) {
  const w = words();
  const rows = useMemo(() => keyed(ranking.rows), [ranking]);
  const shown = matching(rows, search);
  if (rows.length === 0) return <Empty icon="ranking" action={<a class="btn" href={link('upload')}>{w.noneDo}</a>}>{w.none}</Empty>;
  if (shown.length === 0) return <Empty icon="search" action={<a class="btn btn-quiet" href={link('ranking', { ciudad: city })}>{w.clear}</a>}>{w.nothing}</Empty>;
  const who = me.data.value;
  const mine = dashboard.data.value;
  const place = who && mine
    ? ownPosition(rows, { name: `${who.first_name} ${who.last_name}`, city: who.city, votes: mine.total_votes, cityRank: mine.city_rank })
    : null;
  const most = rows[0]?.votes ?? 0;
  const near = place === null ? [] : around(rows, place);
  return (
    <>
      {place !== null && place > 5 && near.length > 0 && search === '' && (
        <section class="near" aria-label={w.mine}>
          <h2>{w.mine}</h2>
          <RankTable rows={near} most={most} me={place} showCity={city === ''} />
        </section>
      )}
      <RankTable rows={shown} most={most} me={place} showCity={city === ''} />
    </>
  );
}
