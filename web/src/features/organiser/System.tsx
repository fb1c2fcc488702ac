// How far the machinery is: queues, what was set aside, and how far each projection is behind the log.
import { useEffect, useState } from 'preact/hooks';
import { organiser, type System as Figures } from '../../api/organiser';
import { usePolling } from '../../base/resource';
import { num } from '../../i18n/format';
import { Load } from '../../ui/parts';
import { system } from './lists';
import { ReasonDialog, type Asked } from './ReasonDialog';
import { organiserWords } from './text';

const every = 3000; // ms

export function System() {
  useEffect(() => void system.load(), []);
  usePolling(every, async () => {
    await system.load();
    return !system.trouble.value;
  });
  return <Load of={system} skeleton={<div class="bone bone-row" />}>{(s) => <Tables s={s} />}</Load>;
}

// Named is what a queue or a projection is for, and its own name, which the operators' tools use.
function Named({ name }: { name: string }) {
  const plain = organiserWords().names[name];
  return plain === undefined ? <>{name}</> : <>{plain} <small>{name}</small></>;
}

function Tables({ s }: { s: Figures }) {
  const [asked, ask] = useState<Asked | null>(null);
  const w = organiserWords();
  const redrive = (name: string, dead: number) => ask({
    title: w.redrive, what: w.redriveWhat(name, dead), go: w.redrive,
    act: async (reason) => {
      const { moved } = await organiser.redrive(name, reason);
      void system.load();
      return w.moved(moved);
    },
  });
  return (
    <>
      <section class="panel">
        <h2>{w.queues} <small>{w.fresh}</small></h2>
        <p class="section-sub">{w.dead}: {w.deadHint}</p>
        <div class="scroll" tabIndex={0} role="region" aria-label={w.queues}>
          <table class="plain">
            <caption class="sr">{w.queues}</caption>
            <thead>
              <tr>
                <th scope="col">{w.queue}</th><th scope="col" class="plain-num">{w.waiting}</th><th scope="col" class="plain-num">{w.flying}</th>
                <th scope="col" class="plain-num">{w.dead}</th>
              </tr>
            </thead>
            <tbody>
              {s.queues.map((q) => (
                <tr key={q.name}>
                  <th scope="row"><Named name={q.name} />{!q.reachable && <em class="plain-bad"> {w.unreachable}</em>}</th><td class="plain-num">{num(q.waiting)}</td><td class="plain-num">{num(q.in_flight)}</td>
                  <td class={q.dead > 0 ? 'plain-num plain-bad' : 'plain-num'}>
                    {num(q.dead)}
                    {q.dead > 0 && <button type="button" class="btn btn-small btn-quiet" aria-label={w.redriveOf(q.name)} onClick={() => redrive(q.name, q.dead)}>{w.redrive}</button>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="panel">
        <h2>{w.projections}</h2>
        <p class="section-sub">{w.log}: <b>{num(s.log_position)}</b></p>
        <div class="scroll" tabIndex={0} role="region" aria-label={w.projections}>
          <table class="plain">
            <caption class="sr">{w.projections}</caption>
            <thead><tr><th scope="col">{w.projection}</th><th scope="col" class="plain-num">{w.position}</th><th scope="col" class="plain-num">{w.behind}</th></tr></thead>
            <tbody>
              {s.projections.map((p) => (
                <tr key={p.name}><th scope="row"><Named name={p.name} />{p.stopped && <em class="plain-bad"> {w.stopped}</em>}</th><td class="plain-num">{num(p.position)}</td><td class="plain-num">{num(p.behind)}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <ReasonDialog asked={asked} onClose={() => ask(null)} />
    </>
  );
}
