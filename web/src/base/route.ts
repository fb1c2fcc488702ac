// Which page is shown, from the address, and back. Everything stays one document, so that the access token can live in
// memory only.
import { signal } from '@preact/signals';
import { dirOf, pageAt, type PageKey } from '../site';
import { below, root } from './root';

export interface Place {
  page: PageKey;
  query: URLSearchParams;
}

export const place = signal<Place>(read());

function read(): Place {
  const here = new URL(location.href);
  const path = below(here);
  return { page: path === null ? 'missing' : pageAt(path), query: here.searchParams };
}

/** link is the address of a page; empty values are left out. */
export function link(page: PageKey, query: Record<string, string | undefined> = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) q.set(name, value);
  const text = q.toString();
  return root.pathname + dirOf(page) + (text ? `?${text}` : '');
}

/** absolute is a link that can be sent to somebody. */
export function absolute(href: string): string {
  return new URL(href, root).href;
}

/** go shows another page; replace leaves no trace in the history. */
export function go(href: string, how: { replace?: boolean; quiet?: boolean } = {}): void {
  const url = new URL(href, root);
  history[how.replace ? 'replaceState' : 'pushState'](null, '', url);
  const before = place.value.page;
  place.value = read();
  if (!how.quiet && (before !== place.value.page || !how.replace)) scrollTo(0, 0);
}

/** safeReturn is where to go after signing in: an address of this site or nothing, whatever the query says. */
export function safeReturn(given: string | null): string | null {
  if (!given || !given.startsWith('/') || given.startsWith('//') || given.includes('\\')) return null;
  const url = new URL(given, root);
  const path = below(url);
  if (path === null || pageAt(path) === 'missing') return null;
  return url.pathname + url.search;
}

/** follow turns clicks on links of this site into page changes. Call it once. */
export function follow(): void {
  addEventListener('popstate', () => {
    place.value = read();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = (event.target as Element | null)?.closest?.('a');
    if (!anchor || anchor.target || anchor.hasAttribute('download')) return;
    const url = new URL(anchor.href, location.href);
    const path = below(url);
    if (path === null || pageAt(path) === 'missing' || (url.hash && url.pathname === location.pathname)) return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}
