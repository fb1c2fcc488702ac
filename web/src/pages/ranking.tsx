// Who is ahead, by city and in the whole country, live.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, type Ranking as Data } from '../api/api';
import { signedIn } from '../api/session';
import { now, useNow } from '../base/online';
import { resource, usePolling, type Resource } from '../base/resource';
import { go, link, place } from '../base/route';
import { CityChips } from '../features/CityChips';
import { counts } from '../features/counts';
import { contest, useContest } from '../features/contest';
import { me, standing } from '../features/mine';
import { RankTable } from '../features/RankTable';
import { around, keyed, matching, ownPosition, pageSize, readRanking, type Keyed } from '../features/ranking';
import { ago, folded, num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { live, useFresh, useLive } from '../live/live';
import { merged, type Message } from '../live/messages';
import { Icon } from '../ui/icons';
import { Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Ranking', sub: 'Votos de todos los videos públicos de cada jugador.',
    search: 'Buscar jugador o ciudad', cutNote: (n: number) => (n === 1 ? 'Al torneo pasa el primero de cada ciudad.' : `Al torneo pasan los ${num(n)} primeros de cada ciudad.`), live: 'en vivo', paused: 'en pausa', cut: 'sin conexión', held: 'quieto mientras lo miras de cerca',
    at: (n: number) => `al evento ${num(n)}`, pause: 'Pausar', go: 'Seguir',
    none: 'Todavía no hay jugadores con un video público aquí.', noneDo: 'Sube el primero',
    nothing: 'Ningún jugador coincide con tu búsqueda.', clear: 'Quitar la búsqueda', more: 'Mostrar más',
    mine: 'Tu lugar', next: (n: number) => (n === 1 ? 'Te falta 1 voto para subir un puesto.' : `Te faltan ${num(n)} votos para subir un puesto.`), ties: 'En un empate va primero quien llegó antes a esos votos.', how: 'Cómo se cuentan los votos',
  },
  {
    title: 'Ranking', sub: 'Votes of all public videos of each player.',
    search: 'Search player or city', cutNote: (n: number) => (n === 1 ? 'The first of each city goes to the tournament.' : `The first ${num(n)} of each city go to the tournament.`), live: 'live', paused: 'paused', cut: 'offline', held: 'holding still while you look closely',
    at: (n: number) => `at event ${num(n)}`, pause: 'Pause', go: 'Go on',
    none: 'No players with a public video here yet.', noneDo: 'Upload the first one',
    nothing: 'No player matches your search.', clear: 'Clear the search', more: 'Show more',
    mine: 'Your place', next: (n: number) => (n === 1 ? 'One more vote and you are a place higher.' : `${num(n)} more votes and you are a place higher.`), ties: 'In a tie, whoever got to those votes first is ahead.', how: 'How votes are counted',
  },
);

const every = 3000; // ms, while nothing comes by itself
const seldom = 60_000;
const own = 5000; // for one's own place, which tells the own row from a namesake's
const reach = 2; // neighbours on each side

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
    void standing.load();
    void me.load();
  }, [signedIn.value]);
  usePolling(own, async () => {
    await Promise.all([standing.load(), me.data.value ? undefined : me.load()]);
    return !standing.trouble.value;
  }, signedIn.value);
  const finalists = useContest()?.finalists_per_city;
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
      <p class="fine">{finalists !== undefined && w.cutNote(finalists)} {w.ties} <a href={link('count')}>{w.how}</a></p>
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
    if (!now || m.kind === 'video' || m.kind === 'gallery') return;
    if (m.kind === 'position') data.set({ ...now, position: m.data.log_position });
    else if (folded(m.data.city) === folded(city)) data.set({ rows: merged(now.rows, m.data), position: m.data.log_position });
  }, [data, city]);
  useLive(hear);
  const still = useRef<Data | null>(null); // what is shown while it is held
  if (!held || !still.current) still.current = data.data.value ?? null;
  const w = words();
  const cut = data.trouble.value !== undefined;
  return (
    <section onMouseEnter={() => setInside(true)} onMouseLeave={() => setInside(false)} onFocusCapture={() => setInside(true)} onBlurCapture={() => setInside(false)}>
      <div class="live">
        <span class={held || cut ? 'live-dot live-held' : 'live-dot'} aria-hidden="true" />
        <Age at={data.at.value} position={still.current?.position ?? null} state={cut ? w.cut : paused ? w.paused : inside ? w.held : w.live} />
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
  const finalists = contest.data.value?.finalists_per_city ?? null;
  const cut = city === '' || search !== '' ? null : finalists; // it is a city's own
  const rows = useMemo(() => keyed(ranking.rows), [ranking]);
  const shown = matching(rows, search);
  if (rows.length === 0) return <Empty icon="ranking" action={<a class="btn" href={link('upload')}>{w.noneDo}</a>}>{w.none}</Empty>;
  if (shown.length === 0) return <Empty icon="search" action={<a class="btn btn-quiet" href={link('ranking', { ciudad: city })}>{w.clear}</a>}>{w.nothing}</Empty>;
  const place = ownPlace(rows, city);
  const most = rows[0]?.votes ?? 0;
  return (
    <>
      {search === '' && <Near rows={rows} place={place} most={most} city={city} />}
      <RankTable rows={shown} most={most} me={place} cut={cut} showCity={city === ''} />
    </>
  );
}

// inList is one's own place in the list of a city, or of the country; null where one is not.
function inList(city: string): number | null {
  const own = standing.data.value;
  if (!own) return null;
  return city === '' ? own.position : folded(own.city) === folded(city) ? own.city_position : null;
}

function ownPlace(rows: readonly Keyed[], city: string): number | null {
  const who = me.data.value;
  const own = standing.data.value;
  if (!who || !own) return null;
  return ownPosition(rows, { name: `${who.first_name} ${who.last_name}`, city: own.city, votes: own.votes, position: inList(city) });
}

const shownAnyway = 5; // places that are seen without looking for them

// Near shows one's own row and its neighbours above the list. Where the list does not reach that far yet, they are asked for.
function Near({ rows, place, most, city }: { rows: readonly Keyed[]; place: number | null; most: number; city: string }) {
  const expected = inList(city);
  const beyond = place === null && expected !== null && expected > rows.length ? expected : null;
  const part = useMemo(() => resource(() => api.ranking({ city, limit: 2 * reach + 1, offset: Math.max(0, (beyond ?? 1) - 1 - reach) })), [city, beyond]);
  useEffect(() => {
    if (beyond !== null) void part.load();
  }, [part]);
  const near = place !== null ? around(rows, place, reach) : beyond !== null ? keyed(part.data.value?.rows ?? []) : [];
  const own = place ?? (beyond === null ? null : ownPlace(near, city));
  if (own === null || own <= shownAnyway || near.length === 0) return null;
  const w = words();
  const next = standing.data.value?.to_next ?? 0;
  return (
    <section class="near" aria-label={w.mine}>
      <h2>{w.mine}</h2>
      <RankTable rows={near} most={most} me={own} showCity={city === ''} />
      {city !== '' && next > 0 && <p class="fine">{w.next(next)}</p>}
    </section>
  );
}
