// One at a time across the tabs of a browser. Web Locks exist on HTTPS and localhost only; elsewhere a lease in
// localStorage serves: it is not perfect, but a tab that dies holds it for ten seconds at most.
import { kept } from './storage';
import { uuid } from './random';

const leaseMs = 10_000;
const retryMs = 50;

/** exclusive runs a task while no other tab runs one of that name. */
export async function exclusive<T>(name: string, task: () => Promise<T>): Promise<T> {
  if (navigator.locks) return await navigator.locks.request(`showcase.${name}`, task) as T;
  const me = uuid();
  const key = `lock.${name}`;
  for (;;) {
    const [, until] = (kept.get(key) ?? '').split(' ');
    if (!until || Number(until) < Date.now()) {
      kept.set(key, `${me} ${Date.now() + leaseMs}`);
      await pause(retryMs); // another tab may have written at the same moment: the last one to write has it
      if (kept.get(key)?.startsWith(me)) break;
    }
    await pause(retryMs);
  }
  try {
    return await task();
  } finally {
    if (kept.get(key)?.startsWith(me)) kept.drop(key);
  }
}

/** pause waits, or ends early with an abort. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    }, { once: true });
  });
}
