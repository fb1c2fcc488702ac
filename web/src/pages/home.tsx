// The landing page: what this is, the figures of this moment, and where to go.
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { signedIn } from '../api/session';
import { resource, usePolling } from '../base/resource';
import { link } from '../base/route';
import { cities } from '../features/cities';
import { useContest, voting } from '../features/contest';
import { counts } from '../features/counts';
import { hearGallery, listed, present } from '../features/gallery';
import { RankTable } from '../features/RankTable';
import { keyed, readRanking } from '../features/ranking';
import { CardSkeletons, VideoCard } from '../features/VideoCard';
import { moment, num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { live, useFresh, useLive } from '../live/live';
import { merged, type Message } from '../live/messages';
import { Icon, type IconName } from '../ui/icons';
import { Load } from '../ui/parts';

const words = texts(
  {
    kicker: 'ANB Rising Stars Showcase',
    title: ['Tu mejor jugada.', 'Tu ciudad decide.'],
    sub: 'Jugadores aficionados suben un video, la gente vota y los mejores de cada ciudad van al torneo.',
    vote: 'Ver y votar', upload: 'Subir mi video', panel: 'Ir a mi panel',
    figures: 'El concurso en este momento',
    players: (n: number) => (n === 1 ? 'jugador' : 'jugadores'), votes: (n: number) => (n === 1 ? 'voto' : 'votos'), cities: (n: number) => (n === 1 ? 'ciudad' : 'ciudades'),
    now: 'Así va el ranking', all: 'Ranking completo', none: 'El ranking empieza con el primer video publicado.',
    watch: 'Jugadas para votar', watchSub: 'Elegidas al azar para ti, iguales oportunidades para todos.', more: 'Ver todos los videos',
    how: 'Cómo funciona',
    steps: [
      ['upload', 'Sube tu jugada', 'Un MP4 de 20 a 60 segundos, al menos 1080p y hasta 100 MB. Lo preparamos para que se vea bien en cualquier teléfono.'],
      ['videos', 'La gente vota', 'Un voto por persona y video. Comparte tu enlace y reúne a tu barrio.'],
      ['ranking', 'Los mejores avanzan', 'El ranking de cada ciudad se mueve en vivo con cada voto registrado.'],
    ],
    count: 'Cómo se cuentan los votos',
    opens: (d: string) => `La votación abre el ${d}`, closes: (d: string) => `Se vota hasta el ${d}`, over: (d: string) => `La votación cerró el ${d}`,
  },
  {
    kicker: 'ANB Rising Stars Showcase',
    title: ['Your best play.', 'Your city decides.'],
    sub: 'Amateur players upload a video, people vote, and the best of each city go to the tournament.',
    vote: 'Watch and vote', upload: 'Upload my video', panel: 'Go to my panel',
    figures: 'The contest at this moment',
    players: (n: number) => (n === 1 ? 'player' : 'players'), votes: (n: number) => (n === 1 ? 'vote' : 'votes'), cities: (n: number) => (n === 1 ? 'city' : 'cities'),
    now: 'The ranking right now', all: 'Full ranking', none: 'The ranking starts with the first published video.',
    watch: 'Plays to vote for', watchSub: 'Picked at random for you, the same chance for everybody.', more: 'See all videos',
    how: 'How it works',
    steps: [
      ['upload', 'Upload your play', 'An MP4 of 20 to 60 seconds, at least 1080p and up to 100 MB. We prepare it so that it looks right on any phone.'],
      ['videos', 'People vote', 'One vote per person and video. Share your link and bring your neighbourhood along.'],
      ['ranking', 'The best go on', 'The ranking of each city moves live with every vote on record.'],
    ],
    count: 'How votes are counted',
    opens: (d: string) => `Voting opens on ${d}`, closes: (d: string) => `Voting is open until ${d}`, over: (d: string) => `Voting closed on ${d}`,
  },
);

const every = 10_000; // ms
const seldom = 120_000; // where changes come by themselves
const shownVideos = 3;
const shownRanks = 5;

export default function Home() {
  const w = words();
  return (
    <>
      <section class="hero">
        <Court />
        <div class="hero-in">
          <p class="kicker">{w.kicker}</p>
          <h1 tabIndex={-1}>{w.title.map((line) => <span key={line}>{line} </span>)}</h1>
          <p class="hero-sub">{w.sub}</p>
          <p class="buttons">
            <a class="btn btn-big" href={link('videos')}><Icon name="play" /> {w.vote}</a>
            {signedIn.value
              ? <a class="btn btn-big btn-ghost" href={link('panel')}>{w.panel}</a>
              : <a class="btn btn-big btn-ghost" href={link('upload')}>{w.upload}</a>}
          </p>
          <Figures />
          <Dates />
        </div>
      </section>
      <div class="wrap home">
        <Plays />
        <div class="home-two">
          <Leaders />
          <section>
            <h2>{w.how}</h2>
            <ol class="steps">
              {w.steps.map(([icon, head, text]) => (
                <li key={icon}><span class="steps-icon"><Icon name={icon as IconName} size={22} /></span><div><h3>{head}</h3><p>{text}</p></div></li>
              ))}
            </ol>
            <p><a class="more-link" href={link('count')}>{w.count} <Icon name="arrow" size={18} /></a></p>
          </section>
        </div>
      </div>
    </>
  );
}

// Figures are sums over the cities' own; nothing is shown before they came.
function Figures() {
  useEffect(() => void cities.load(), []);
  usePolling(every, async () => {
    await cities.load();
    return !cities.trouble.value;
  });
  const w = words();
  const list = cities.data.value;
  const players = list?.reduce((sum, c) => sum + c.players, 0) ?? 0;
  const votes = list?.reduce((sum, c) => sum + c.votes, 0) ?? 0;
  const figures: [number, string][] = list ? [[votes, w.votes(votes)], [players, w.players(players)], [list.length, w.cities(list.length)]] : [];
  return (
    <dl class="figures" aria-label={w.figures}>
      {figures.map(([n, name]) => <div key={name}><dt>{name}</dt><dd>{num(n)}</dd></div>)}
    </dl>
  );
}

// Dates says until when votes are taken, by the contest's own settings.
function Dates() {
  const c = useContest();
  const w = words();
  const phase = c && voting(c, Date.now());
  const text = c && (phase === 'early' ? w.opens(moment(c.opens_at)) : phase === 'open' ? w.closes(moment(c.closes_at)) : w.over(moment(c.closes_at)));
  return <p class="hero-dates">{text && <><Icon name={phase === 'open' ? 'clock' : 'lock'} size={18} /> {text}</>}</p>;
}

function Plays() {
  const list = listed({ city: '', order: 'azar', q: '' });
  useEffect(() => void list.load(), [list]);
  const hear = useCallback((m: Message) => {
    if (hearGallery(m)) void list.load();
  }, [list]);
  useLive(hear);
  const w = words();
  if (list.data.value?.total === 0) return null;
  return (
    <section>
      <h2>{w.watch}</h2>
      <p class="section-sub">{w.watchSub}</p>
      <Load of={list} skeleton={<CardSkeletons count={shownVideos} />}>
        {(found) => <div class="grid">{present(found).videos.slice(0, shownVideos).map((v) => <VideoCard key={v.video_id} video={v} />)}</div>}
      </Load>
      <p class="more"><a class="btn btn-quiet" href={link('videos')}>{w.more}</a></p>
    </section>
  );
}

function Leaders() {
  const top = useMemo(() => resource(() => readRanking('', 1)), []);
  useEffect(() => void top.load(), []);
  useFresh(top.load);
  const hear = useCallback((m: Message) => {
    counts(m);
    const now = top.data.value;
    if (now && m.kind === 'ranking' && m.data.city === '') top.set({ ...now, rows: merged(now.rows, m.data) });
  }, [top]);
  useLive(hear);
  usePolling(live.value ? seldom : every, async () => {
    await top.load();
    return !top.trouble.value;
  });
  const w = words();
  return (
    <section>
      <h2>{w.now}</h2>
      <Load of={top} skeleton={<div class="ranks-bones">{Array.from({ length: shownRanks }, (_, i) => <div key={i} class="bone bone-row" />)}</div>}>
        {(r) => r.rows.length === 0
          ? <p class="section-sub">{w.none}</p>
          : <RankTable rows={keyed(r.rows).slice(0, shownRanks)} most={r.rows[0]?.votes ?? 0} showCity />}
      </Load>
      <p><a class="more-link" href={link('ranking')}>{w.all} <Icon name="arrow" size={18} /></a></p>
    </section>
  );
}

// Court is half a court, seen from above.
function Court() {
  return (
    <svg class="court" viewBox="0 0 600 560" preserveAspectRatio="xMaxYMid slice" aria-hidden="true" focusable="false">
      <path d="M20 20h560v520H20zM220 20v200h160V20M300 20v20M262 40h76M40 20v120a262 262 0 0 0 520 0V20M220 220a80 80 0 0 0 160 0a80 80 0 0 0-160 0M200 540a100 100 0 0 1 200 0M262 66a38 38 0 0 0 76 0" />
      <circle cx="300" cy="58" r="13" />
    </svg>
  );
}
