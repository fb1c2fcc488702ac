import readQr from 'qr/decode.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { advice, readTrouble, sentence, troubleOf } from '../src/api/problem';
import { uuid } from '../src/base/random';
import { checkAccount } from '../src/features/account-rules';
import { voting } from '../src/features/contest';
import { hearGallery, orderOf, present, readShelf, seed, steady } from '../src/features/gallery';
import { goodReason, oneLine } from '../src/features/organiser/ReasonDialog';
import { formOf, settingsOf, wrongIn } from '../src/features/organiser/settings';
import { slots } from '../src/features/votes-over-time';
import { around, keyed, matching, ownPosition } from '../src/features/ranking';
import { shareLinks } from '../src/features/Share';
import { judge, kindOf, passes, type Facts } from '../src/features/upload/checks';
import { Rate } from '../src/features/upload/rate';
import { ago, folded, megabytes, num, playtime, span } from '../src/i18n/format';
import { merged } from '../src/live/messages';
import { modules } from '../src/features/Qr';
import { mediaHref } from '../src/api/config';
import { serve } from './setup';
import { speak } from '../src/i18n/lang';
import { dirOf, heads, pageAt } from '../src/site';

beforeEach(() => speak('es'));

describe('a list of videos', () => {
  const video = (id: string, votes = 0) => ({ video_id: id, title: 'Clavada', username: 'Ana Ríos', city: 'Cali', votes, uploaded_at: '2026-01-01', processed_url: '', duration_seconds: 25 });
  const ids = (list: { video_id: string }[]) => list.map((v) => v.video_id).join('');

  it('has the order that the address names, or the fair one', () => {
    expect(orderOf('votos')).toBe('votos');
    expect(orderOf('nonsense')).toBe('azar');
  });

  it('keeps its order while it is loaded again; what is new comes last, what is gone goes', () => {
    const shown = [video('a', 3), video('b', 2), video('c', 1)];
    expect(ids(steady(shown, [video('c', 9), video('a', 3), video('d', 2), video('b', 2)]))).toBe('abcd');
    expect(ids(steady(shown, [video('c', 9), video('a', 3)]))).toBe('ac');
    expect(steady(shown, [video('c', 9)])[0]!.votes).toBe(9);
    expect(ids(steady([], shown))).toBe('abc');
  });

  it('is asked for in pages, with a seed that stays', async () => {
    const asked = serve({
      'GET /api/public/videos': (a) => {
        const q = new URL(a.path, 'http://x').searchParams;
        const from = Number(q.get('offset'));
        return { json: Array.from({ length: Math.min(Number(q.get('limit')), 130 - from) }, (_, i) => video(`v${from + i}`)), headers: { 'X-Total-Count': '130' } };
      },
    });
    const shelf = await readShelf({ city: 'Cali', order: 'azar', q: 'x' }, 20);
    expect([shelf.videos.length, shelf.total, asked.length]).toEqual([130, 130, 2]);
    const seeds = asked.map((a) => new URL(a.path, 'http://x').searchParams.get('seed'));
    expect(seeds).toEqual([seed(), seed()]);
  });

  it('loses what is withdrawn at once, and takes it back when it is published', () => {
    const shelf = { videos: [video('a'), video('b')], total: 7 };
    expect(hearGallery({ kind: 'gallery', data: { video_id: 'a', change: 'withdrawn' } })).toBe(false);
    expect([ids(present(shelf).videos), present(shelf).total]).toEqual(['b', 6]);
    expect(hearGallery({ kind: 'gallery', data: { video_id: 'a', change: 'published' } })).toBe(true);
    expect(ids(present(shelf).videos)).toBe('ab');
  });
});

describe('the time of voting', () => {
  const c = { name: 'x', cities: [], vote_goal: 1, finalists_per_city: 1, now: '2026-01-05T00:00:00Z', opens_at: '2026-01-02T00:00:00Z', closes_at: '2026-01-10T00:00:00Z', open: true };
  it('has a beginning, which is in, and an end, which is not', () => {
    expect(['2026-01-01T23:59:59Z', '2026-01-02T00:00:00Z', '2026-01-09T23:59:59Z', '2026-01-10T00:00:00Z'].map((at) => voting(c, Date.parse(at))))
      .toEqual(['early', 'open', 'open', 'closed']);
  });
});

