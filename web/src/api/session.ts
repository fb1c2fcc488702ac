// Who is signed in. The access token lives in memory only. What renews it is a cookie that no script can read when site
// and API share an origin, and otherwise a token in sessionStorage, which ends with the tab.
import { computed, signal } from '@preact/signals';
import { exclusive } from '../base/exclusive';
import { kept, tab } from '../base/storage';
import { apiBase, sameOrigin } from './config';
import { readTrouble, Refusal } from './problem';
import { lang } from '../i18n/lang';

interface Access {
  token: string;
  until: number; // browser's clock, ms
}

interface Tokens {
  access_token: string;
  expires_in: number;
  refresh_token?: string;
}

const access = signal<Access | null>(null);

// Whether somebody signed in here and did not sign out; the cookie itself cannot be seen.
const hint = signal(kept.get('signed-in') === '1' || tab.get('refresh') !== null);

/** signedIn tells whether the site behaves as for a known person. */
export const signedIn = computed(() => access.value !== null || hint.value);

const early = 30_000; // ms before its end, a token is renewed

/** accessToken is a token that is good for a while, or null for a visitor. */
export async function accessToken(least = early): Promise<string | null> {
  const now = access.value;
  if (now && now.until - Date.now() > least) return now.token;
  return hint.value ? renew(now?.token ?? null) : null;
}

let renewing: Promise<string | null> | undefined;

/** renew exchanges what is kept for a new access token, once for all who ask; null when the session is over. The token
 * that was refused is named, so that nobody renews what somebody just renewed. */
export function renew(refused: string | null): Promise<string | null> {
  if (access.value && access.value.token !== refused && access.value.until - Date.now() > early) {
    return Promise.resolve(access.value.token);
  }
  return (renewing ??= exclusive('refresh', exchange).finally(() => (renewing = undefined)));
}

async function exchange(): Promise<string | null> {
  const own = tab.get('refresh');
  const answer = await fetch(new URL('auth/refresh', await apiBase()), {
    method: 'POST',
    credentials: own ? 'omit' : 'same-origin',
    keepalive: true, // a page that is left meanwhile must not lose the next cookie: this one is good once
    ...(own && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ refresh_token: own }) }),
  });
  if (answer.ok) return take((await answer.json()) as Tokens);
  if (answer.status === 401 || answer.status === 400 || answer.status === 403) {
    forget();
    return null;
  }
  throw new Refusal(readTrouble(answer.status, await answer.json().catch(() => null), (h) => answer.headers.get(h)));
}

function take(t: Tokens): string {
  if (t.refresh_token) tab.set('refresh', t.refresh_token);
  else kept.set('signed-in', '1');
  access.value = { token: t.access_token, until: Date.now() + t.expires_in * 1000 };
  hint.value = true;
  return t.access_token;
}

/** forget ends the session in this browser. */
export function forget(): void {
  access.value = null;
  hint.value = false;
  kept.drop('signed-in');
  tab.drop('refresh');
}

/** signIn opens a session. Rejects with a Refusal. */
export async function signIn(email: string, password: string): Promise<void> {
  const refresh = (await sameOrigin()) ? 'cookie' : 'body';
  const answer = await fetch(new URL('auth/login', await apiBase()), {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'Accept-Language': lang.value },
    body: JSON.stringify({ email, password, refresh }),
  });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(readTrouble(answer.status, body, (h) => answer.headers.get(h)));
  take(body as Tokens);
}

/** signOut ends the session on the server, and here in any case. */
export async function signOut(): Promise<void> {
  const token = access.value?.token;
  const own = tab.get('refresh');
  try {
    await fetch(new URL('auth/logout', await apiBase()), {
      method: 'POST',
      credentials: own ? 'omit' : 'same-origin',
      headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(own && { 'Content-Type': 'application/json' }) },
      ...(own && { body: JSON.stringify({ refresh_token: own }) }),
    });
  } finally {
    forget();
  }
}

// A sign-out in one tab is one in all.
addEventListener('storage', (event) => {
  if (event.key === 'showcase.signed-in' && event.newValue === null && !tab.get('refresh')) forget();
  if (event.key === 'showcase.signed-in' && event.newValue === '1') hint.value = true;
});
