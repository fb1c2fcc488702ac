// What the live connection says, and what it makes of a ranking that is shown.
import type { OwnVideo, Rank } from '../api/api';

export interface Change {
  city: string; // empty for the whole country
  log_position: number;
  full: boolean; // rows are all there is, not only what changed
  players: number;
  votes: number;
  rows: Rank[];
  videos: { video_id: string; votes: number }[];
}

export interface Stage {
  video_id: string;
  status: OwnVideo['status'];
  stage: OwnVideo['stage'];
  progress: number;
  open_for_voting: boolean;
  reason_code?: string;
  reason_es?: string;
  reason_en?: string;
  at: string;
}

export type GalleryChange =
  | { video_id: string; change: 'published' | 'withdrawn' | 'deleted' }
  | { change: 'missed' }; // some came or went while nobody listened

export type Message =
  | { kind: 'ranking'; data: Change }
  | { kind: 'position'; data: { log_position: number } }
  | { kind: 'gallery'; data: GalleryChange }
  | { kind: 'video'; data: Stage };

/** toldPlaces is how many places of each list the server tells of. */
export const toldPlaces = 100;

/** merged is a list with a change put into it. Places beyond the players are gone; places that are not told of stay. */
export function merged(rows: readonly Rank[], change: Pick<Change, 'full' | 'players' | 'rows'>): Rank[] {
  const kept = rows.filter((r) => r.position <= change.players && !(change.full && r.position <= toldPlaces));
  const byPlace = new Map(kept.map((r) => [r.position, r]));
  for (const r of change.rows) byPlace.set(r.position, r);
  return [...byPlace.values()].sort((a, b) => a.position - b.position);
}
