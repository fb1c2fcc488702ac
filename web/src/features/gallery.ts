// The videos that are open for voting, in the order in which this visitor sees them: the server shuffles for a seed of the
// visitor's own, so that everybody meets the players in another order and finds it again.
import { signal } from '@preact/signals';
import { api, type PublicVideo } from '../api/api';
import { uuid } from '../base/random';
import { resource, type Resource } from '../base/resource';
import { kept } from '../base/storage';
import { from } from '../live/live';
import type { Message } from '../live/messages';
import { fetched } from './votes';

export const orders = ['azar', 'votos', 'nuevos', 'antiguos'] as const;
export type Order = (typeof orders)[number];

const sorts = { azar: 'random', votos: 'votes', nuevos: 'newest', antiguos: 'oldest' } as const;

/** orderOf is the order that an address asks for; the fair one unless it names another. */
export function orderOf(given: string | null): Order {
  return orders.find((o) => o === given) ?? 'azar';
}

export interface Filter {
  city: string;
  order: Order;
  q: string;
}

export interface Shelf {
  videos: PublicVideo[];
  total: number;
}

export const pageSize = 12; // cards at once
const most = 100; // that the server gives at once

/** readShelf reads the first pages of a list. */
export async function readShelf(f: Filter, pages: number): Promise<Shelf> {
  const wanted = pages * pageSize;
  const all = new Map<string, PublicVideo>();
  let total = 0;
  for (let offset = 0; offset < wanted; offset += most) {
    const part = await api.publicVideos({ city: f.city, q: f.q, sort: sorts[f.order], seed: seed(), limit: Math.min(most, wanted - offset), offset });
    for (const v of part.videos) all.set(v.video_id, v);
    total = part.total;
    from(part.position);
    if (offset + most >= total) break;
  }
  fetched([...all.values()]);
  return { videos: [...all.values()], total };
}

/** steady puts what came into the order that is shown already: a card must not move away from under a finger. What is new
 * comes last. */
export function steady(shown: readonly PublicVideo[], came: readonly PublicVideo[]): PublicVideo[] {
  const fresh = new Map(came.map((v) => [v.video_id, v]));
  const known = new Set(shown.map((v) => v.video_id));
  return [...shown.flatMap((v) => fresh.get(v.video_id) ?? []), ...came.filter((v) => !known.has(v.video_id))];
}

/** Listed is a list that keeps its order while it is loaded again; more() makes it a page longer. */
export interface Listed extends Resource<Shelf> {
  more(): void;
}

const lists = new Map<string, Listed>();
const mostLists = 50;

/** listed is the list of a filter; what was loaded before is shown while it is loaded again. */
export function listed(f: Filter): Listed {
  const key = JSON.stringify([f.city, f.order, f.q]);
  const there = lists.get(key);
  if (there) return there;
  if (lists.size >= mostLists) lists.clear();
  let pages = 1;
  const shelf: Resource<Shelf> = resource(async () => {
    const came = await readShelf(f, pages);
    return { ...came, videos: steady(shelf.data.peek()?.videos ?? [], came.videos) };
  });
  const list = {
    ...shelf,
    more() {
      pages++;
      void shelf.load();
    },
  };
  lists.set(key, list);
  return list;
}

const gone = signal<ReadonlySet<string>>(new Set());

/** present leaves out what was withdrawn or deleted while somebody looked. */
export function present(shelf: Shelf): Shelf {
  const videos = shelf.videos.filter((v) => !gone.value.has(v.video_id));
  return { videos, total: shelf.total - (shelf.videos.length - videos.length) };
}

/** hearGallery takes in that a video came or went; it tells whether a list should be read again. */
export function hearGallery(m: Message): boolean {
  if (m.kind !== 'gallery') return false;
  if (m.data.change === 'missed') return true;
  const next = new Set(gone.value);
  if (m.data.change === 'published') next.delete(m.data.video_id);
  else next.add(m.data.video_id);
  gone.value = next;
  return m.data.change === 'published';
}

/** seed is this visitor's own. */
export function seed(): string {
  let s = kept.get('seed');
  if (!s) kept.set('seed', (s = uuid()));
  return s;
}
