// What organisers ask of the API and do with it. Loaded with their page.
import { body, me, take } from './api';
import type { paths } from './schema';

type Json<P extends keyof paths, M extends 'get' | 'put' | 'post', S extends number> =
  paths[P] extends Record<M, { responses: Record<S, { content: { 'application/json': infer T } }> }> ? T : never;

export type ContestSettings = Json<'/api/organiser/contest', 'get', 200>;
export type Entry = Json<'/api/organiser/entries', 'get', 200>[number];
export type System = Json<'/api/organiser/system', 'get', 200>;
export type Act = Json<'/api/organiser/acts', 'get', 200>[number];

export interface EntryFilter {
  stage: Entry['stage'] | '';
  city: string;
  q: string;
  page: number; // from 1
  limit: number;
}

export const organiser = {
  contest: () => body((c) => c.GET('/api/organiser/contest', me)),
  change: (change: ContestSettings & { reason: string }) => body((c) => c.PUT('/api/organiser/contest', { ...me, body: change })),
  entries: async (f: EntryFilter): Promise<{ entries: Entry[]; total: number }> => {
    const query = { ...(f.stage && { stage: f.stage }), ...(f.city && { city: f.city }), ...(f.q && { q: f.q }), page: f.page, limit: f.limit };
    const { data, response } = await take((c) => c.GET('/api/organiser/entries', { ...me, params: { query } }));
    return { entries: data, total: Number(response.headers.get('X-Total-Count')) };
  },
  reprocess: (id: string, reason: string) => body((c) => c.POST('/api/organiser/entries/{id}/reprocess', { ...me, params: { path: { id } }, body: { reason } })),
  withdraw: (id: string, reason: string) => body((c) => c.POST('/api/organiser/entries/{id}/withdraw', { ...me, params: { path: { id } }, body: { reason } })),
  system: () => body((c) => c.GET('/api/organiser/system', me)),
  redrive: (name: string, reason: string) => body((c) => c.POST('/api/organiser/queues/{name}/redrive', { ...me, params: { path: { name } }, body: { reason } })),
  acts: (limit: number) => body((c) => c.GET('/api/organiser/acts', { ...me, params: { query: { limit } } })),
};
