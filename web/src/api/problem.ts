// What went wrong, for people: a sentence, what to do about it, and the request id to quote.
import { texts } from '../i18n/lang';
import { span } from '../i18n/format';

export interface Trouble {
  status: number; // 0 when no answer came
  code: string; // the server's stable code, or one of ours: "network", "unreadable"
  detail: string; // the server's sentence, in the language that was asked for; empty when there is none
  requestId: string; // empty when there is none
  retryAfter: number; // seconds; 0 when the server did not say
  fields: Readonly<Record<string, string>>; // sentence per field
}

/** Refusal carries a trouble through promises. */
export class Refusal extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.code);
  }
}

/** troubleOf is whatever a promise was rejected with, as a trouble. */
export function troubleOf(reason: unknown): Trouble {
  if (reason instanceof Refusal) return reason.trouble;
  return { status: 0, code: 'network', detail: '', requestId: '', retryAfter: 0, fields: {} };
}

/** readTrouble makes a trouble of an answer that is not a success. */
export function readTrouble(status: number, body: unknown, header: (name: string) => string | null): Trouble {
  const p = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const fields: Record<string, string> = {};
  for (const f of Array.isArray(p['errors']) ? p['errors'] : []) {
    if (typeof f?.field === 'string' && typeof f?.detail === 'string') fields[f.field] ??= f.detail;
  }
  if (p['code'] === 'account.email-taken') fields['email'] = text(p['detail']); // the server names no field
  return {
    status,
    code: text(p['code']) || 'unreadable',
    detail: text(p['detail']),
    requestId: text(p['request_id']) || header('X-Request-Id') || '',
    retryAfter: Math.max(0, Number(header('Retry-After')) || 0),
    fields,
  };
}

const text = (v: unknown) => (typeof v === 'string' ? v : '');

const words = texts(
  {
    network: 'No hay conexión con el servidor.',
    networkDo: 'Revisa tu conexión a internet; lo que escribiste sigue aquí.',
    networkLook: 'Revisa tu conexión a internet e intenta de nuevo.',
    unknown: 'El servidor respondió algo inesperado.',
    unknownDo: 'Intenta de nuevo. Si se repite, comparte el identificador con la organización.',
    wait: (s: string) => `Vuelve a intentarlo en ${s}.`,
    session: 'Entra de nuevo para continuar.',
    credentials: 'Revisa que los dos estén bien escritos, con sus mayúsculas y minúsculas.',
    fields: 'Hay campos por corregir.',
    fieldsDo: 'Revisa los campos marcados.',
    gone: 'Puede que lo hayan eliminado o que la dirección esté incompleta.',
    again: 'Corrige lo que indica el mensaje e intenta de nuevo.',
  },
  {
    network: 'The server cannot be reached.',
    networkDo: 'Check your internet connection; what you typed is still here.',
    networkLook: 'Check your internet connection and try again.',
    unknown: 'The server answered something unexpected.',
    unknownDo: 'Try again. If it happens again, share the request id with the organisers.',
    wait: (s: string) => `Try again in ${s}.`,
    session: 'Sign in again to continue.',
    credentials: 'Check that both are typed right, with upper and lower case as they are.',
    fields: 'Some fields need correction.',
    fieldsDo: 'Check the marked fields.',
    gone: 'It may have been deleted, or the address is incomplete.',
    again: 'Correct what the message says and try again.',
  },
);

/** sentence says what happened. */
export function sentence(t: Trouble): string {
  if (t.code === 'network') return words().network;
  if (Object.keys(t.fields).length > 0) return words().fields;
  return t.code === 'internal' ? words().unknown : t.detail || words().unknown; // its advice is ours
}

/** advice says what to do, to somebody who typed something or who only looks. */
export function advice(t: Trouble, looking = false): string {
  if (t.code === 'network') return looking ? words().networkLook : words().networkDo;
  if (Object.keys(t.fields).length > 0) return words().fieldsDo;
  if (t.status === 429 || t.status === 503) return words().wait(span(t.retryAfter || 5));
  if (t.code === 'auth.bad-credentials') return words().credentials;
  if (t.status === 401) return words().session;
  if (t.status === 404) return words().gone;
  if (t.status === 0 || t.status >= 500 || !t.detail) return words().unknownDo;
  return words().again;
}
