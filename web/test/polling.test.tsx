import { cleanup, render } from '@testing-library/preact';
import { h } from 'preact';
import { afterEach, expect, it, vi } from 'vitest';
import { usePolling } from '../src/base/resource';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('polls for what is shown now, not for what was shown first', async () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  function List({ name }: { name: string }) {
    usePolling(1000, async () => asked.push(name) > 0);
    return null;
  }
  const { rerender } = render(h(List, { name: 'first' }));
  await vi.advanceTimersByTimeAsync(1000);
  rerender(h(List, { name: 'second' }));
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual(['first', 'second']);
});

it('asks more rarely after failures', async () => {
  vi.useFakeTimers();
  let asked = 0;
  function List() {
    usePolling(1000, async () => {
      asked++;
      return false;
    });
    return null;
  }
  render(h(List, {}));
  await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000);
  expect(asked).toBe(3);
});
