// The API as the site uses it: one function per thing that is asked or done. Types come from openapi.yaml; every failure
// is a Refusal. A token that ran out is renewed and the request sent once more, so that no vote is lost to the clock.
import createClient, { type Client } from 'openapi-fetch';
import { lang } from '../i18n/lang';
import { apiBase } from './config';
import { readTrouble, Refusal } from './problem';
import type { components, paths } from './schema';
import { accessToken, renew } from './session';

type Schemas = components['schemas'];
type Json<P extends '/api/public/rankings' | '/api/public/cities' | '/api/public/contest' | '/api/user/standing' | '/api/auth/me' | '/api/videos/{id}'> =
  paths[P]['get']['responses'][200]['content']['application/json'];
export type PublicVideo = Schemas['PublicVideo'];
export type OwnVideo = Schemas['OwnVideo'];
export type Rank = Json<'/api/public/rankings'>[number];
export type City = Json<'/api/public/cities'>[number];
export type Contest = Json<'/api/public/contest'>;
export type Standing = Json<'/api/user/standing'>;
export type Dashboard = Schemas['Dashboard'];
export type Me = Json<'/api/auth/me'>;
export type OwnVideoDetail = Json<'/api/videos/{id}'>;
export type PendingUpload = Schemas['PendingUpload'];
export type UploadPlan = paths['/api/uploads/{id}']['get']['responses'][200]['content']['application/json'];
type UploadBegin = NonNullable<paths['/api/uploads']['post']['requestBody']>['content']['application/json'];
export type SignUp = NonNullable<paths['/api/auth/signup']['post']['requestBody']>['content']['application/json'];
export type MeChange = NonNullable<paths['/api/auth/me']['patch']['requestBody']>['content']['application/json'];

const limit = 20_000; // ms that an answer may take
const checkLimit = 180_000; // where the server looks at a whole file first

let made: Promise<Client<paths>> | undefined;

function client(): Promise<Client<paths>> {
  return (made ??= apiBase().then(
    (base) => createClient<paths>({ baseUrl: new URL('..', base).href.replace(/\/$/, ''), fetch: send }),
    (reason: unknown) => {
      made = undefined;
      throw reason;
    },
  ));
}

// send adds the language and a time limit, and, where the request asks for a person, the token.
async function send(request: Request): Promise<Response> {
  const signed = request.headers.get('Authorization') === person;
  const headers = new Headers(request.headers);
  headers.delete('Authorization');
  headers.set('Accept-Language', lang.value);
  const body = request.method === 'GET' ? '' : await request.text();
  const once = (token: string | null) => {
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return fetch(request.url, {
      method: request.method, headers, credentials: 'omit', signal: AbortSignal.timeout(request.url.endsWith('/complete') ? checkLimit : limit),
      ...(body ? { body } : {}),
    });
  };
  if (!signed) return once(null);
  const token = await accessToken();
  const answer = await once(token);
  if (answer.status !== 401 || token === null) return answer;
  const fresh = await renew(token);
  return fresh ? once(fresh) : answer;
}

const person = 'person'; // stands for "the token of whoever is signed in" until send replaces it
export const me = { headers: { Authorization: person } };

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function take<T>(ask: (c: Client<paths>) => Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await ask(await client());
  if (!response.ok || data === undefined) {
    throw new Refusal(readTrouble(response.status, error, (h) => response.headers.get(h)));
  }
  return { data, response };
}

export const body = async <T>(ask: (c: Client<paths>) => Promise<Answer<T>>): Promise<T> => (await take(ask)).data;

export interface Window {
  city: string;
  limit: number;
  offset: number;
}

/** Wish is which public videos, in which order. */
export interface Wish extends Window {
  sort: 'random' | 'votes' | 'newest' | 'oldest';
  seed: string; // names the shuffle
  q: string;
}

/** Ranking is a part of the ranking, and the log position that it reflects. */
export interface Ranking {
  rows: Rank[];
  position: number | null;
}

const part = (w: Window) => ({ params: { query: { ...(w.city && { city: w.city }), limit: w.limit, offset: w.offset } } });

// positionOf is the log position that an answer is of.
function positionOf(response: Response): number | null {
  const position = response.headers.get('Log-Position');
  return position === null ? null : Number(position);
}

export const api = {
  signUp: (form: SignUp) => body((c) => c.POST('/api/auth/signup', { body: form })),
  me: () => body((c) => c.GET('/api/auth/me', me)),
  changeMe: (change: MeChange) => body((c) => c.PATCH('/api/auth/me', { ...me, body: change })),
  eraseMe: (password: string) => body((c) => c.DELETE('/api/auth/me', { ...me, body: { password } })),

  exportMe: () => body((c) => c.GET('/api/auth/me/export', me)),
  sessions: () => body((c) => c.GET('/api/auth/sessions', me)),
  endSession: (id: string) => body((c) => c.DELETE('/api/auth/sessions/{id}', { ...me, params: { path: { id } } })),

  publicVideos: async (wish: Wish): Promise<{ videos: PublicVideo[]; total: number; position: number | null }> => {
    const { data, response } = await take((c) => c.GET('/api/public/videos', {
      params: { query: { ...part(wish).params.query, sort: wish.sort, ...(wish.sort === 'random' && { seed: wish.seed }), ...(wish.q && { q: wish.q }) } },
    }));
    return { videos: data, total: Number(response.headers.get('X-Total-Count')), position: positionOf(response) };
  },
  contest: () => body((c) => c.GET('/api/public/contest')),
  publicVideo: async (id: string): Promise<{ video: PublicVideo; position: number | null }> => {
    const { data, response } = await take((c) => c.GET('/api/public/videos/{id}', { params: { path: { id } } }));
    return { video: data, position: positionOf(response) };
  },
  vote: (id: string, key: string) => body((c) => c.POST('/api/public/videos/{id}/vote', {
    params: { path: { id }, header: { 'Idempotency-Key': key } }, ...me,
  })),
  votes: () => body((c) => c.GET('/api/user/votes', me)),
  cities: () => body((c) => c.GET('/api/public/cities')),
  ranking: async (w: Window): Promise<Ranking> => {
    const { data, response } = await take((c) => c.GET('/api/public/rankings', part(w)));
    return { rows: data, position: positionOf(response) };
  },

  myVideos: () => body((c) => c.GET('/api/videos', { ...me, params: { query: { limit: 100 } } })),
  myVideo: (id: string) => body((c) => c.GET('/api/videos/{id}', { ...me, params: { path: { id } } })),
  deleteVideo: (id: string) => body((c) => c.DELETE('/api/videos/{id}', { ...me, params: { path: { id } } })),
  uploads: () => body((c) => c.GET('/api/uploads', me)),
  beginUpload: (begin: UploadBegin) => body((c) => c.POST('/api/uploads', { ...me, body: begin })),
  upload: (id: string) => body((c) => c.GET('/api/uploads/{id}', { ...me, params: { path: { id } } })),
  completeUpload: (id: string) => body((c) => c.POST('/api/uploads/{id}/complete', { ...me, params: { path: { id } } })),
  dropUpload: (id: string) => body((c) => c.DELETE('/api/uploads/{id}', { ...me, params: { path: { id } } })),
  ticket: () => body((c) => c.POST('/api/events/ticket', me)),
  standing: () => body((c) => c.GET('/api/user/standing', me)),
  dashboard: () => body((c) => c.GET('/api/dashboard', me)),
};