describe('votes over time', () => {
  const at = (iso: string, votes: number) => ({ hour: iso, votes });
  it('fills the hours between', () => {
    const s = slots([at('2026-01-05T13:00:00Z', 2), at('2026-01-05T10:00:00Z', 3)], Date.parse('2026-01-05T14:30:00Z'));
    expect([s.step, s.list.map((x) => x.votes)]).toEqual(['hour', [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 2, 0]]);
  });
  it('counts by day where hours would be too many, and loses none', () => {
    const s = slots([at('2026-01-01T10:00:00Z', 3), at('2026-01-01T11:00:00Z', 4), at('2026-02-05T13:00:00Z', 2)], Date.parse('2026-02-06T14:30:00Z'));
    expect(s.step).toBe('day');
    expect(s.list.length).toBeGreaterThanOrEqual(36);
    expect(s.list.reduce((n, x) => n + x.votes, 0)).toBe(9);
    expect(new Set(s.list.map((x) => x.from)).size).toBe(s.list.length);
  });
  it('draws nothing of nothing', () => {
    expect(slots([], 0).list).toEqual([]);
    expect(slots([at('2026-01-01T10:00:00Z', 0)], 0).list).toEqual([]);
  });
});

describe('the organisers’ settings', () => {
  const known = { name: 'Concurso', cities: ['Bogotá', 'Cali'], opens_at: '2026-01-02T03:04:05Z', closes_at: '2026-02-02T03:04:05Z', vote_goal: 3000, finalists_per_city: 3, version: 7 };
  it('go through the form and back without a change, seconds too', () => {
    expect(settingsOf(formOf(known), known)).toEqual(known);
    expect(wrongIn(formOf(known))).toEqual({});
  });
  it('name what is wrong', () => {
    const form = formOf(known);
    expect(Object.keys(wrongIn({ ...form, name: ' ', closes: form.opens, goal: '0', finalists: '1.5' })).sort()).toEqual(['closes', 'finalists', 'goal', 'name']);
  });
  it('take cities by line, and a reason on one line', () => {
    expect(settingsOf({ ...formOf(known), cities: ' Cali \n\nNeiva' }, known).cities).toEqual(['Cali', 'Neiva']);
    expect(oneLine(' por \n error ')).toBe('por error');
    expect([goodReason('  no '), goodReason('sí'), goodReason('x'.repeat(501))]).toEqual([false, false, false]);
    expect(goodReason('Por error')).toBe(true);
  });
});

describe('the ranking', () => {
  const rows = [1, 2, 3, 4, 5, 6, 7].map((position) => ({ position, username: position % 2 ? 'Ana Ríos' : 'Luz Paz', city: 'Cali', votes: 10 - position }));

  it('knows namesakes apart', () => {
    expect(new Set(keyed(rows).map((r) => r.key)).size).toBe(rows.length);
  });

  it('shows neighbours two places away', () => {
    expect(around(rows, 6).map((r) => r.position)).toEqual([4, 5, 6, 7]);
    expect(around(rows, 1).map((r) => r.position)).toEqual([1, 2, 3]);
  });

  it('finds one’s own row, and among namesakes the one with one’s votes', () => {
    const who = { name: 'Luz Paz', city: 'CALI', votes: 6, position: 5 };
    expect(ownPosition(rows, who)).toBe(4);
    expect(ownPosition(rows, { ...who, votes: 99 })).toBeNull();
    expect(ownPosition(rows.slice(0, 2), { ...who, votes: 99 })).toBe(2);
    expect(ownPosition(rows, { ...who, city: 'Bogotá' })).toBeNull();
    expect(ownPosition(rows, { ...who, position: null })).toBeNull();
  });

  it('takes in changes: places told of, places gone, whole lists', () => {
    const at = (position: number, votes: number) => ({ position, username: `p${votes}`, city: 'Cali', votes });
    const list = [at(1, 9), at(2, 8), at(3, 7)];
    const votes = (change: Parameters<typeof merged>[1], of = list) => merged(of, change).map((r) => [r.position, r.votes]);
    expect(votes({ full: false, players: 3, rows: [at(2, 10), at(1, 11)] })).toEqual([[1, 11], [2, 10], [3, 7]]);
    expect(votes({ full: false, players: 2, rows: [] })).toEqual([[1, 9], [2, 8]]);
    expect(votes({ full: false, players: 4, rows: [at(4, 0)] })).toEqual([[1, 9], [2, 8], [3, 7], [4, 0]]);
    expect(votes({ full: true, players: 1, rows: [at(1, 5)] })).toEqual([[1, 5]]);
    expect(votes({ full: true, players: 0, rows: [] })).toEqual([]);
    const far = Array.from({ length: 120 }, (_, i) => at(i + 1, 500 - i));
    expect(votes({ full: true, players: 119, rows: far.slice(0, 100) }, far)).toHaveLength(119);
  });

  it('keeps positions when it is searched', () => {
    expect(matching(rows, 'paz').map((r) => r.position)).toEqual([2, 4, 6]);
  });
});

