// Votes by hour, as the server counts them, made ready to be drawn: without gaps, and by day where hours would be too many.

export interface Slot {
  from: number; // ms
  votes: number;
}

export interface Slots {
  step: 'hour' | 'day';
  list: Slot[]; // in order, without gaps
}

const hour = 3_600_000; // ms
const mostHours = 48; // that are drawn one by one
const leastHours = 12; // so that a first hour is not all there is to see
const mostDays = 366;

/** slots fill the time from the first vote, or some hours ago, to now. Days are those of the browser's time zone. */
export function slots(points: readonly { hour: string; votes: number }[], now: number): Slots {
  const known = points.filter((p) => p.votes > 0).map((p) => ({ at: Date.parse(p.hour), votes: p.votes })).sort((a, b) => a.at - b.at);
  const first = known[0]?.at;
  if (first === undefined) return { step: 'hour', list: [] };
  const step = now - first <= mostHours * hour ? 'hour' : 'day';
  const start = step === 'hour' ? (at: number) => Math.floor(at / hour) * hour : midnight;
  const next = step === 'hour' ? (at: number) => at + hour : (at: number) => midnight(at + 36 * hour);
  const sums = new Map<number, number>();
  for (const p of known) sums.set(start(p.at), (sums.get(start(p.at)) ?? 0) + p.votes);
  const list: Slot[] = [];
  const last = Math.max(start(now), start(known.at(-1)!.at));
  const begin = step === 'hour' ? Math.min(start(first), start(now) - (leastHours - 1) * hour) : start(first);
  for (let at = begin; at <= last && list.length < mostDays; at = next(at)) list.push({ from: at, votes: sums.get(at) ?? 0 });
  return { step, list };
}

function midnight(at: number): number {
  const d = new Date(at);
  d.setHours(0, 0, 0, 0);
  return d.getTime();
}
