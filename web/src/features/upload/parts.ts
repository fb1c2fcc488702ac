// Straight into the object store, in parts: each goes to an address of its own, what was lost is sent again alone, and a
// pause, a reload or a lost network costs the part under way at most.
import { api, type UploadPlan } from '../../api/api';
import { mediaHref } from '../../api/config';
import { Refusal, troubleOf } from '../../api/problem';
import { pause as sleep } from '../../base/exclusive';
import type { Listener, Parcel, Sending } from './send';

const atOnce = 2;
const firstWait = 1000; // ms before what was lost is sent again
const longestWait = 15_000;
const mostRounds = 5; // plans that may turn out to lack parts before it is given up

type Part = UploadPlan['parts'][number];

/** PartsListener also hears under which name the upload goes on, and whether the line is down. */
export interface PartsListener extends Listener {
  began(uploadId: string): void;
  stalled(is: boolean): void;
}

/** sendParts begins an upload, or goes on with the one that is named. */
export function sendParts(parcel: Parcel, to: PartsListener, uploadId?: string): Sending {
  let id = uploadId ?? null;
  let run = new AbortController();
  let over = false;
  const go = async (stop: AbortSignal) => {
    try {
      if (id === null) {
        const begun = await api.beginUpload({ title: parcel.title, is_public: parcel.isPublic, size: parcel.file.size });
        id = begun.upload_id;
        if (over) return void api.dropUpload(id).catch(() => undefined);
        to.began(id);
      }
      const videoId = await deliver(id, parcel.file, to, stop);
      if (videoId && !over) to.done(videoId);
    } catch (reason) {
      if (!stop.aborted && !over) to.failed(troubleOf(reason));
    }
  };
  void go(run.signal);
  return {
    pause: () => run.abort(),
    resume() {
      if (!run.signal.aborted || over) return;
      run = new AbortController();
      void go(run.signal);
    },
    cancel() {
      over = true;
      run.abort();
      if (id) void api.dropUpload(id).catch(() => undefined); // else it is given up after a day
    },
  };
}

// deliver sends what is missing and has the video made of it; null when it was stopped.
async function deliver(id: string, file: File, to: PartsListener, stop: AbortSignal): Promise<string | null> {
  for (let round = 0; round < mostRounds; round++) {
    const plan = await persist(() => api.upload(id), to, stop);
    if (!plan) return null;
    await sendMissing(plan, file, to, stop);
    if (stop.aborted) return null;
    if (plan.parts.some((p) => !p.done)) continue; // an address ran out: ask for fresh ones
    to.delivered();
    try {
      const made = await persist(() => api.completeUpload(id), to, stop);
      return made?.video_id ?? null;
    } catch (reason) {
      if (troubleOf(reason).code !== 'upload.parts-missing') throw reason;
    }
  }
  throw new TypeError('parts keep getting lost');
}

// persist repeats what failed for the network or a busy server; a refusal is thrown.
async function persist<T>(ask: () => Promise<T>, to: PartsListener, stop: AbortSignal): Promise<T | null> {
  for (let wait = firstWait; !stop.aborted; wait = Math.min(longestWait, wait * 2)) {
    try {
      const answer = await ask();
      to.stalled(false);
      return answer;
    } catch (reason) {
      const { status } = troubleOf(reason);
      if (reason instanceof Refusal && status < 500 && status !== 429) throw reason;
      to.stalled(true);
      await sleep(wait, stop);
    }
  }
  return null;
}

async function sendMissing(plan: UploadPlan, file: File, to: PartsListener, stop: AbortSignal): Promise<void> {
  const missing = plan.parts.filter((p) => !p.done);
  const under = new Map<number, number>(); // bytes of parts on their way
  const tell = () => {
    const done = plan.parts.reduce((sum, p) => sum + (p.done ? p.size : 0), 0);
    to.progress(done + [...under.values()].reduce((sum, n) => sum + n, 0));
  };
  tell();
  const worker = async () => {
    for (let part = missing.shift(); part && !stop.aborted; part = missing.shift()) {
      await sendPart(part, file, stop, to, (sent) => {
        under.set(part!.number, sent);
        tell();
      });
      under.delete(part.number);
      tell();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

// sendPart puts one part there, however often the line breaks. It gives up when the store refuses, so that the plan is
// made anew.
async function sendPart(part: Part, file: File, stop: AbortSignal, to: PartsListener, sent: (n: number) => void): Promise<void> {
  for (let wait = firstWait; !stop.aborted; wait = Math.min(longestWait, wait * 2)) {
    sent(0);
    const status = await put(part, file.slice(part.offset, part.offset + part.size), stop, sent);
    if (stop.aborted) return;
    if (status >= 200 && status < 300) {
      part.done = true;
      to.stalled(false);
      return;
    }
    if (status >= 400 && status < 500) return;
    to.stalled(true);
    await sleep(wait, stop);
  }
}

function put(part: Part, slice: Blob, stop: AbortSignal, sent: (n: number) => void): Promise<number> {
  return new Promise((done) => {
    const x = new XMLHttpRequest();
    x.open('PUT', mediaHref(part.url ?? ''));
    x.upload.onprogress = (e) => sent(e.loaded);
    x.onload = () => done(x.status);
    x.onerror = () => done(0);
    x.onabort = () => done(0);
    stop.addEventListener('abort', () => x.abort(), { once: true });
    x.send(slice);
  });
}
