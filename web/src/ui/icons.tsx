// Icons, drawn for this site on a grid of 24. They say nothing to a screen reader: the words beside them do.
import type { JSX } from 'preact';

const paths = {
  play: 'M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8a1 1 0 0 0 0-1.6l-10-6.8A1 1 0 0 0 8 5.2Z',
  check: 'm5 12.5 4.6 4.6L19.5 7',
  videos: 'M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5v-11Zm6.2 2.7v5.6l4.8-2.8-4.8-2.8Z',
  ranking: 'M9 20V5h6v15M3 20v-8h6m6-3h6v11M2 20h20',
  upload: 'M12 16V4.5m0 0L7 9.5m5-5 5 5M4 16.5v2A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5v-2',
  panel: 'M4 13h6V4H4v9Zm0 7h6v-4H4v4Zm10 0h6v-9h-6v9Zm0-16v4h6V4h-6Z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8c.6-3.6 3.7-6 7.5-6s6.9 2.4 7.5 6',
  search: 'm20 20-4.3-4.3M17.5 11a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z',
  share: 'M12 15V4m0 0L8.2 7.8M12 4l3.8 3.8M7 11H6a1.5 1.5 0 0 0-1.5 1.5v6A1.5 1.5 0 0 0 6 20h12a1.5 1.5 0 0 0 1.5-1.5v-6A1.5 1.5 0 0 0 18 11h-1',
  copy: 'M9 9.5A1.5 1.5 0 0 1 10.5 8h8A1.5 1.5 0 0 1 20 9.5v9a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 9 18.5v-9ZM15 8V5.5A1.5 1.5 0 0 0 13.5 4h-8A1.5 1.5 0 0 0 4 5.5v8A1.5 1.5 0 0 0 5.5 15H9',
  qr: 'M4.5 4.5h6v6h-6zm9 0h6v6h-6zm-9 9h6v6h-6zM14 14h.1m5.3 0h.1M14 19.4h.1m5.3 0h.1m-2.8-2.7h.1M7.5 7.5h.1m8.9 0h.1m-9 9h.1',
  download: 'M12 4v11.5m0 0-5-5m5 5 5-5M4 16.5v2A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5v-2',
  close: 'm6 6 12 12M18 6 6 18',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7m-8 0 .8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12M10 11v5m4-5v5',
  clock: 'M12 7v5l3.2 2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0Z',
  alert: 'M12 9v4.5m0 3v.1M10.7 4.2 2.9 17.7A1.5 1.5 0 0 0 4.2 20h15.6a1.5 1.5 0 0 0 1.3-2.3L13.3 4.2a1.5 1.5 0 0 0-2.6 0Z',
  lock: 'M7 10.5V8a5 5 0 0 1 10 0v2.5M6.5 20h11a1.5 1.5 0 0 0 1.5-1.5V12a1.5 1.5 0 0 0-1.5-1.5h-11A1.5 1.5 0 0 0 5 12v6.5A1.5 1.5 0 0 0 6.5 20Z',
  pause: 'M8.5 5.5v13m7-13v13',
  arrow: 'M5 12h13.5m0 0-5.5-5.5m5.5 5.5L13 17.5',
  out: 'M14 16.5v2a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 4 18.5v-13A1.5 1.5 0 0 1 5.5 4h7A1.5 1.5 0 0 1 14 5.5v2M9 12h11.5m0 0L17 8.5m3.5 3.5L17 15.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
} as const;

export type IconName = keyof typeof paths;

const solid: ReadonlySet<IconName> = new Set(['play']);

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class={solid.has(name) ? 'icon icon-solid' : 'icon'} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** Mark is the contest's sign: a ball with a star that rises out of it. */
export function Mark({ size = 32 }: { size?: number }): JSX.Element {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <circle class="mark-ball" cx="17" cy="23" r="15" />
      <path class="mark-seam" d="M17 8v30M2 23h30M6.4 12.4c7 5.6 7 15.6 0 21.2M27.6 33.6c-7-5.6-7-15.6 0-21.2" />
      <path class="mark-halo" d="m30 .8 3 6.3 6.9.9-5 4.8 1.2 6.9-6.1-3.4-6.2 3.4 1.3-6.9-5.1-4.8 7-.9Z" />
      <path class="mark-star" d="m30 3.6 2.2 4.6 5 .7-3.6 3.5.8 5-4.4-2.4-4.5 2.4.9-5-3.7-3.5 5-.7Z" />
    </svg>
  );
}
