import { cleanup, fireEvent, render, waitFor } from '@testing-library/preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problem, serve } from './setup';

const video = { video_id: 'v1', title: '<img src=x onerror=alert(1)>', username: '<b>Ana</b>', city: 'Cali', votes: 7, processed_url: '/media/x.mp4', duration_seconds: 25, uploaded_at: '2026-01-01T00:00:00Z' };

type Script = Parameters<typeof serve>[0];

async function card(script: Script, signedIn = true) {
  vi.resetModules();
  localStorage.clear();
  if (signedIn) localStorage.setItem('showcase.signed-in', '1');
  const asked = serve({
    'POST /api/auth/refresh': { json: { access_token: 't', token_type: 'Bearer', expires_in: 3600 } },
    'GET /api/user/votes': { json: [] }, 'GET /api/videos': { json: [] }, ...script,
  });
  const { VideoCard } = await import('../src/features/VideoCard');
  const { h } = await import('preact');
  const view = render(h(VideoCard, { video: { ...video } }));
  const count = () => view.container.querySelector('.count strong')!.textContent;
  const button = () => view.container.querySelector<HTMLElement>('.btn-vote')!;
  const settled = () => waitFor(() => expect(asked.filter((a) => a.method === 'GET').length).toBe(2));
  if (signedIn) await settled();
  return { ...view, asked, count, button };
}

beforeEach(() => void vi.unstubAllGlobals());
afterEach(cleanup);

const votePath = 'POST /api/public/videos/v1/vote';

describe('the vote button', () => {
  it('sends a visitor to sign in and back to the video', async () => {
    const { button } = await card({}, false);
    expect(button().textContent).toContain('Entra para votar');
    expect(button().getAttribute('href')).toBe(`/entrar/?volver=${encodeURIComponent('/video/?id=v1')}`);
  });

  it('counts at once and says that it was voted', async () => {
    let answer = (_: unknown) => undefined as void;
    const { button, count, asked } = await card({});
    vi.stubGlobal('fetch', (() => {
      const inner = fetch;
      return (input: RequestInfo, init?: RequestInit) => String(input instanceof Request ? input.url : input).endsWith('/vote')
        ? (asked.push({ method: 'POST', path: 'vote', headers: new Headers(init?.headers), body: '' }), new Promise<Response>((done) => (answer = done as never)))
        : inner(input, init);
    })());
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toContain('Enviando'));
    expect(count()).toBe('8');
    fireEvent.click(button());
    await waitFor(() => expect(asked.filter((a) => a.path === 'vote')).toHaveLength(1));
    answer(Response.json({ message: 'Voto registrado exitosamente.' }));
    await waitFor(() => expect(button().textContent).toBe('Votado'));
    expect(button().getAttribute('aria-pressed')).toBe('true');
    expect(count()).toBe('8');
  });

  it.each([
    ['vote.own-video', 400, 'Es tu video'],
    ['vote.closed', 400, 'Votación cerrada'],
    ['vote.not-open-yet', 400, 'Aún no abre'],
    ['video.not-found', 404, 'Ya no está en votación'],
  ])('takes the count back after %s', async (code, status, label) => {
    const { button, count } = await card({ [votePath]: problem(status, code) });
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toContain(label));
    expect(count()).toBe('7');
    expect(button().getAttribute('aria-disabled')).toBe('true');
  });

  it('shows a second vote as given, without counting it again', async () => {
    const { button, count } = await card({ [votePath]: problem(400, 'vote.already-cast') });
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toBe('Votado'));
    expect(count()).toBe('7');
  });

  it('counts down when there were too many', async () => {
    const { button, count } = await card({ [votePath]: problem(429, 'rate.limited', {}, { 'Retry-After': '40' }) });
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toMatch(/vuelve en (39|40) s/));
    expect(count()).toBe('7');
  });

  it('can be pressed again after a failure, with the same key', async () => {
    const { button, count, asked, container } = await card({ [votePath]: [problem(500, 'internal'), { json: { message: 'ok' } }] });
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toContain('Reintentar'));
    expect(count()).toBe('7');
    expect(container.textContent).toContain('req-1');
    fireEvent.click(button());
    await waitFor(() => expect(button().textContent).toBe('Votado'));
    const keys = asked.filter((a) => a.path.endsWith('/vote')).map((a) => a.headers.get('Idempotency-Key'));
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
  });

  it('knows the votes of other days and one’s own videos', async () => {
    const given = await card({ 'GET /api/user/votes': { json: ['v1'] } });
    await waitFor(() => expect(given.button().textContent).toBe('Votado'));
    cleanup();
    const own = await card({ 'GET /api/videos': { json: [{ video_id: 'v1' }] } });
    await waitFor(() => expect(own.button().textContent).toBe('Es tu video'));
  });

  it('shows hostile titles and names as text', async () => {
    const { container } = await card({});
    expect(container.querySelector('.card-in img, .card-in b')).toBeNull();
    expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
    expect(container.textContent).toContain('<b>Ana</b>');
  });
});

describe('a count', () => {
  it('never falls below one’s own vote while the server catches up', async () => {
    const { shownVotes } = await import('../src/features/votes');
    expect(shownVotes(7, 8)).toBe(8);
    expect(shownVotes(12, 8)).toBe(12);
    expect(shownVotes(7, undefined)).toBe(7);
  });
});
