// Videos to watch and vote for.
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { hearGallery, listed, orderOf, orders, present, type Order, type Shelf } from '../features/gallery';
import { CityChips } from '../features/CityChips';
import { CardSkeletons, VideoCard } from '../features/VideoCard';
import { usePolling } from '../base/resource';
import { go, link, place } from '../base/route';
import { useContest } from '../features/contest';
import { counts } from '../features/counts';
import { num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { live, useFresh, useLive } from '../live/live';
import type { Message } from '../live/messages';
import { Icon } from '../ui/icons';
import { Empty, Load, Title } from '../ui/parts';

const words = texts(
  {
    title: 'Videos para votar',
    sub: 'Un voto por video, todos los videos que quieras.',
    search: 'Buscar jugador o título',
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
    search: 'Search player or title',
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

const refresh = 15_000; // ms, while nothing comes by itself
const seldom = 120_000;
const typing = 250; // ms of rest before a search is asked for
const maxSearch = 100; // characters

export default function Videos() {
  const query = place.value.query;
  const city = query.get('ciudad') ?? '';
  const order = orderOf(query.get('orden'));
  const q = (query.get('q') ?? '').slice(0, maxSearch);
  const shelf = listed({ city, order, q });
  const last = useRef(shelf); // what was there before is shown until the new list comes
  if (shelf.data.value || shelf.trouble.value) last.current = shelf;
  useContest();
  useEffect(() => {
    const timer = setTimeout(() => void shelf.load(), q === '' ? 0 : typing);
    return () => clearTimeout(timer);
  }, [shelf]);
  const hear = useCallback((m: Message) => {
    counts(m);
    if (hearGallery(m)) void shelf.load();
  }, [shelf]);
  useLive(hear);
  useFresh(shelf.load);
  usePolling(live.value ? seldom : refresh, async () => {
    await shelf.load();
    return !shelf.trouble.value;
  });
  const href = (change: { city?: string; order?: Order; q?: string }) => link('videos', {
    ciudad: change.city ?? city,
    orden: (change.order ?? order) === 'azar' ? undefined : (change.order ?? order),
    q: change.q ?? q,
  });
  const w = words();
  const shown = last.current;
  return (
    <div class="wrap">
      <Title sub={w.sub}>{w.title}</Title>
      <CityChips chosen={city} href={(c) => href({ city: c })} />
      <form class="tools" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="search">
          <span class="sr">{w.search}</span>
          <Icon name="search" />
          <input type="search" value={q} maxLength={maxSearch} placeholder={w.search} onInput={(e) => go(href({ q: e.currentTarget.value }), { replace: true, quiet: true })} />
        </label>
        <label class="pick">
          <span>{w.order}</span>
          <select value={order} onChange={(e) => go(href({ order: orderOf(e.currentTarget.value) }), { replace: true, quiet: true })}>
            {orders.map((o) => <option key={o} value={o}>{w.orders[o]}</option>)}
          </select>
        </label>
      </form>
      <div aria-busy={shown !== shelf ? 'true' : undefined}>
        <Load of={shown} skeleton={<CardSkeletons count={6} />}>
          {(found) => <Found shelf={present(found)} filtered={q !== ''} onMore={shown.more} />}
        </Load>
      </div>
    </div>
  );
}

function Found({ shelf, filtered, onMore }: { shelf: Shelf; filtered: boolean; onMore: () => void }) {
  const w = words();
  if (shelf.videos.length === 0) {
    return filtered
      ? <Empty icon="search" action={<a class="btn btn-quiet" href={link('videos')}>{w.clear}</a>}>{w.nothing}</Empty>
      : <Empty icon="videos" action={<a class="btn" href={link('upload')}>{w.noneDo}</a>}>{w.none}</Empty>;
  }
  return (
    <>
      <p class="found" role="status">{w.found(shelf.total)}</p>
      <div class="grid">
        {shelf.videos.map((v, i) => <VideoCard key={v.video_id} video={v} eager={i < 2} level={2} />)}
      </div>
      {shelf.total > shelf.videos.length && <p class="more"><button type="button" class="btn btn-quiet" onClick={onMore}>{w.more}</button></p>}
    </>
  );
}
