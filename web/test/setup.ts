// A small stand-in of the API for tests: answers are listed by method and path, and what was asked is kept.
import { vi } from 'vitest';

export interface Asked {
  method: string;
  path: string; // with its query
  headers: Headers;
  body: string;
}

type Reply = { status?: number; json?: unknown; headers?: Record<string, string> } | Error;
type Script = Record<string, Reply | Reply[] | ((asked: Asked) => Reply)>;

/** serve answers fetch by a script such as {'GET /api/auth/me': {json: …}}; of several replies the last one stays. */
export function serve(script: Script): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (input: Request | URL | string, init?: RequestInit) => {
    const request = new Request(input instanceof URL ? input.href : input, init);
    const url = new URL(request.url);
    const call = { method: request.method, path: url.pathname + url.search, headers: request.headers, body: request.method === 'GET' ? '' : await request.text() };
    if (url.pathname === '/config.json') return Response.json({ api: '' });
    asked.push(call);
    const found = script[`${call.method} ${call.path}`] ?? script[`${call.method} ${url.pathname}`];
    if (found === undefined) throw new Error(`nobody answers ${call.method} ${call.path}`);
    const reply = typeof found === 'function' ? found(call) : Array.isArray(found) ? (found.length > 1 ? found.shift()! : found[0]!) : found;
    if (reply instanceof Error) throw reply;
    return Response.json(reply.json ?? null, { status: reply.status ?? 200, headers: reply.headers ?? {} });
  });
  return asked;
}

/** problem is a refusal as the API writes it. */
export function problem(status: number, code: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Reply {
  return { status, headers, json: { status, code, detail: `sentence of ${code}`, request_id: 'req-1', ...more } };
}
