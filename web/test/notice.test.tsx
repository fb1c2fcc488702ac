import { cleanup, render, waitFor } from '@testing-library/preact';
import { h } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { troubleOf } from '../src/api/problem';
import Ranking from '../src/pages/ranking';
import { Notice } from '../src/ui/parts';
import { problem, serve } from './setup';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe('a notice', () => {
  it('comes into sight when it answers an act, and moves nothing when it stands beside a list', () => {
    const scroll = vi.spyOn(Element.prototype, 'scrollIntoView');
    render(h(Notice, { trouble: troubleOf(null), retry: () => undefined }));
    expect(scroll).not.toHaveBeenCalled();
    render(h(Notice, { trouble: troubleOf(null) }));
    expect(scroll).toHaveBeenCalledOnce();
  });
});

describe('the ranking', () => {
  it('does not say that it is live when it cannot be had', async () => {
    serve({
      'GET /api/public/rankings': problem(503, 'store.unavailable'),
      'GET /api/public/cities': { json: [] }, 'GET /api/public/contest': { json: {} },
    });
    const { container } = render(h(Ranking, {}));
    await waitFor(() => expect(container.querySelector('.notice-bad')).not.toBeNull());
    expect(container.querySelector('.live-text')!.textContent).toBe('sin conexión');
  });
});
