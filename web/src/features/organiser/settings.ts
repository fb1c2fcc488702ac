// The contest's settings as a form holds them, and back.
import type { ContestSettings } from '../../api/organiser';
import { organiserWords } from './text';

export interface SettingsForm {
  name: string;
  cities: string; // one per line
  opens: string; // as <input type="datetime-local"> has it, in the browser's time zone
  closes: string;
  goal: string;
  finalists: string;
}

/** local is a moment as <input type="datetime-local"> has it. */
export function local(iso: string): string {
  const d = new Date(iso);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(d.getFullYear()).padStart(4, '0')}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** formOf are settings as they are typed. */
export function formOf(s: ContestSettings): SettingsForm {
  return { name: s.name, cities: s.cities.join('\n'), opens: local(s.opens_at), closes: local(s.closes_at), goal: String(s.vote_goal), finalists: String(s.finalists_per_city) };
}

/** settingsOf are the settings of a form; a moment that nobody changed keeps its seconds. */
export function settingsOf(form: SettingsForm, known: ContestSettings): ContestSettings {
  const moment = (typed: string, before: string) => (typed === local(before) ? before : new Date(typed).toISOString());
  return {
    name: form.name.trim(), cities: lines(form.cities), opens_at: moment(form.opens, known.opens_at), closes_at: moment(form.closes, known.closes_at),
    vote_goal: Number(form.goal), finalists_per_city: Number(form.finalists), version: known.version,
  };
}

const lines = (text: string) => text.split('\n').map((l) => l.trim()).filter(Boolean);

/** wrongIn says what is wrong with a form, by field. */
export function wrongIn(form: SettingsForm): Partial<Record<keyof SettingsForm, string>> {
  const w = organiserWords();
  const wrong: Partial<Record<keyof SettingsForm, string>> = {};
  if (form.name.trim() === '') wrong.name = w.required;
  if (form.opens === '') wrong.opens = w.required;
  if (form.closes === '') wrong.closes = w.required;
  else if (form.opens !== '' && Date.parse(form.closes) <= Date.parse(form.opens)) wrong.closes = w.order;
  if (!whole(form.goal, 1)) wrong.goal = w.whole(1);
  if (!whole(form.finalists, 1)) wrong.finalists = w.whole(1);
  return wrong;
}

const whole = (text: string, least: number) => /^\d{1,9}$/.test(text.trim()) && Number(text) >= least;
