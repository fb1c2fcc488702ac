// What becomes of a video after it was sent, as the server tells it: asked for again and again until there is an end, and
// seldom while the live connection tells it by itself.
import { api, type OwnVideoDetail } from '../../api/api';
import { troubleOf, type Trouble } from '../../api/problem';
import { pause } from '../../base/exclusive';
import { live } from '../../live/live';

const every = 1000; // ms, while nothing comes by itself
const seldom = 15_000;
const longest = 15_000;

const ends: ReadonlySet<OwnVideoDetail['stage']> = new Set(['ready', 'rejected', 'failed', 'withdrawn']);

/** ended tells whether nothing more will happen by itself. */
export function ended(v: OwnVideoDetail): boolean {
  return ends.has(v.stage);
}

export interface Watcher {
  seen(video: OwnVideoDetail): void;
  lost(trouble: Trouble): void; // it is tried again, unless the video is not there or not ours
}

/** follow tells a watcher of every answer until the end, or until the signal. */
export async function follow(id: string, watcher: Watcher, signal: AbortSignal): Promise<void> {
  let wait = every;
  while (!signal.aborted) {
    try {
      const video = await api.myVideo(id);
      if (signal.aborted) return;
      watcher.seen(video);
      if (ended(video)) return;
      wait = every;
    } catch (reason) {
      if (signal.aborted) return;
      const trouble = troubleOf(reason);
      watcher.lost(trouble);
      if (trouble.status === 404 || trouble.status === 403 || trouble.status === 401) return;
      wait = Math.min(longest, wait * 2);
    }
    await pause(document.hidden || live.value ? seldom : wait, signal);
  }
}
