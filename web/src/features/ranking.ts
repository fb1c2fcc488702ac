// The ranking as it is shown: which rows, and how a row is known again after it moved.
import { api, type Rank, type Ranking } from '../api/api';
import { folded } from '../i18n/format';
import { from } from '../live/live';

export const pageSize = 100; // the most that the server gives at once
const mostPages = 20;

/** readRanking reads the first pages of a ranking, of one city or of all. */
export async function readRanking(city: string, pages: number): Promise<Ranking> {
  const rows: Rank[] = [];
  let position: number | null = null;
  for (let page = 0; page < Math.min(pages, mostPages); page++) {
    const part = await api.ranking({ city, limit: pageSize, offset: rows.length });
    position = part.position ?? position;
    from(part.position);
    rows.push(...part.rows);
    if (part.rows.length < pageSize) break;
  }
  return { rows, position };
}

/** Keyed is a row with a name of its own, under which it is found again wherever it moves. */
export interface Keyed extends Rank {
  key: string;
}

/** keyed names every row; namesakes of one city are told apart by their order. */
export function keyed(rows: readonly Rank[]): Keyed[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const name = `${row.city}\n${row.username}`;
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return { ...row, key: `${name}\n${n}` };
  });
}

/** matching are the rows whose player or city has all the words. */
export function matching<T extends Rank>(rows: readonly T[], search: string): T[] {
  const wanted = folded(search).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...rows];
  return rows.filter((r) => wanted.every((w) => folded(`${r.username} ${r.city}`).includes(w)));
}

/** Person is what is known of whoever is signed in. */
export interface Person {
  name: string; // first and last, as in the ranking
  city: string;
  votes: number;
  position: number | null; // in this very list, as of a moment ago
}

/** ownPosition finds one's own row, which has no id: by name and city, and among namesakes by place or votes. */
export function ownPosition(rows: readonly Rank[], who: Person): number | null {
  if (who.position === null) return null;
  const mine = rows.filter((r) => r.username === who.name && folded(r.city) === folded(who.city));
  const found = mine.find((r) => r.position === who.position) ?? mine.find((r) => r.votes === who.votes) ?? (mine.length === 1 ? mine[0] : undefined);
  return found?.position ?? null;
}

/** around are the rows up to `reach` places away from a position. */
export function around<T extends Rank>(rows: readonly T[], position: number, reach = 2): T[] {
  return rows.filter((r) => Math.abs(r.position - position) <= reach);
}