describe('a file before it is sent', () => {
  const good: Facts = { bytes: 30 * 2 ** 20, kind: 'mp4', seconds: 31.24, width: 1920, height: 1080 };
  const bad = (f: Partial<Facts>) => judge({ ...good, ...f }).filter((v) => v.ok === false).map((v) => v.text);

  it('may be sent when nothing speaks against it', () => {
    expect(passes(judge(good))).toBe(true);
    expect(passes(judge({ ...good, width: 1080, height: 1920 }))).toBe(true);
    expect(passes(judge({ ...good, seconds: null, width: null, height: null }))).toBe(true);
    expect(passes([])).toBe(false);
  });

  it('is refused with its value and the limit', () => {
    expect(bad({ seconds: 74 })).toEqual(['Dura 74 s; el máximo es 60 s.']);
    expect(bad({ seconds: 12.34 })).toEqual(['Dura 12,3 s; el mínimo es 20 s.']);
    expect(bad({ width: 1280, height: 720 })).toEqual(['Mide 1280×720; el lado corto debe tener al menos 1080 píxeles.']);
    expect(bad({ bytes: 100 * 2 ** 20 + 1 })).toEqual(['Pesa 100,1 MB; el máximo es 100 MB.']);
    expect(bad({ bytes: 0 })).toEqual(['El archivo está vacío.']);
    expect(bad({ kind: 'other' })).toEqual(['El archivo no es un video MP4.']);
  });

  it('stands on the limits as the server does', () => {
    expect(bad({ seconds: 19.5 })).toEqual([]);
    expect(bad({ seconds: 60.5 })).toEqual([]);
    expect(bad({ seconds: 19.49 })).toHaveLength(1);
    expect(bad({ seconds: 60.51 })).toHaveLength(1);
    expect(bad({ bytes: 100 * 2 ** 20 })).toEqual([]);
  });

  it('is known by its content and not by its name', () => {
    const head = (text: string) => new TextEncoder().encode(text);
    expect(kindOf(head('\0\0\0\x20ftypisom'))).toBe('mp4');
    expect(kindOf(head('\0\0\0\x20ftypqt  '))).toBe('mov');
    expect(kindOf(head('hello, I am text'))).toBe('other');
    expect(kindOf(head('\0\0\0'))).toBe('other');
    expect(kindOf(new Uint8Array())).toBe('other');
  });
});

describe('the speed of an upload', () => {
  it('is of the last seconds, and falls while nothing comes', () => {
    const rate = new Rate();
    rate.add(0, 0);
    expect(rate.speed(0)).toBeNull();
    for (let s = 1; s <= 10; s++) rate.add(s * 1000, s * 100_000);
    expect(rate.speed(10_000)).toBeCloseTo(100_000);
    expect(rate.remaining(10_000, 2_000_000)).toBeCloseTo(10);
    expect(rate.speed(20_000)!).toBeLessThan(50_000);
  });
});

describe('trouble', () => {
  const read = (status: number, body: unknown, headers: Record<string, string> = {}) => readTrouble(status, body, (h) => headers[h] ?? null);

  it('is the server’s sentence with something to do and the request id', () => {
    const t = read(429, { code: 'rate.limited', detail: 'Demasiado.', request_id: 'abc' }, { 'Retry-After': '40' });
    expect([sentence(t), advice(t), t.requestId]).toEqual(['Demasiado.', 'Vuelve a intentarlo en 40 s.', 'abc']);
  });

  it('survives an answer that is no problem document', () => {
    for (const body of [null, 'text', 7, [], { errors: 'x' }, { errors: [null, {}] }]) {
      const t = read(502, body, { 'X-Request-Id': 'r' });
      expect(t.requestId).toBe('r');
      expect(sentence(t)).toBe('El servidor respondió algo inesperado.');
      expect(advice(t)).toContain('identificador');
    }
  });

  it('names the network when no answer came', () => {
    expect(sentence(troubleOf(new TypeError('Failed to fetch')))).toBe('No hay conexión con el servidor.');
    speak('en');
    expect(sentence(troubleOf(null))).toBe('The server cannot be reached.');
    expect([advice(troubleOf(null)), advice(troubleOf(null), true)].map((a) => a.includes('typed'))).toEqual([true, false]);
  });

  it('says once what to do, and says it of what went wrong', () => {
    const t = read(500, { code: 'internal', detail: 'Ocurrió un error inesperado. Si se repite, dinos el identificador de la solicitud.' });
    expect(`${sentence(t)} ${advice(t)}`.match(/identificador/g)).toHaveLength(1);
    expect(advice(read(401, { code: 'auth.bad-credentials', detail: 'El correo o la contraseña no son correctos.' }))).toContain('bien escritos');
    expect(advice(read(401, { code: 'auth.token-expired', detail: 'La sesión expiró.' }))).toBe('Entra de nuevo para continuar.');
  });

  it('of an e-mail that has an account stands at the e-mail', () => {
    expect(read(400, { code: 'account.email-taken', detail: 'Ya está registrado.' }).fields).toEqual({ email: 'Ya está registrado.' });
  });
});

