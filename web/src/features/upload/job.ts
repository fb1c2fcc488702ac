// The upload that is under way. It belongs to the site and not to a page, so it goes on while its owner looks around.
import { signal } from '@preact/signals';
import type { PendingUpload } from '../../api/api';
import type { Trouble } from '../../api/problem';
import { uuid } from '../../base/random';
import { kept } from '../../base/storage';
import { judge, passes, probe, type Facts } from './checks';
import { sendParts } from './parts';
import { Rate } from './rate';
import { sendForm, type Parcel, type Sending } from './send';

export interface Way {
  is: 'sending';
  file: File;
  facts: Facts;
  sent: number;
  speed: number | null;
  remaining: number | null;
  pausable: boolean;
  paused: boolean;
  stalled: boolean; // the line is down; it goes on by itself
}

export type Phase =
  | { is: 'idle' }
  | { is: 'looking'; file: File } // the browser reads the file's beginning
  | { is: 'chosen'; file: File; facts: Facts }
  | Way
  | { is: 'delivered'; file: File; facts: Facts } // the server looks at it
  | { is: 'failed'; file: File; facts: Facts; trouble: Trouble }
  | { is: 'done'; videoId: string };

export const phase = signal<Phase>({ is: 'idle' });
export const title = signal('');
export const isPublic = signal(true);

const oneForm = 5 * 2 ** 20; // bytes up to which a file goes in one request: no more than a part

let sending: Sending | null = null;
let attempt: { of: string; key: string } | null = null;

/** choose takes a file, or none, and looks at it. */
export async function choose(file: File | null): Promise<void> {
  stop();
  if (!file) {
    phase.value = { is: 'idle' };
    return;
  }
  phase.value = { is: 'looking', file };
  const facts = await probe(file);
  if (phase.value.is === 'looking' && phase.value.file === file) phase.value = { is: 'chosen', file, facts };
}

/** start sends the file that was chosen. The same file under the same title keeps its key, so that a retry after a lost
 * answer does not enter the video twice. */
export function start(): void {
  const from = phase.value;
  if ((from.is !== 'chosen' && from.is !== 'failed') || !passes(judge(from.facts))) return;
  const { file, facts } = from;
  const name = title.value.trim();
  const of = [mark(file), name, isPublic.value].join('\n');
  if (attempt?.of !== of) attempt = { of, key: uuid() };
  send({ file, title: name, isPublic: isPublic.value, key: attempt.key }, facts);
}

/** goOn continues an upload that a reload or another day interrupted, with the same file. */
export async function goOn(pending: PendingUpload, file: File): Promise<void> {
  stop();
  phase.value = { is: 'looking', file };
  const facts = await probe(file);
  title.value = pending.title;
  isPublic.value = pending.is_public;
  send({ file, title: pending.title, isPublic: pending.is_public, key: uuid() }, facts, pending.upload_id);
}

/** isSame tells whether a file is the one that an upload was begun with in this browser. */
export function isSame(pending: PendingUpload, file: File): boolean {
  return kept.get(`upload.${pending.upload_id}`) === mark(file);
}

/** isOurs tells whether an upload was begun in this browser. */
export function isOurs(pending: PendingUpload): boolean {
  return kept.get(`upload.${pending.upload_id}`) !== null;
}

const mark = (file: File) => [file.name, file.size, file.lastModified].join('\n');

function send(parcel: Parcel, facts: Facts, resumed?: string): void {
  const { file } = parcel;
  const rate = new Rate();
  let uploadId = resumed;
  let first = true;
  const parts = resumed !== undefined || file.size > oneForm;
  const fresh: Way = { is: 'sending', file, facts, sent: 0, speed: null, remaining: null, pausable: parts, paused: false, stalled: false };
  const change = (part: Partial<Way>) => (phase.value = { ...(phase.value.is === 'sending' ? phase.value : fresh), ...part });
  const forget = () => uploadId && kept.drop(`upload.${uploadId}`);
  phase.value = fresh;
  addEventListener('beforeunload', warn);
  const listener = {
    progress(sent: number) {
      const now = Date.now();
      if (first) rate.add(now, sent); // what an earlier visit sent says nothing of the speed
      first = false;
      rate.add(now, sent);
      change({ sent, speed: rate.speed(now), remaining: rate.remaining(now, file.size) });
    },
    began(id: string) {
      uploadId = id;
      kept.set(`upload.${id}`, mark(file));
    },
    stalled(is: boolean) {
      if (phase.value.is === 'sending' && phase.value.stalled !== is) change({ stalled: is });
    },
    delivered: () => void (phase.value = { is: 'delivered', file, facts }),
    done(videoId: string) {
      rest();
      forget();
      attempt = null;
      title.value = '';
      phase.value = { is: 'done', videoId };
    },
    failed(trouble: Trouble) {
      rest();
      if (trouble.status >= 400 && trouble.status < 500) attempt = null; // refused for good: the next is another one
      phase.value = { is: 'failed', file, facts, trouble };
    },
  };
  sending = parts ? sendParts(parcel, listener, resumed) : sendForm(parcel, listener);
}

/** hold pauses what can be paused, and goes on with it. */
export function hold(paused: boolean): void {
  if (phase.value.is !== 'sending' || !phase.value.pausable) return;
  phase.value = { ...phase.value, paused, stalled: false, speed: null, remaining: null };
  if (paused) sending?.pause?.();
  else sending?.resume?.();
}

/** cancel stops sending; the file stays chosen. */
export function cancel(): void {
  const from = phase.value;
  stop();
  if (from.is === 'sending' || from.is === 'delivered') phase.value = { is: 'chosen', file: from.file, facts: from.facts };
}

/** underWay tells whether bytes are on their way. */
export const underWay = () => phase.value.is === 'sending' || phase.value.is === 'delivered';

function stop(): void {
  sending?.cancel();
  rest();
}

function rest(): void {
  sending = null;
  removeEventListener('beforeunload', warn);
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
