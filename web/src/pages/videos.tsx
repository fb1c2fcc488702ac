// Videos to watch and vote for.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PublicVideo } from '../api/api';
import { arranged, orderOf, orders, seed, videosIn, type Order } from '../features/gallery';
import { CityChips } from '../features/CityChips';
import { CardSkeletons, VideoCard } from '../features/VideoCard';
import { usePolling } from '../base/resource';
import { go, link, place } from '../base/route';
import { counts } from '../features/counts';
import { num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { live, useFresh, useLive } from '../live/live';
import { Icon } from '../ui/icons';
import { Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Videos para votar',
    sub: 'Un voto por video, todos los videos que quieras.',
    search: 'Buscar jugador, ciudad o título',
    order: 'Orden',
    orders: { azar: 'Al azar, justo para todos', votos: 'Más votados', nuevos: 'Más recientes', antiguos: 'Más antiguos' },
    found: (n: number) => (n === 1 ? '1 video' : `${num(n)} videos`),
    more: 'Mostrar más',
    none: 'Todavía no hay videos abiertos a votación aquí.',
    noneDo: 'Sube el primero',
    nothing: 'Ningún video coincide con tu búsqueda.',
    clear: 'Quitar los filtros',
  },
  {
    title: 'Videos to vote for',
    sub: 'One vote per video, as many videos as you like.',
    search: 'Search player, city or title',
    order: 'Order',
    orders: { azar: 'Random, fair to all', votos: 'Most votes', nuevos: 'Newest', antiguos: 'Oldest' },
    found: (n: number) => (n === 1 ? '1 video' : `${num(n)} videos`),
    more: 'Show more',
    none: 'No videos are open for voting here yet.',
    noneDo: 'Upload the first one',
    nothing: 'No video matches your search.',
    clear: 'Clear the filters',
  },
);

const step = 12; // cards at once
const refresh = 15_000; // ms, while nothing comes by itself
const seldom = 120_000;

export default function Videos() {
  const query = place.value.query;
  const city = query.get('ciudad') ?? '';
  const order = orderOf(query.get('orden'));
  const search = query.get('q') ?? '';
  const list = videosIn(city);
  useEffect(() => void list.load(), [list]);
  useLive(counts);
  useFresh(list.load);
  usePolling(live.value ? seldom : refresh, async () => {
    await list.load();
    return !list.trouble.value;
  });
  const href = (change: { city?: string; order?: Order; q?: string }) => link('videos', {
    ciudad: change.city ?? city,
    orden: (change.order ?? order) === 'azar' ? undefined : (change.order ?? order),
    q: change.q ?? search,
  });
  const w = words();
  return (
    <div class="wrap">
      <Title sub={w.sub}>{w.title}</Title>
      <CityChips chosen={city} href={(c) => href({ city: c })} />
      <form class="tools" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="search">
          <span class="sr">{w.search}</span>
          <Icon name="search" />
          <input type="search" value={search} placeholder={w.search} onInput={(e) => go(href({ q: e.currentTarget.value }), { replace: true, quiet: true })} />
        </label>
        <label class="pick">
          <span>{w.order}</span>
          <select value={order} onChange={(e) => go(href({ order: orderOf(e.currentTarget.value) }), { replace: true, quiet: true })}>
            {orders.map((o) => <option key={o} value={o}>{w.orders[o]}</option>)}
          </select>
        </label>
      </form>
      <Load of={list} skeleton={<CardSkeletons count={6} />}>
        {(videos) => <Found key={`${city}/${order}/${search}`} videos={videos} order={order} search={search} />}
      </Load>
    </div>
  );
}

// Found keeps the order steady while counts change: a card must not move away from under a finger. It sorts anew when the
// visitor asks for something else, or when a video comes or goes.
function Found({ videos, order, search }: { videos: readonly PublicVideo[]; order: Order; search: string }) {
  const [shown, show] = useState(step);
  const set = videos.map((v) => v.video_id).join();
  const ids = useMemo(() => arranged(videos, order, search, seed()).map((v) => v.video_id), [set]);
  const byId = new Map(videos.map((v) => [v.video_id, v]));
  const w = words();
  if (videos.length === 0) return <Empty icon="videos" action={<a class="btn" href={link('upload')}>{w.noneDo}</a>}>{w.none}</Empty>;
  if (ids.length === 0) return <Empty icon="search" action={<a class="btn btn-quiet" href={link('videos')}>{w.clear}</a>}>{w.nothing}</Empty>;
  return (
    <>
      <p class="found" role="status">{w.found(ids.length)}</p>
      <div class="grid">
        {ids.slice(0, shown).map((id, i) => <VideoCard key={id} video={byId.get(id)!} eager={i < 2} level={2} />)}
      </div>
      {ids.length > shown && (
        <p class="more"><button type="button" class="btn btn-quiet" onClick={() => show(shown + step)}>{w.more}</button></p>
      )}
    </>
  );
}
