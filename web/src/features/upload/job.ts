// The upload that is under way. It belongs to the site and not to a page, so it goes on while its owner looks around.
import { signal } from '@preact/signals';
import type { Trouble } from '../../api/problem';
import { uuid } from '../../base/random';
import { judge, passes, probe, type Facts } from './checks';
import { Rate } from './rate';
import { sendForm, type Sender, type Sending } from './send';

export type Phase =
  | { is: 'idle' }
  | { is: 'looking'; file: File } // the browser reads the file's beginning
  | { is: 'chosen'; file: File; facts: Facts }
  | { is: 'sending'; file: File; facts: Facts; sent: number; speed: number | null; remaining: number | null }
  | { is: 'delivered'; file: File; facts: Facts } // the server looks at it
  | { is: 'failed'; file: File; facts: Facts; trouble: Trouble }
  | { is: 'done'; videoId: string };

export const phase = signal<Phase>({ is: 'idle' });
export const title = signal('');
export const isPublic = signal(true);

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
export function start(send: Sender = sendForm): void {
  const from = phase.value;
  if ((from.is !== 'chosen' && from.is !== 'failed') || !passes(judge(from.facts))) return;
  const { file, facts } = from;
  const name = title.value.trim();
  const of = [file.name, file.size, file.lastModified, name, isPublic.value].join('\n');
  if (attempt?.of !== of) attempt = { of, key: uuid() };
  const rate = new Rate();
  rate.add(Date.now(), 0);
  phase.value = { is: 'sending', file, facts, sent: 0, speed: null, remaining: null };
  addEventListener('beforeunload', warn);
  sending = send({ file, title: name, isPublic: isPublic.value, key: attempt.key }, {
    progress(sent) {
      const now = Date.now();
      rate.add(now, sent);
      phase.value = { is: 'sending', file, facts, sent, speed: rate.speed(now), remaining: rate.remaining(now, file.size) };
    },
    delivered: () => (phase.value = { is: 'delivered', file, facts }),
    done(videoId) {
      rest();
      attempt = null;
      title.value = '';
      phase.value = { is: 'done', videoId };
    },
    failed(trouble) {
      rest();
      if (trouble.status >= 400 && trouble.status < 500) attempt = null; // refused for good: the next is another one
      phase.value = { is: 'failed', file, facts, trouble };
    },
  });
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
