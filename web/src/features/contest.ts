// The contest as everybody may know it, by the server's clock.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, type Contest } from '../api/api';
import { resource, usePolling } from '../base/resource';

const every = 60_000; // ms

export const contest = resource(async () => {
  const c = await api.contest();
  skew.value = Date.parse(c.now) - Date.now();
  return c;
});

const skew = signal(0); // ms that the server's clock is ahead of the browser's

/** useContest keeps the contest's settings fresh while a component is shown. */
export function useContest(): Contest | undefined {
  useEffect(() => void contest.load(), []);
  usePolling(every, async () => {
    await contest.load();
    return !contest.trouble.value;
  });
  return contest.data.value;
}

export type Voting = 'early' | 'open' | 'closed';

/** voting says whether votes are taken at a moment of the browser's clock. */
export function voting(c: Contest, at: number): Voting {
  const now = at + skew.value;
  return now < Date.parse(c.opens_at) ? 'early' : now < Date.parse(c.closes_at) ? 'open' : 'closed';
}
