// Votes that organisers took out of the count, and why: those that I received, and those that I gave.
import type { ComponentChildren } from 'preact';
import type { Dashboard } from '../api/api';
import { link } from '../base/route';
import { day, num } from '../i18n/format';
import { texts } from '../i18n/lang';

const words = texts(
  {
    title: 'Votos fuera del conteo', lead: 'La organización los retiró. Quedan en el registro, con su motivo; el total ya no los incluye.',
    lost: (n: number) => (n === 1 ? 'Tus videos tienen 1 voto menos.' : `Tus videos tienen ${num(n)} votos menos.`),
    given: (title: string) => `Tu voto por «${title}» no cuenta.`, gone: 'Tu voto por un video que ya no está en votación no cuenta.',
    why: 'Motivo', see: 'Ver el video', how: 'Cómo se cuenta',
  },
  {
    title: 'Votes outside the count', lead: 'The organisers took them out. They stay on record, with the reason; the total no longer has them.',
    lost: (n: number) => (n === 1 ? 'Your videos have 1 vote fewer.' : `Your videos have ${num(n)} fewer votes.`),
    given: (title: string) => `Your vote for “${title}” does not count.`, gone: 'Your vote for a video that is no longer open for voting does not count.',
    why: 'Reason', see: 'See the video', how: 'How the count works',
  },
);

export function Voided({ d }: { d: Pick<Dashboard, 'voided_votes' | 'voided_ballots'> }) {
  const w = words();
  if (d.voided_votes.length + d.voided_ballots.length === 0) return null;
  return (
    <section class="panel voided">
      <h2>{w.title}</h2>
      <p class="section-sub">{w.lead} <a href={link('count')}>{w.how}</a></p>
      <ul>
        {d.voided_votes.map((v) => <Ruling key={v.decided_at} of={v}>{w.lost(v.votes)}</Ruling>)}
        {d.voided_ballots.map((b) => (
          <Ruling key={b.video_id} of={b}>
            {b.title === null ? w.gone : <>{w.given(b.title)} <a href={link('video', { id: b.video_id })} aria-label={`${w.see}: ${b.title}`}>{w.see}</a></>}
          </Ruling>
        ))}
      </ul>
    </section>
  );
}

function Ruling({ of, children }: { of: { reason: string; decided_at: string }; children: ComponentChildren }) {
  return (
    <li>
      <p>{children}</p>
      <p class="fine">{words().why}: <q>{of.reason}</q> · {day(of.decided_at)}</p>
    </li>
  );
}
