// Votes of the person who is here: which were given, which are on their way, and why one was refused.
//
// A count is raised the moment somebody votes and taken back when the vote is refused. After a success it stays at least
// one above what was counted before, until the server's own count, which may lag a second or two, has caught up.
import { batch, effect, signal } from '@preact/signals';
import { api } from '../api/api';
import { troubleOf, type Trouble } from '../api/problem';
import { signedIn } from '../api/session';
import { uuid } from '../base/random';
import { say } from '../base/say';
import { contest, voting } from './contest';
import { voteWords } from './vote-text';

export type VoteState =
  | { is: 'visitor' } // must sign in first
  | { is: 'ready' }
  | { is: 'pending' }
  | { is: 'voted' }
  | { is: 'own' }
  | { is: 'closed' }
  | { is: 'early' } // voting has not begun
  | { is: 'gone' } // no longer open for voting
  | { is: 'wait'; until: number } // too many; browser's time in ms
  | { is: 'failed'; trouble: Trouble };

/** stateAfter is what a refused vote leads to. */
export function stateAfter(t: Trouble, now: number): VoteState {
  switch (t.code) {
    case 'vote.already-cast': return { is: 'voted' };
    case 'vote.own-video': return { is: 'own' };
    case 'vote.closed': return { is: 'closed' };
    case 'vote.not-open-yet': return { is: 'early' };
    case 'video.not-found': return { is: 'gone' };
  }
  if (t.status === 429) return { is: 'wait', until: now + Math.max(1, t.retryAfter) * 1000 };
  if (t.status === 401) return { is: 'visitor' };
  return { is: 'failed', trouble: t };
}

/** shownVotes is the count to show: what the server says, and at least what one's own vote makes of it. */
export function shownVotes(counted: number, least: number | undefined): number {
  return least === undefined ? counted : Math.max(counted, least);
}

const voted = signal<ReadonlySet<string>>(new Set());
const own = signal<ReadonlySet<string>>(new Set());
const moods = signal<ReadonlyMap<string, VoteState>>(new Map());
const least = signal<ReadonlyMap<string, number>>(new Map());
const tallies = signal<ReadonlyMap<string, number>>(new Map());
const over = signal<VoteState | null>(null); // closed or early, once the server said so

// What is known of the dates since then is newer.
effect(() => {
  if (contest.data.value) over.value = null;
});

/** voteState is what the button of a video shows. */
export function voteState(id: string): VoteState {
  if (voted.value.has(id)) return { is: 'voted' };
  const mood = moods.value.get(id);
  if (mood?.is === 'pending') return mood;
  if (own.value.has(id)) return { is: 'own' };
  if (over.value) return over.value;
  const phase = contest.data.value && voting(contest.data.value, Date.now());
  if (phase === 'early' || phase === 'closed') return { is: phase };
  if (mood) return mood;
  return signedIn.value ? { is: 'ready' } : { is: 'visitor' };
}

/** votesOf is a video's count as it is to be shown: what was told last, or else what came with the video. */
export function votesOf(id: string, counted: number): number {
  return shownVotes(tallies.value.get(id) ?? counted, least.value.get(id));
}

/** told takes in counts as they change. */
export function told(counts: readonly { video_id: string; votes: number }[]): void {
  if (counts.length === 0) return;
  const next = new Map(tallies.value);
  for (const c of counts) next.set(c.video_id, c.votes);
  batch(() => {
    tallies.value = next;
    caughtUp(counts);
  });
}

/** fetched forgets what was told before: what just came is newer. */
export function fetched(videos: readonly { video_id: string; votes: number }[]): void {
  const next = new Map(tallies.value);
  for (const v of videos) next.delete(v.video_id);
  batch(() => {
    if (next.size !== tallies.value.size) tallies.value = next;
    caughtUp(videos);
  });
}

// caughtUp lets go of counts that the server has reached, so that it may lower them later.
function caughtUp(counts: readonly { video_id: string; votes: number }[]): void {
  for (const c of counts) if (c.votes >= (least.value.get(c.video_id) ?? Infinity) && voted.value.has(c.video_id)) atLeast(c.video_id, undefined);
}

// Everything is forgotten when somebody signs out, and read anew when somebody signs in.
effect(() => {
  const here = signedIn.value;
  voted.value = new Set();
  own.value = new Set();
  moods.value = new Map();
  if (here) void recall();
});

/** recall reads what the server knows of this person's votes and videos. A failure leaves the buttons as they are: the
 * server refuses a second vote in any case. */
export async function recall(): Promise<void> {
  const [given, mine] = await Promise.allSettled([api.votes(), api.myVideos()]);
  if (!signedIn.value) return;
  if (given.status === 'fulfilled') voted.value = new Set([...voted.value, ...given.value]);
  if (mine.status === 'fulfilled') own.value = new Set(mine.value.map((v) => v.video_id));
}

/** ownVideo marks a video as one's own. */
export function ownVideo(id: string): void {
  own.value = new Set([...own.value, id]);
}

const keys = new Map<string, string>(); // an attempt keeps its key, so that a retry is the same vote

/** vote casts a vote for a video whose count was `counted`. */
export async function vote(id: string, counted: number): Promise<void> {
  if (voteState(id).is === 'pending' || voted.value.has(id)) return;
  const before = least.value.get(id);
  const key = keys.get(id) ?? uuid();
  keys.set(id, key);
  mood(id, { is: 'pending' });
  atLeast(id, votesOf(id, counted) + 1);
  try {
    await api.vote(id, key);
    settle(id);
    say(voteWords().done);
  } catch (reason) {
    const next = stateAfter(troubleOf(reason), Date.now());
    atLeast(id, before);
    if (next.is !== 'failed') keys.delete(id);
    if (next.is === 'closed' || next.is === 'early') over.value = next;
    if (next.is === 'own') ownVideo(id);
    if (next.is === 'voted') settle(id);
    else mood(id, next.is === 'closed' || next.is === 'early' ? undefined : next);
    say(voteWords().told(next));
  }
}

function settle(id: string): void {
  voted.value = new Set([...voted.value, id]);
  mood(id, undefined);
  keys.delete(id);
}

function mood(id: string, state: VoteState | undefined): void {
  const next = new Map(moods.value);
  if (state) next.set(id, state);
  else next.delete(id);
  moods.value = next;
}

function atLeast(id: string, votes: number | undefined): void {
  const next = new Map(least.value);
  if (votes === undefined) next.delete(id);
  else next.set(id, votes);
  least.value = next;
}

/** waited ends a wait whose time has come. */
export function waited(id: string): void {
  if (moods.value.get(id)?.is === 'wait') mood(id, undefined);
}
