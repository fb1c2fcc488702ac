import { cleanup, render } from '@testing-library/preact';
import { h } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resource, usePolling } from '../src/base/resource';

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

describe('two loads at once', () => {
  const race = () => {
    const answers: ((value: string) => void)[] = [];
    const r = resource(() => new Promise<string>((done) => answers.push(done)));
    const loads = [r.load(), r.load()];
    return { r, answer: async (i: number, value: string) => { answers[i]!(value); await loads[i]; } };
  };

  it('show what comes first, then what was asked for last', async () => {
    const { r, answer } = race();
    await answer(0, 'early');
    expect([r.data.value, r.busy.value]).toEqual(['early', true]);
    await answer(1, 'late');
    expect([r.data.value, r.busy.value]).toEqual(['late', false]);
  });

  it('never go back to what was asked for before', async () => {
    const { r, answer } = race();
    await answer(1, 'late');
    await answer(0, 'early');
    expect(r.data.value).toBe('late');
  });

  it('do not undo what was set meanwhile', async () => {
    const { r, answer } = race();
    r.set('told');
    await answer(0, 'early');
    await answer(1, 'late');
    expect(r.data.value).toBe('told');
  });
});
