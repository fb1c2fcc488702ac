// My dashboard: my own numbers, every one of them from the log.
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect } from 'preact/hooks';
import type { Dashboard } from '../api/api';
import { signedIn } from '../api/session';
import { usePolling } from '../base/resource';
import { absolute, link } from '../base/route';
import { counts } from '../features/counts';
import { dashboard } from '../features/mine';
import { OwnVideos } from '../features/OwnVideos';
import { Share } from '../features/Share';
import { SignInFirst } from '../features/SignInFirst';
import { Voided } from '../features/Voided';
import { VotesOverTime } from '../features/VotesOverTime';
import { VideoCard } from '../features/VideoCard';
import { day, num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { useLive } from '../live/live';
import type { Message } from '../live/messages';
import { Icon } from '../ui/icons';
import { Bar, Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Mi panel', needed: 'Entra para ver tus números.',
    total: 'Votos totales', rank: (city: string) => `Ranking en ${city}`, of: (n: number) => (n === 1 ? 'de 1 participante' : `de ${num(n)} participantes`),
    nth: (n: number) => `${num(n)}.º`, national: (n: string, of: number) => `${n} de ${num(of)} en el país`, unranked: 'Entras al ranking con tu primer video público.',
    processed: 'Videos procesados', pending: (n: number) => (n === 1 ? '+1 pendiente' : `+${num(n)} pendientes`), rejected: (n: number) => (n === 1 ? '1 rechazado' : `${num(n)} rechazados`),
    days: 'Días restantes', until: (d: string) => `hasta el ${d}`, from: (d: string) => `la votación abre el ${d}`, over: 'la votación cerró', noDates: 'sin fecha de cierre',
    progress: 'Tu progreso', goal: (v: number, t: number) => `${num(v)} de ${num(t)} votos`, percent: (n: number) => `${num(n)} % de la meta`,
    next: (n: number) => (n === 1 ? 'Te falta 1 voto para subir un puesto.' : `Te faltan ${num(n)} votos para subir un puesto.`),
    first: 'Vas primero en tu ciudad.', mine: 'Mis videos de competencia', none: 'Aún no has subido ningún video.', noneDo: 'Subir mi video', another: 'Subir otro',
    featured: 'Videos destacados para votar', noFeatured: 'Ya votaste por todos los videos abiertos, o aún no hay otros.', all: 'Ver todos los videos',
    share: 'Comparte tu video', shareText: (t: string) => `Vota por mi jugada «${t}» en ANB Rising Stars:`,
  },
  {
    title: 'My panel', needed: 'Sign in to see your numbers.',
    total: 'Total votes', rank: (city: string) => `Rank in ${city}`, of: (n: number) => (n === 1 ? 'of 1 participant' : `of ${num(n)} participants`),
    nth: (n: number) => `#${num(n)}`, national: (n: string, of: number) => `${n} of ${num(of)} in the country`, unranked: 'Your first public video takes you into the ranking.',
    processed: 'Processed videos', pending: (n: number) => `+${num(n)} pending`, rejected: (n: number) => `${num(n)} rejected`,
    days: 'Days left', until: (d: string) => `until ${d}`, from: (d: string) => `voting opens on ${d}`, over: 'voting is over', noDates: 'no closing date',
    progress: 'Your progress', goal: (v: number, t: number) => `${num(v)} of ${num(t)} votes`, percent: (n: number) => `${num(n)}% of the goal`,
    next: (n: number) => (n === 1 ? 'One more vote and you are a place higher.' : `${num(n)} more votes and you are a place higher.`),
    first: 'You lead your city.', mine: 'My competition videos', none: 'You have not uploaded a video yet.', noneDo: 'Upload my video', another: 'Upload another',
    featured: 'Featured videos to vote for', noFeatured: 'You voted for every open video, or there are no others yet.', all: 'See all videos',
    share: 'Share your video', shareText: (t: string) => `Vote for my play “${t}” at ANB Rising Stars:`,
  },
);

const every = 5000; // ms

