// What a file must be before it is sent. The browser looks first, so that nobody sends 100 MB to hear "too long"; what it
// cannot tell, such as the length of a video whose compression it does not know, is left to the server.
import { megabytes, num } from '../../i18n/format';
import { texts } from '../../i18n/lang';

export const rules = {
  maxBytes: 100 * 2 ** 20,
  minSeconds: 20,
  maxSeconds: 60,
  tolerance: 0.5, // seconds; containers round
  minShortSide: 1080, // pixels
  maxTitle: 100, // characters
} as const;

export interface Facts {
  bytes: number;
  kind: 'mp4' | 'mov' | 'other';
  seconds: number | null; // null: the browser cannot tell
  width: number | null;
  height: number | null;
}

export interface Verdict {
  rule: 'kind' | 'size' | 'length' | 'picture';
  ok: boolean | null; // null: the server will tell
  text: string;
}

const words = texts(
  {
    kind: { ok: 'Es un MP4.', mov: 'Es un QuickTime (MOV), no un MP4; expórtalo como MP4.', other: 'El archivo no es un video MP4.', empty: 'El archivo está vacío.' },
    size: (v: string) => `Pesa ${v}; el máximo es 100 MB.`,
    sizeOk: (v: string) => `Pesa ${v} de 100 MB.`,
    length: { ok: (s: string) => `Dura ${s} s.`, short: (s: string) => `Dura ${s} s; el mínimo es 20 s.`, long: (s: string) => `Dura ${s} s; el máximo es 60 s.`, unknown: 'Tu navegador no puede leer la duración; la revisa el servidor.' },
    picture: { ok: (p: string) => `Mide ${p}.`, small: (p: string) => `Mide ${p}; el lado corto debe tener al menos 1080 píxeles.`, unknown: 'Tu navegador no puede leer la resolución; la revisa el servidor.' },
  },
  {
    kind: { ok: 'It is an MP4.', mov: 'It is a QuickTime file (MOV), not an MP4; export it as MP4.', other: 'The file is not an MP4 video.', empty: 'The file is empty.' },
    size: (v: string) => `It is ${v}; the maximum is 100 MB.`,
    sizeOk: (v: string) => `It is ${v} of 100 MB.`,
    length: { ok: (s: string) => `It lasts ${s} s.`, short: (s: string) => `It lasts ${s} s; the minimum is 20 s.`, long: (s: string) => `It lasts ${s} s; the maximum is 60 s.`, unknown: 'Your browser cannot read the length; the server checks it.' },
    picture: { ok: (p: string) => `It is ${p}.`, small: (p: string) => `It is ${p}; the short side needs at least 1080 pixels.`, unknown: 'Your browser cannot read the resolution; the server checks it.' },
  },
);

/** judge holds a file against the contest's rules. Of a file that is no video, nothing more is said. */
export function judge(f: Facts): Verdict[] {
  const w = words();
  if (f.bytes === 0) return [{ rule: 'kind', ok: false, text: w.kind.empty }];
  if (f.kind !== 'mp4') return [{ rule: 'kind', ok: false, text: w.kind[f.kind] }];
  const large = f.bytes > rules.maxBytes;
  const size = megabytes(f.bytes);
  return [
    { rule: 'kind', ok: true, text: w.kind.ok },
    { rule: 'size', ok: !large, text: large ? w.size(over(f.bytes)) : w.sizeOk(size) },
    length(f.seconds),
    picture(f.width, f.height),
  ];
}

/** passes tells whether nothing speaks against sending. */
export function passes(verdicts: readonly Verdict[]): boolean {
  return verdicts.length > 0 && verdicts.every((v) => v.ok !== false);
}

// over rounds up, so that a file a little above the limit is never said to be as large as the limit.
function over(bytes: number): string {
  return `${num(Math.ceil((bytes / 2 ** 20) * 10) / 10, 1)} MB`;
}

function length(seconds: number | null): Verdict {
  const w = words().length;
  if (seconds === null) return { rule: 'length', ok: null, text: w.unknown };
  const s = num(seconds, 1);
  if (seconds < rules.minSeconds - rules.tolerance) return { rule: 'length', ok: false, text: w.short(s) };
  if (seconds > rules.maxSeconds + rules.tolerance) return { rule: 'length', ok: false, text: w.long(s) };
  return { rule: 'length', ok: true, text: w.ok(s) };
}

function picture(width: number | null, height: number | null): Verdict {
  const w = words().picture;
  if (width === null || height === null) return { rule: 'picture', ok: null, text: w.unknown };
  const p = `${width}×${height}`;
  const ok = Math.min(width, height) >= rules.minShortSide;
  return { rule: 'picture', ok, text: ok ? w.ok(p) : w.small(p) };
}

/** kindOf reads the first bytes of a file: an MP4 has a box "ftyp" with a brand, whatever its name says. */
export function kindOf(head: Uint8Array): Facts['kind'] {
  const ascii = (from: number) => String.fromCharCode(...head.subarray(from, from + 4));
  if (head.length < 12 || ascii(4) !== 'ftyp') return 'other';
  return ascii(8) === 'qt  ' ? 'mov' : 'mp4';
}

const patience = 10_000; // ms that the browser may take to read the beginning

/** probe looks at a file without sending it. */
export async function probe(file: File): Promise<Facts> {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const facts: Facts = { bytes: file.size, kind: kindOf(head), seconds: null, width: null, height: null };
  if (facts.kind !== 'mp4') return facts;
  return { ...facts, ...(await play(file)) };
}

function play(file: File): Promise<Pick<Facts, 'seconds' | 'width' | 'height'>> {
  return new Promise((done) => {
    const video = document.createElement('video');
    const url = URL.createObjectURL(file);
    const end = () => {
      clearTimeout(timer);
      const seen = video.videoWidth > 0;
      done({
        seconds: Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null,
        width: seen ? video.videoWidth : null,
        height: seen ? video.videoHeight : null,
      });
      video.removeAttribute('src');
      video.load();
      URL.revokeObjectURL(url);
    };
    const timer = setTimeout(end, patience);
    video.preload = 'metadata';
    video.muted = true;
    video.onloadedmetadata = end;
    video.onerror = end;
    video.src = url;
  });
}
