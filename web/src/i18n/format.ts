// Numbers, times and sizes as people read them.
import { lang } from './lang';

const locale = () => (lang.value === 'es' ? 'es-CO' : 'en-US');
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(kind: string, make: (l: string) => T): T {
  const key = kind + locale();
  let f = made.get(key) as T | undefined;
  if (!f) made.set(key, (f = make(locale())));
  return f;
}

/** num is a number with its thousands apart and at most `digits` decimals. */
export function num(n: number, digits = 0): string {
  return once(`n${digits}`, (l) => new Intl.NumberFormat(l, { maximumFractionDigits: digits, useGrouping: 'always' as unknown as boolean })).format(n);
}

/** day is "21 nov 2026", or "21 nov" without its year. */
export function day(at: string | number, year = true): string {
  return once(`d${year}`, (l) => new Intl.DateTimeFormat(l, { day: 'numeric', month: 'short', ...(year && { year: 'numeric' }) })).format(new Date(at));
}

/** hourOf is "3:00 p. m.". */
export function hourOf(at: string | number): string {
  return once('h', (l) => new Intl.DateTimeFormat(l, { hour: 'numeric', minute: '2-digit' })).format(new Date(at));
}

/** moment is a day with its time. */
export function moment(iso: string | number): string {
  return once('m', (l) => new Intl.DateTimeFormat(l, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })).format(new Date(iso));
}

/** clock is a time of day with seconds. */
export function clock(iso: string): string {
  return once('c', (l) => new Intl.DateTimeFormat(l, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })).format(new Date(iso));
}

/** ago is "hace 2 s". */
export function ago(since: number, now: number): string {
  const f = once('r', (l) => new Intl.RelativeTimeFormat(l, { style: 'narrow', numeric: 'always' }));
  const s = Math.max(0, Math.round((now - since) / 1000));
  if (s < 60) return f.format(-s, 'second');
  if (s < 3600) return f.format(-Math.floor(s / 60), 'minute');
  if (s < 86_400) return f.format(-Math.floor(s / 3600), 'hour');
  return f.format(-Math.floor(s / 86_400), 'day');
}

/** megabytes are of 2^20 bytes, as in the contest's rules; what is small is told in kilobytes or bytes. */
export function megabytes(bytes: number): string {
  if (bytes < 1024) return `${num(bytes)} B`;
  if (bytes < 2 ** 20) return `${num(bytes / 1024)} KB`;
  return `${num(bytes / 2 ** 20, bytes < 10 * 2 ** 20 ? 1 : 0)} MB`;
}

/** span is a duration: "8 s", "2 min 5 s". */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** playtime is "0:24". */
export function playtime(ms: number): string {
  const s = Math.round(ms / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** folded is text without case and accents, for search. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
