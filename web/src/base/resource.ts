// Something that is loaded: what came last, what went wrong, and whether it is under way. What came last stays visible
// while it is loaded again, and when that fails.
import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { troubleOf, type Trouble } from '../api/problem';
import { online } from './online';

export interface Resource<T> {
  readonly data: ReadonlySignal<T | undefined>;
  readonly trouble: ReadonlySignal<Trouble | undefined>;
  readonly busy: ReadonlySignal<boolean>;
  readonly at: ReadonlySignal<number>; // browser's time of the last success; 0 for never
  load(): Promise<void>;
  set(value: T | undefined): void;
}

/** resource loads by a function. Of two loads at once, what comes first is shown until the later one is there; an answer
 * never takes the place of one that was asked for after it. */
export function resource<T>(fetch: () => Promise<T>): Resource<T> {
  const data = signal<T | undefined>(undefined);
  const trouble = signal<Trouble | undefined>(undefined);
  const busy = signal(false);
  const at = signal(0);
  let turn = 0; // of the load that was asked for last
  let shown = 0; // of the load whose answer is shown
  return {
    data, trouble, busy, at,
    async load() {
      const mine = ++turn;
      busy.value = true;
      try {
        const value = await fetch();
        if (mine < shown) return;
        shown = mine;
        data.value = value;
        trouble.value = undefined;
        at.value = Date.now();
      } catch (reason) {
        if (mine === turn) trouble.value = troubleOf(reason);
      } finally {
        if (mine === turn) busy.value = false;
      }
    },
    set(value) {
      shown = ++turn;
      data.value = value;
      trouble.value = undefined;
      busy.value = false;
      if (value !== undefined) at.value = Date.now();
    },
  };
}

const longest = 60_000;

/** usePolling calls a function every so often while the page is looked at and there is a network; after failures more
 * and more rarely. It calls at once when somebody comes back or the network does. */
export function usePolling(every: number, call: () => Promise<boolean>, on = true): void {
  const latest = useRef(call); // what is shown may be another list by then
  latest.current = call;
  useEffect(() => {
    if (!on) return;
    let timer = 0;
    let wait = every;
    let stopped = false;
    const next = () => {
      clearTimeout(timer);
      if (!stopped) timer = window.setTimeout(tick, wait);
    };
    const tick = async () => {
      if (document.hidden || !navigator.onLine) return next();
      wait = (await latest.current()) ? every : Math.min(longest, wait * 2);
      next();
    };
    const back = () => {
      if (document.hidden || !navigator.onLine) return;
      wait = every;
      clearTimeout(timer);
      void tick();
    };
    next();
    document.addEventListener('visibilitychange', back);
    const unsubscribe = online.subscribe((is) => is && wait > every && back());
    return () => {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', back);
      unsubscribe();
    };
  }, [every, on]);
}
