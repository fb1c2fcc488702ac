// What organisers did, when and why, as the log has it.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { organiser } from '../../api/organiser';
import { resource } from '../../base/resource';
import { moment, num } from '../../i18n/format';
import { Empty, Load } from '../../ui/parts';
import { organiserWords } from './text';

const step = 50;
const most = 200; // that the server gives

export function Acts() {
  const [limit, setLimit] = useState(step);
  const list = useMemo(() => resource(() => organiser.acts(limit)), [limit]);
  useEffect(() => void list.load(), [list]);
  const w = organiserWords();
  return (
    <Load of={list} skeleton={<><div class="bone bone-row" /><div class="bone bone-row" /></>}>
      {(acts) => acts.length === 0 ? <Empty icon="clock">{w.noActs}</Empty> : (
        <>
          <ol class="acts">
            {acts.map((a) => (
              <li key={a.position} class="panel">
                <p class="acts-head"><b>{w.acts[a.act]}</b> <span>{a.actor_name || w.system} · <time dateTime={a.at}>{moment(a.at)}</time> · {w.event(num(a.position))}</span></p>
                {a.subject && <p class="acts-subject">{w.subject}: {a.subject_name || a.subject}</p>}
                {a.reason && <p>{w.reason}: {a.reason}</p>}
              </li>
            ))}
          </ol>
          {acts.length >= limit && limit < most && <p class="more"><button type="button" class="btn btn-quiet" onClick={() => setLimit(Math.min(most, limit + step))}>{w.moreActs}</button></p>}
        </>
      )}
    </Load>
  );
}
