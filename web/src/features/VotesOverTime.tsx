// When one's votes came: a chart for the eye, and the same numbers as a sentence and a table.
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { day, moment, num } from '../i18n/format';
import { texts } from '../i18n/lang';
import { slots, type Slot, type Slots } from './votes-over-time';
import { voteWords } from './vote-text';

const words = texts(
  {
    title: 'Votos en el tiempo', none: 'Aquí verás cuándo llegan tus votos, desde el primero.', table: 'Ver los números', caption: 'Votos recibidos',
    hour: 'Hora', day: 'Día', votes: 'Votos', hours: 'por hora', days: 'por día',
    sum: (votes: string, when: string, most: string) => `${votes} desde el ${when} · el mejor momento: ${most}`,
  },
  {
    title: 'Votes over time', none: 'Here you will see when your votes come, from the first one on.', table: 'See the numbers', caption: 'Votes received',
    hour: 'Hour', day: 'Day', votes: 'Votes', hours: 'by hour', days: 'by day',
    sum: (votes: string, when: string, most: string) => `${votes} since ${when} · the best moment: ${most}`,
  },
);

type Drawn = ComponentType<{ slots: Slots; told: (at: number, votes: number) => string }>;

export function VotesOverTime({ points }: { points: readonly { hour: string; votes: number }[] }) {
  const known = JSON.stringify(points); // the same numbers again are no reason to draw anew
  const s = useMemo(() => slots(points, Date.now()), [known]);
  const [Chart, setChart] = useState<{ Drawn: Drawn } | null>(null);
  const some = s.list.length > 0;
  useEffect(() => {
    // Without the script, which the network may have kept, the sentence and the table stay.
    if (some) void import('./Chart').then((m) => setChart({ Drawn: m.default }), () => undefined);
  }, [some]);
  const w = words();
  const told = (at: number, votes: number) => `${name(s, at)} · ${voteWords().counted(votes)}`;
  return (
    <section class="panel over-time">
      <h2>{w.title} <small>{some ? (s.step === 'hour' ? w.hours : w.days) : ''}</small></h2>
      {some
        ? (
          <>
            <p class="section-sub">{summary(s)}</p>
            <div class="chart-place">{Chart && <Chart.Drawn slots={s} told={told} />}</div>
            <details>
              <summary>{w.table}</summary>
              <div class="scroll" tabIndex={0} role="region" aria-label={w.caption}>
                <table class="plain">
                  <caption class="sr">{w.caption}</caption>
                  <thead><tr><th scope="col">{s.step === 'hour' ? w.hour : w.day}</th><th scope="col" class="plain-num">{w.votes}</th></tr></thead>
                  <tbody>{s.list.filter((x) => x.votes > 0).reverse().map((x) => <tr key={x.from}><th scope="row">{name(s, x.from)}</th><td class="plain-num">{num(x.votes)}</td></tr>)}</tbody>
                </table>
              </div>
            </details>
          </>
        )
        : <p class="section-sub">{w.none}</p>}
    </section>
  );
}

const name = (s: Slots, at: number) => (s.step === 'hour' ? moment(at) : day(at));

function summary(s: Slots): string {
  const sum = s.list.reduce((n, x) => n + x.votes, 0);
  const first = s.list.find((x) => x.votes > 0)!.from;
  const most = s.list.reduce<Slot>((a, b) => (b.votes > a.votes ? b : a), s.list[0]!);
  return words().sum(voteWords().counted(sum), name(s, first), `${name(s, most.from)} (${voteWords().counted(most.votes)})`);
}
