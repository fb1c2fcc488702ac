import { beforeEach, describe, expect, it, vi } from 'vitest';
import { problem, serve } from './setup';

// The modules keep the session in themselves, so every test gets fresh ones.
async function fresh() {
  vi.resetModules();
  const session = await import('../src/api/session');
  const { api } = await import('../src/api/api');
  return { ...session, api };
}

const token = (access_token: string, expires_in = 3600) => ({ json: { access_token, token_type: 'Bearer', expires_in } });
const bearer = (asked: { headers: Headers }[]) => asked.map((a) => a.headers.get('Authorization'));

beforeEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
});

describe('signing in', () => {
  it('asks for a cookie on one origin, and keeps no token where a script could find it', async () => {
    const asked = serve({ 'POST /api/auth/login': token('t1') });
    const { signIn, signedIn } = await fresh();
    expect(signedIn.value).toBe(false);
    await signIn('a@example.com', 'secret');
    expect(JSON.parse(asked[0]!.body)).toMatchObject({ refresh: 'cookie' });
    expect(signedIn.value).toBe(true);
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('t1');
  });

  it('says why not', async () => {
    serve({ 'POST /api/auth/login': problem(401, 'auth.bad-credentials') });
    const { signIn, signedIn } = await fresh();
    await expect(signIn('a@example.com', 'x')).rejects.toMatchObject({ trouble: { code: 'auth.bad-credentials', requestId: 'req-1' } });
    expect(signedIn.value).toBe(false);
  });
});

describe('a session', () => {
  it('asks nothing for a visitor', async () => {
    const asked = serve({});
    const { accessToken } = await fresh();
    expect(await accessToken()).toBeNull();
    expect(asked).toHaveLength(0);
  });

  it('is taken up again after a reload, once for all who ask', async () => {
    localStorage.setItem('showcase.signed-in', '1');
    const asked = serve({ 'POST /api/auth/refresh': token('t2'), 'GET /api/auth/me': { json: {} }, 'GET /api/user/votes': { json: [] } });
    const { api } = await fresh();
    await Promise.all([api.me(), api.votes(), api.me()]);
    expect(asked.filter((a) => a.path === '/api/auth/refresh')).toHaveLength(1);
    expect(bearer(asked).filter((h) => h === 'Bearer t2')).toHaveLength(3);
  });

  it('outlives the token: the vote is sent again with the new one and the same key', async () => {
    const asked = serve({
      'POST /api/auth/login': token('old'),
      'POST /api/auth/refresh': token('new'),
      'POST /api/public/videos/v1/vote': (a) => (a.headers.get('Authorization') === 'Bearer new' ? { json: { message: 'ok' } } : problem(401, 'auth.token-expired')),
    });
    const { signIn, api } = await fresh();
    await signIn('a@example.com', 'secret');
    await api.vote('v1', 'key-1');
    const votes = asked.filter((a) => a.path.endsWith('/vote'));
    expect(bearer(votes)).toEqual(['Bearer old', 'Bearer new']);
    expect(votes.map((a) => a.headers.get('Idempotency-Key'))).toEqual(['key-1', 'key-1']);
  });

  it('renews a token that is about to end before it is used', async () => {
    const asked = serve({ 'POST /api/auth/login': token('short', 20), 'POST /api/auth/refresh': token('long'), 'GET /api/auth/me': { json: {} } });
    const { signIn, api } = await fresh();
    await signIn('a@example.com', 'secret');
    await api.me();
    expect(bearer(asked)).toEqual([null, null, 'Bearer long']);
  });

  it('ends when the server says so', async () => {
    localStorage.setItem('showcase.signed-in', '1');
    serve({ 'POST /api/auth/refresh': problem(401, 'auth.refresh-reused'), 'GET /api/auth/me': problem(401, 'auth.token-missing') });
    const { api, signedIn } = await fresh();
    expect(signedIn.value).toBe(true);
    await expect(api.me()).rejects.toMatchObject({ trouble: { status: 401 } });
    expect(signedIn.value).toBe(false);
    expect(localStorage.getItem('showcase.signed-in')).toBeNull();
  });

  it('does not end because the server is down', async () => {
    localStorage.setItem('showcase.signed-in', '1');
    serve({ 'POST /api/auth/refresh': problem(503, 'store.unavailable') });
    const { api, signedIn } = await fresh();
    await expect(api.me()).rejects.toMatchObject({ trouble: { status: 503 } });
    expect(signedIn.value).toBe(true);
  });

  it('lives in the body and the tab when the API is elsewhere', async () => {
    const asked = serve({
      'POST /api/auth/login': { json: { access_token: 't', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r1' } },
      'POST /api/auth/refresh': { json: { access_token: 't2', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r2' } },
      'POST /api/auth/logout': { json: { message: '' } },
    });
    const inner = fetch;
    vi.stubGlobal('fetch', (input: URL | Request, init?: RequestInit) =>
      String(input instanceof Request ? input.url : input).endsWith('/config.json') ? Promise.resolve(Response.json({ api: 'https://api.example' })) : inner(input, init));
    const { signIn, renew, signOut } = await fresh();
    await signIn('a@example.com', 'secret');
    expect(JSON.parse(asked[0]!.body).refresh).toBe('body');
    await renew('t');
    expect(JSON.parse(asked[1]!.body)).toEqual({ refresh_token: 'r1' });
    expect(sessionStorage.getItem('showcase.refresh')).toBe('r2');
    await signOut();
    expect(JSON.parse(asked[2]!.body)).toEqual({ refresh_token: 'r2' });
    expect(sessionStorage.getItem('showcase.refresh')).toBeNull();
  });
});

describe('coming back after signing in', () => {
  it('never leads to another site', async () => {
    const { safeReturn } = await import('../src/base/route');
    expect(safeReturn('/ranking/?ciudad=Cali')).toBe('/ranking/?ciudad=Cali');
    for (const bad of [null, '', 'https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)', '/nowhere/', '/%2f/evil']) {
      expect(safeReturn(bad)).toBeNull();
    }
  });
});
