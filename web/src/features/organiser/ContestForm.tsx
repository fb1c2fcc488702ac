// The contest's dates, cities, goal and cut; opening and closing.
import { useEffect, useRef, useState } from 'preact/hooks';
import { organiser, type ContestSettings } from '../../api/organiser';
import { troubleOf, type Trouble } from '../../api/problem';
import { now, useNow } from '../../base/online';
import { say } from '../../base/say';
import { moment, num } from '../../i18n/format';
import { Field, focusFirstError, Load, Notice } from '../../ui/parts';
import { Area } from './Area';
import { settings } from './lists';
import { goodReason, oneLine, Reason, ReasonDialog, type Asked } from './ReasonDialog';
import { formOf, settingsOf, wrongIn, type SettingsForm } from './settings';
import { organiserWords } from './text';

export function ContestForm() {
  useEffect(() => void settings.load(), []);
  return (
    <Load of={settings} skeleton={<div class="bone bone-row" />}>
      {(s) => <><Voting known={s} /><Settings known={s} /></>}
    </Load>
  );
}

// Voting says whether votes are taken, and opens and closes.
function Voting({ known: s }: { known: ContestSettings }) {
  useNow();
  const [asked, ask] = useState<Asked | null>(null);
  const w = organiserWords();
  const opens = Date.parse(s.opens_at);
  const closes = Date.parse(s.closes_at);
  const state = now.value < opens ? 'before' : now.value < closes ? 'open' : 'over';
  const change = (title: string, what: string, part: () => Partial<ContestSettings>) => ask({
    title, what, go: title,
    act: async (reason) => {
      settings.set(await organiser.change({ ...s, ...part(), reason }));
      return w.saved;
    },
  });
  const at = () => new Date().toISOString();
  return (
    <section class="panel">
      <p class={`voting voting-${state}`}>{state === 'before' ? w.before(moment(opens)) : state === 'open' ? w.open(moment(closes)) : w.over(moment(closes))}</p>
      {state === 'before' && <button type="button" class="btn" onClick={() => change(w.openNow, w.openWhat, () => ({ opens_at: at() }))}>{w.openNow}</button>}
      {state === 'open' && <button type="button" class="btn btn-bad" onClick={() => change(w.closeNow, w.closeWhat, () => ({ closes_at: at() }))}>{w.closeNow}</button>}
      {state === 'over' && <p class="field-hint">{w.reopenWhat}</p>}
      <ReasonDialog asked={asked} onClose={() => ask(null)} />
    </section>
  );
}

// Settings keeps what is typed until it is saved, also when somebody else saves first.
function Settings({ known }: { known: ContestSettings }) {
  const w = organiserWords();
  const [base, setBase] = useState(known);
  const [form, setForm] = useState(() => formOf(known));
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const form$ = useRef<HTMLFormElement>(null);
  const take = (s: ContestSettings) => {
    setBase(s);
    setForm(formOf(s));
  };
  useEffect(() => {
    // What was opened or closed above is in the form too, unless somebody is at work in it.
    if (known.version !== base.version && JSON.stringify(form) === JSON.stringify(formOf(base))) take(known);
  }, [known]);
  const wrong = wrongIn(form);
  const served = trouble?.fields ?? {};
  const field = (name: keyof SettingsForm, theirs: string) => ({
    name, value: form[name], onValue: (v: string) => setForm((f) => ({ ...f, [name]: v })), error: (tried && wrong[name]) || served[theirs] || undefined,
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (busy || Object.keys(wrong).length > 0 || !goodReason(reason)) return focusFirstError(form$.current);
    setBusy(true);
    setTrouble(null);
    try {
      const saved = await organiser.change({ ...settingsOf(form, base), reason: oneLine(reason) });
      settings.set(saved);
      take(saved);
      setReason('');
      setTried(false);
      say(w.saved);
    } catch (cause) {
      setTrouble(troubleOf(cause));
      if (troubleOf(cause).code === 'contest.changed') void settings.load();
    } finally {
      setBusy(false);
    }
  };
  const clash = trouble?.code === 'contest.changed';
  return (
    <form ref={form$} class="form panel" onSubmit={submit} noValidate>
      <h2>{w.settings} <small>{w.version(base.version)}</small></h2>
      <Field {...field('name', 'name')} label={w.name} maxLength={200} />
      <div class="form-pair">
        <Field {...field('opens', 'opens_at')} label={w.opens} type="datetime-local" hint={w.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)} />
        <Field {...field('closes', 'closes_at')} label={w.closes} type="datetime-local" />
      </div>
      <div class="form-pair">
        <Field {...field('goal', 'vote_goal')} label={w.goal} />
        <Field {...field('finalists', 'finalists_per_city')} label={w.finalists} />
      </div>
      <Area {...field('cities', 'cities')} label={w.cities} hint={w.citiesHint} rows={Math.min(10, Math.max(4, known.cities.length + 1))} />
      <Reason value={reason} onValue={setReason} error={tried && !goodReason(reason) ? w.reasonNeeded : undefined} />
      {trouble && !clash && <Notice trouble={trouble} />}
      {clash && (
        <div class="notice notice-bad" role="alert">
          <div>
            <p class="notice-what">{w.changed}</p>
            <details><summary>{w.current} ({w.version(known.version)})</summary><Current s={known} /></details>
            <button type="button" class="btn btn-quiet" onClick={() => { setBase(known); setTrouble(null); }}>{w.keepMine}</button>
          </div>
        </div>
      )}
      <button type="submit" class="btn" aria-disabled={busy ? 'true' : undefined}>{busy ? w.doing : w.save}</button>
    </form>
  );
}

function Current({ s }: { s: ContestSettings }) {
  const w = organiserWords();
  return (
    <dl class="facts">
      <dt>{w.name}</dt><dd>{s.name}</dd>
      <dt>{w.opens}</dt><dd>{moment(s.opens_at)}</dd>
      <dt>{w.closes}</dt><dd>{moment(s.closes_at)}</dd>
      <dt>{w.goal}</dt><dd>{num(s.vote_goal)}</dd>
      <dt>{w.finalists}</dt><dd>{num(s.finalists_per_city)}</dd>
      <dt>{w.cities}</dt><dd>{s.cities.join(', ')}</dd>
    </dl>
  );
}
