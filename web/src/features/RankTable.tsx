// The ranking's table. Rows that change places slide there, so that the eye can follow.
import { Fragment } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { num } from '../i18n/format';
import { texts } from '../i18n/lang';
import type { Keyed } from './ranking';

const words = texts(
  { caption: 'Ranking de jugadores por votos', place: 'Puesto', player: 'Jugador', votes: 'Votos', you: 'Tú', cut: (n: number) => `Corte: ${n === 1 ? 'pasa el primero' : `pasan los primeros ${n}`}` },
  { caption: 'Players by votes', place: 'Place', player: 'Player', votes: 'Votes', you: 'You', cut: (n: number) => `Cut: the first ${n === 1 ? 'one goes' : `${n} go`} through` },
);

const slideMs = 280;

export interface RankTableProps {
  rows: readonly Keyed[];
  most: number; // votes of the first, which the bars are measured by
  me?: number | null; // own position
  cut?: number | null; // finalists; the line is drawn after them
  showCity: boolean;
}

export function RankTable({ rows, most, me, cut, showCity }: RankTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  useSlide(body, rows);
  const w = words();
  return (
    <table class="ranks">
      <caption class="sr">{w.caption}</caption>
      <thead><tr><th scope="col">{w.place}</th><th scope="col">{w.player}</th><th scope="col" class="ranks-votes">{w.votes}</th></tr></thead>
      <tbody ref={body}>
        {rows.map((r, i) => (
          <Fragment key={r.key}>
            {i > 0 && cut && rows[i - 1]!.position <= cut && r.position > cut && <tr key="cut" data-key="cut" class="ranks-cut"><td colSpan={3}>{w.cut(cut)}</td></tr>}
            <tr data-key={r.key} class={[r.position === me && 'ranks-me', r.position <= 3 && r.votes > 0 && `ranks-top${r.position}`].filter(Boolean).join(' ') || undefined}>
              <td class="ranks-place">{num(r.position)}</td>
              <th scope="row" class="ranks-player">
                <span class="ranks-name">{r.username}{r.position === me && <em class="tag">{w.you}</em>}</span>
                {showCity && <span class="ranks-city">{r.city}</span>}
                <span class="ranks-bar" aria-hidden="true"><i style={{ transform: `scaleX(${most > 0 ? r.votes / most : 0})` }} /></span>
              </th>
              <td class="ranks-votes">{num(r.votes)}</td>
            </tr>
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

// useSlide lets every row that stands elsewhere now come from where it stood.
function useSlide(body: { current: HTMLTableSectionElement | null }, rows: unknown): void {
  const tops = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const next = new Map<string, number>();
    for (const row of body.current?.rows ?? []) {
      const key = row.dataset['key'] ?? '';
      const top = row.offsetTop;
      const before = tops.current.get(key);
      next.set(key, top);
      if (!still && before !== undefined && before !== top && typeof row.animate === 'function') {
        row.animate([{ transform: `translateY(${before - top}px)` }, { transform: 'none' }], { duration: slideMs, easing: 'cubic-bezier(.2,.7,.3,1)' });
      }
    }
    tops.current = next;
  }, [rows]);
}