describe('a new account', () => {
  const good = { first_name: 'Ana', last_name: 'Ríos', email: 'ana@example.com', password1: 'ocho letras', password2: 'ocho letras', city: 'Cali', country: 'Colombia' };

  it('is checked as the server does', () => {
    expect(checkAccount(good)).toEqual({});
    expect(Object.keys(checkAccount({ ...good, first_name: '  ', email: 'x@y', password1: 'short', password2: 'short' }))).toEqual(['password1', 'first_name', 'email']);
    expect(Object.keys(checkAccount({ ...good, password2: 'other one' }))).toEqual(['password2']);
    expect(Object.keys(checkAccount({ ...good, password1: '', password2: '' }))).toEqual(['password1', 'password2']);
    expect(Object.keys(checkAccount({ ...good, city: '👩‍👩‍👧'.repeat(100) }))).toEqual(['city']);
    expect(checkAccount({ ...good, password1: 'ñ'.repeat(129), password2: 'ñ'.repeat(129) }).password1).toContain('256');
  });
});

describe('writing', () => {
  it('is of the language in use', () => {
    expect([num(182344), num(12.34, 1), megabytes(80_000), megabytes(1.5 * 2 ** 20), megabytes(99.6 * 2 ** 20)]).toEqual(['182.344', '12,3', '78 KB', '1,5 MB', '100 MB']);
    expect(ago(0, 2000)).toBe('hace 2 s');
    speak('en');
    expect([num(182344), ago(0, 2000)]).toEqual(['182,344', '2s ago']);
  });

  it('tells durations', () => {
    expect([span(8), span(60), span(125), span(3700)]).toEqual(['8 s', '1 min', '2 min 5 s', '1 h 1 min']);
    expect(playtime(24_400)).toBe('0:24');
    expect(folded('Córdoba ÑANDÚ')).toBe('cordoba nandu');
  });

  it('makes ids without crypto.randomUUID', () => {
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid()).not.toBe(uuid());
  });

  it('escapes what goes into a link', () => {
    for (const { href } of shareLinks('https://a.example/?id=1&x=2', 'a&b=c#d')) {
      expect(() => new URL(href)).not.toThrow();
      expect(href).not.toContain('a&b=c');
      expect(decodeURIComponent(href)).toContain('https://a.example/?id=1&x=2');
    }
  });
});

describe('the map of the site', () => {
  it('finds a page by its directory and back', () => {
    for (const { page } of heads) if (page !== 'missing') expect(pageAt(dirOf(page))).toBe(page);
    expect(pageAt('ranking/index.html')).toBe('ranking');
    expect(pageAt('ranking')).toBe('ranking');
    for (const path of ['404', '404.html', 'ranking/x', 'RANKING', '../', 'videos//']) expect(pageAt(path)).toBe('missing');
  });
});

describe('the code of a link', () => {
  it('is read again as the link', () => {
    for (const url of ['http://127.0.0.1:8080/video/?id=01a20143-1f51-7797-aaf4-950607e267b0', `https://concurso.example/${'ñ'.repeat(90)}`]) {
      const rows = modules(url);
      const scale = 4;
      const size = rows.length * scale;
      const data = new Uint8Array(size * size * 4).fill(255);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) if (rows[Math.floor(y / scale)]![Math.floor(x / scale)]) data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
      }
      expect(readQr({ width: size, height: size, data })).toBe(url);
    }
  });
});

describe('the address of stored objects', () => {
  const own = location.port;
  it('is the visitor’s own where the server knows itself under another name of this machine', () => {
    expect(location.hostname).toBe('localhost');
    expect(mediaHref(`http://127.0.0.1:${own || 80}/media/a.jpg?X-Amz-Signature=1`)).toBe('/media/a.jpg?X-Amz-Signature=1');
    expect(mediaHref('http://127.0.0.1:9/media/a.jpg')).toBe('http://127.0.0.1:9/media/a.jpg');
    expect(mediaHref('https://media.example/a.jpg?s=1')).toBe('https://media.example/a.jpg?s=1');
  });
});
