// Where the API is. config.json is the one file that differs between the site's homes: an empty base means this origin.
import { root } from '../base/root';

let asked: Promise<URL> | undefined;

/** apiBase is the API's address, with "/api/" at its end. */
export function apiBase(): Promise<URL> {
  return (asked ??= read());
}

async function read(): Promise<URL> {
  try {
    const answer = await fetch(new URL('config.json', root));
    const base = answer.ok ? ((await answer.json()) as { api?: unknown }).api : '';
    return new URL('api/', typeof base === 'string' && base !== '' ? `${base.replace(/\/+$/, '')}/` : root.origin);
  } catch {
    asked = undefined; // ask again with the next call
    throw new TypeError('config.json cannot be read');
  }
}

/** sameOrigin tells whether site and API share an origin, so that a cookie can hold the session. */
export async function sameOrigin(): Promise<boolean> {
  return (await apiBase()).origin === location.origin;
}

/** mediaHref is where a stored object is read or written. The server names its own public address; when it is this very
 * server under another name, such as localhost, the address that the visitor used is the one that works. */
export function mediaHref(url: string): string {
  const at = new URL(url, location.href);
  const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/;
  const twin = at.origin !== location.origin && at.port === location.port && loopback.test(at.hostname) && loopback.test(location.hostname);
  return twin ? at.pathname + at.search : url;
}
