// The live connection: one per browser. The tab that holds the lock listens to the server and passes on what it hears;
// where there are no locks, each tab that is looked at listens for itself. When it breaks, it is opened again from the
// position that was told last, with a new ticket, more and more rarely; the pages poll meanwhile.
import { effect, signal, untracked } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { api } from '../api/api';
import { apiBase } from '../api/config';
import { signedIn } from '../api/session';
import { pause } from '../base/exclusive';
import { online } from '../base/online';
import type { Message } from './messages';

const firstWait = 2000; // ms before it is tried again
const longestWait = 60_000;
const steady = 20_000; // ms after which a connection counts as good
const silence = 4000; // ms in which another tab that listens has to answer

/** live tells whether changes come by themselves, here or through another tab. */
export const live = signal(false);

const hearers = new Set<(m: Message) => void>();
const kinds = ['ranking', 'position', 'gallery', 'video'] as const;

const patience = 1500; // ms that the connection waits for a page to say from where

let position: number | null = null;
let asked = false; // whether the server was told a position, or that there is none
let users = 0;
const gaps = signal(0); // how often changes may have been missed
let placed = () => undefined as void;
const start = new Promise<void>((done) => (placed = done)); // until a position is known

/** from takes in the log position of an answer: what changes after it is told, so that it need not be asked for again. */
export function from(answer: number | null): void {
  if (asked || answer === null) return;
  position = position === null ? answer : Math.min(position, answer);
  placed();
}
const wanted = signal(false);

/** useFresh loads once more when changes may have been missed. */
export function useFresh(load: () => Promise<void>): void {
  const now = gaps.value;
  const known = useRef(now);
  useEffect(() => {
    if (now !== known.current) void load();
    known.current = now;
  }, [now]);
}

/** useLive keeps the connection open while a component is shown, and tells it every message. */
export function useLive(hear: (m: Message) => void): void {
  useEffect(() => {
    hearers.add(hear);
    users++;
    consider();
    return () => {
      hearers.delete(hear);
      users--;
      consider();
    };
  }, [hear]);
}

function consider(): void {
  wanted.value = users > 0 && !document.hidden && online.value;
}

document.addEventListener('visibilitychange', consider);
online.subscribe(consider);

const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('showcase.live') : null;
let answered = 0;
let leading = false;

type Aside = { kind: 'live'; on: boolean } | { kind: 'who' } | { kind: 'gap' };

if (channel) {
  channel.onmessage = (event: MessageEvent<Message | Aside>) => {
    const m = event.data;
    if (m.kind === 'who') {
      if (leading && live.value) channel.postMessage({ kind: 'live', on: true } satisfies Aside);
    } else if (m.kind === 'gap') {
      gaps.value++;
    } else if (m.kind === 'live') {
      if (!leading && wanted.value) live.value = m.on;
      answered = Date.now();
    } else {
      hear(m);
    }
  };
}

function hear(m: Message): void {
  if (m.kind === 'position') position = m.data.log_position;
  for (const hearer of hearers) hearer(m);
}

// Another person is another connection. Everything is taken down and set up again.
effect(() => {
  const here = wanted.value;
  const who = signedIn.value;
  if (!here) {
    live.value = false;
    return;
  }
  const stop = new AbortController();
  untracked(() => void lead(who, stop.signal));
  return () => {
    stop.abort();
    live.value = false;
  };
});

async function lead(known: boolean, stop: AbortSignal): Promise<void> {
  if (!navigator.locks || !channel) return keepOpen(known, stop);
  channel.postMessage({ kind: 'who' } satisfies Aside);
  void doubt(stop);
  try {
    await navigator.locks.request('showcase.live', { signal: stop }, async () => {
      leading = true;
      try {
        await keepOpen(known, stop);
      } finally {
        leading = false;
        channel.postMessage({ kind: 'live', on: false } satisfies Aside);
      }
    });
  } catch {
    // Aborted while it waited for the lock: another tab went on listening.
  }
}

// doubt asks now and then whether the tab that listens is still there.
async function doubt(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await pause(steady, stop);
    if (stop.aborted || leading) continue;
    const asked = Date.now();
    channel?.postMessage({ kind: 'who' } satisfies Aside);
    await pause(silence, stop);
    if (!stop.aborted && !leading && answered < asked) live.value = false;
  }
}

async function keepOpen(known: boolean, stop: AbortSignal): Promise<void> {
  let wait = firstWait;
  while (!stop.aborted) {
    const began = Date.now();
    await listen(known, stop).catch(() => undefined);
    if (stop.aborted) return;
    wait = Date.now() - began > steady ? firstWait : Math.min(longestWait, wait * 2);
    await pause(wait * (0.5 + Math.random()), stop);
  }
}

// listen ends when the connection does.
async function listen(known: boolean, stop: AbortSignal): Promise<void> {
  const address = new URL('events/stream', await apiBase());
  await Promise.race([start, pause(patience, stop)]);
  if (known) address.searchParams.set('ticket', (await api.ticket()).ticket);
  const gap = position === null;
  asked = true;
  if (position !== null) address.searchParams.set('since', String(position));
  if (stop.aborted) return;
  await new Promise<void>((done) => {
    const source = new EventSource(address);
    const end = () => {
      source.close();
      be(false);
      done();
    };
    source.onopen = () => {
      be(true);
      if (!gap) return;
      gaps.value++;
      channel?.postMessage({ kind: 'gap' } satisfies Aside);
    };
    source.onerror = end; // the browser would come back with the ticket that is used up
    stop.addEventListener('abort', end, { once: true });
    for (const kind of kinds) {
      source.addEventListener(kind, (event) => {
        const m = { kind, data: JSON.parse((event as MessageEvent<string>).data) } as Message;
        channel?.postMessage(m);
        hear(m);
      });
    }
  });
}

function be(on: boolean): void {
  live.value = on;
  channel?.postMessage({ kind: 'live', on } satisfies Aside);
}