export default function Panel() {
  const w = words();
  useEffect(() => {
    if (signedIn.value) void dashboard.load();
  }, [signedIn.value]);
  const hear = useCallback((m: Message) => {
    counts(m);
    if (m.kind === 'video') void dashboard.load();
  }, []);
  useLive(hear);
  usePolling(every, async () => {
    await dashboard.load();
    return !dashboard.trouble.value;
  }, signedIn.value);
  return (
    <div class="wrap">
      <Title>{w.title}</Title>
      {!signedIn.value
        ? <SignInFirst back={link('panel')}>{w.needed}</SignInFirst>
        : <Load of={dashboard} skeleton={<div class="tiles">{[0, 1, 2, 3].map((i) => <div key={i} class="tile bone bone-tile" />)}</div>}>{(d) => <Figures d={d} />}</Load>}
    </div>
  );
}

function Figures({ d }: { d: Dashboard }) {
  const w = words();
  const open = d.videos.find((v) => v.is_public && v.status === 'processed' && v.stage === 'ready');
  return (
    <>
      <dl class="tiles">
        <Tile name={w.total} value={num(d.total_votes)} />
        <Tile name={w.rank(d.city)} value={d.city_rank === null ? '—' : w.nth(d.city_rank)} note={d.city_rank === null ? w.unranked : <>{w.of(d.city_participants)}{d.national.rank !== null && <><br />{w.national(w.nth(d.national.rank), d.national.participants)}</>}</>} />
        <Tile name={w.processed} value={num(d.videos_processed)}
          note={[d.videos_pending > 0 && w.pending(d.videos_pending), d.videos_rejected > 0 && w.rejected(d.videos_rejected)].filter(Boolean).join(' · ')} />
        <Tile name={w.days} value={d.closes_at ? num(d.days_remaining) : '—'} note={dates(d)} />
      </dl>
      <div class="panel-two">
        <section class="panel">
          <h2>{w.progress}</h2>
          <p class="progress-goal"><b>{w.goal(d.goal.votes, d.goal.target)}</b><span>{w.percent(d.goal.percent)}</span></p>
          <Bar label={w.progress} value={d.goal.votes} max={d.goal.target} text={w.goal(d.goal.votes, d.goal.target)} />
          {d.city_rank !== null && <p class="progress-next"><Icon name="ranking" /> {d.city_rank === 1 ? w.first : w.next(d.votes_to_next)}</p>}
          {open && (
            <>
              <h3>{w.share}</h3>
              <Share url={absolute(link('video', { id: open.video_id }))} text={w.shareText(open.title)} />
            </>
          )}
        </section>
        <section class="panel">
          <div class="panel-head"><h2>{w.mine}</h2>{d.videos.length > 0 && <a class="btn btn-small btn-quiet" href={link('upload')}>{w.another}</a>}</div>
          {d.videos.length === 0
            ? <Empty icon="upload" action={<a class="btn" href={link('upload')}>{w.noneDo}</a>}>{w.none}</Empty>
            : <OwnVideos videos={d.videos} onGone={() => void dashboard.load()} />}
        </section>
      </div>
      <Voided d={d} />
      <VotesOverTime points={d.votes_by_hour} />
      <section>
        <h2>{w.featured}</h2>
        {d.featured.length === 0
          ? <Empty icon="videos" action={<a class="btn btn-quiet" href={link('videos')}>{w.all}</a>}>{w.noFeatured}</Empty>
          : <div class="grid">{d.featured.map((v) => <VideoCard key={v.video_id} video={v} />)}</div>}
      </section>
    </>
  );
}

function dates(d: Dashboard): string {
  const w = words();
  const now = Date.now();
  if (!d.closes_at) return w.noDates;
  if (d.opens_at && Date.parse(d.opens_at) > now) return w.from(day(d.opens_at));
  return Date.parse(d.closes_at) > now ? w.until(day(d.closes_at)) : w.over;
}

function Tile({ name, value, note }: { name: string; value: string; note?: ComponentChildren }) {
  return <div class="tile"><dt>{name}</dt><dd>{value}</dd>{note && <dd class="tile-note">{note}</dd>}</div>;
}
