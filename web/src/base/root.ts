// Where the site lives. The HTML file says how deep it is, so the site works under any prefix.

const relative = document.documentElement.dataset['root'] ?? './';

/** root is the address of the site's start page, with a slash at its end. */
export const root: URL = new URL(relative, location.href.split(/[?#]/, 1)[0]);

/** below is the part of a path after the root, or null for an address elsewhere. */
export function below(url: URL): string | null {
  if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return null;
  return url.pathname.slice(root.pathname.length);
}
