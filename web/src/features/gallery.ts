// The videos that are open for voting, and the order in which this visitor sees them.
import { api, type PublicVideo } from '../api/api';
import { folded } from '../i18n/format';
import { uuid, shuffled } from '../base/random';
import { resource, type Resource } from '../base/resource';
import { kept } from '../base/storage';
import { fetched } from './votes';

export const orders = ['azar', 'votos', 'nuevos', 'antiguos'] as const;
export type Order = (typeof orders)[number];

/** orderOf is the order that an address asks for; the fair one unless it names another. */
export function orderOf(given: string | null): Order {
  return orders.find((o) => o === given) ?? 'azar';
}

const pageSize = 100; // the most that the server gives at once
const mostPages = 20;

/** everyVideo reads the whole list, since an order at random over a part of it would favour that part. */
export async function everyVideo(city: string): Promise<PublicVideo[]> {
  const all = new Map<string, PublicVideo>();
  for (let page = 0; page < mostPages; page++) {
    const part = await api.publicVideos({ city, limit: pageSize, offset: page * pageSize });
    for (const v of part) all.set(v.video_id, v);
    if (part.length < pageSize) break;
  }
  fetched([...all.values()]);
  return [...all.values()];
}

const lists = new Map<string, Resource<PublicVideo[]>>();

/** videosIn are a city's videos, or all; what was loaded before is shown while it is loaded again. */
export function videosIn(city: string): Resource<PublicVideo[]> {
  let list = lists.get(city);
  if (!list) lists.set(city, (list = resource(() => everyVideo(city))));
  return list;
}

/** seed is this visitor's own, so that everybody meets the players in another order and finds it again. */
export function seed(): string {
  let s = kept.get('seed');
  if (!s) kept.set('seed', (s = uuid()));
  return s;
}

/** arranged filters by words in title, player or city, and sorts. */
export function arranged(list: readonly PublicVideo[], order: Order, search: string, by: string): PublicVideo[] {
  const wanted = folded(search).split(/\s+/).filter(Boolean);
  const found = list.filter((v) => {
    const text = folded(`${v.title} ${v.username} ${v.city}`);
    return wanted.every((w) => text.includes(w));
  });
  const age = (a: PublicVideo, b: PublicVideo) => (a.uploaded_at < b.uploaded_at ? -1 : a.uploaded_at > b.uploaded_at ? 1 : 0);
  switch (order) {
    case 'azar': return shuffled(found, by, (v) => v.video_id);
    case 'votos': return found.sort((a, b) => b.votes - a.votes || age(a, b));
    case 'nuevos': return found.sort((a, b) => age(b, a));
    case 'antiguos': return found.sort(age);
  }
}
