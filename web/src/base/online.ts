// Whether the browser believes to have a network, and a clock that ticks while somebody looks.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export const online = signal(navigator.onLine);

addEventListener('online', () => (online.value = true));
addEventListener('offline', () => (online.value = false));

/** now is the browser's time, renewed every second while useNow is in use. */
export const now = signal(Date.now());

let watchers = 0;
let timer = 0;

/** useNow keeps `now` ticking while the component is shown. */
export function useNow(): void {
  useEffect(() => {
    now.value = Date.now();
    if (watchers++ === 0) timer = window.setInterval(() => (now.value = Date.now()), 1000);
    return () => {
      if (--watchers === 0) clearInterval(timer);
    };
  }, []);
}
