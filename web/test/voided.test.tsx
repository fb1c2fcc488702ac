import { cleanup, render } from '@testing-library/preact';
import { afterEach, describe, expect, it } from 'vitest';
import { Voided } from '../src/features/Voided';

const at = '2026-11-20T15:00:00Z';
const reason = '<b>Un robot</b>';

afterEach(cleanup);

describe('votes out of the count', () => {
  it('are not mentioned when there are none', () => {
    expect(render(<Voided d={{ voided_votes: [], voided_ballots: [] }} />).container.textContent).toBe('');
  });

  it('are told to who received them and to who gave them, with the reason as text', () => {
    const { container } = render(<Voided d={{
      voided_votes: [{ votes: 2, reason, decided_at: at }],
      voided_ballots: [{ video_id: 'v1', title: '<i>Mate</i>', reason, decided_at: at }, { video_id: 'v2', title: null, reason, decided_at: at }],
    }} />);
    const said = [...container.querySelectorAll('li')].map((li) => li.textContent);
    expect(said[0]).toContain('Tus videos tienen 2 votos menos.');
    expect(said[1]).toContain('Tu voto por «<i>Mate</i>» no cuenta.');
    expect(said[2]).toContain('un video que ya no está en votación');
    for (const line of said) expect(line).toContain('<b>Un robot</b>');
    expect(container.querySelector('b, i')).toBeNull();
    expect([...container.querySelectorAll('li a')].map((a) => a.getAttribute('href'))).toEqual(['/video/?id=v1']);
  });
});
