import readQr from 'qr/decode.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { advice, readTrouble, sentence, troubleOf } from '../src/api/problem';
import { shuffled, uuid } from '../src/base/random';
import { checkAccount } from '../src/features/account-rules';
import { arranged, orderOf } from '../src/features/gallery';
import { around, keyed, matching, ownPosition } from '../src/features/ranking';
import { shareLinks } from '../src/features/Share';
import { judge, kindOf, passes, type Facts } from '../src/features/upload/checks';
import { Rate } from '../src/features/upload/rate';
import { ago, folded, megabytes, num, playtime, span } from '../src/i18n/format';
import { merged } from '../src/live/messages';
import { modules } from '../src/features/Qr';
import { mediaHref } from '../src/api/config';
import { speak } from '../src/i18n/lang';
import { dirOf, heads, pageAt } from '../src/site';

beforeEach(() => speak('es'));

describe('the order at random', () => {
  const ids = Array.from({ length: 200 }, (_, i) => `v${i}`);
  const of = (seed: string, list = ids) => shuffled(list, seed, (v) => v);

  it('is the same for one visitor, and another for the next', () => {
    expect(of('a')).toEqual(of('a', [...ids].reverse()));
    expect(of('a')).not.toEqual(of('b'));
    expect([...of('a')].sort()).toEqual([...ids].sort());
  });

  it('moves nobody when a video comes', () => {
    expect(of('a', [...ids, 'new']).filter((v) => v !== 'new')).toEqual(of('a'));
  });

  it('gives everybody the first place about equally often', () => {
    const few = ids.slice(0, 5);
    const firsts = new Map<string, number>();
    for (let i = 0; i < 5000; i++) {
      const first = of(`visitor ${i}`, few)[0]!;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const id of few) expect(firsts.get(id)).toBeGreaterThan(850);
  });
});

describe('a list of videos', () => {
  const video = (id: string, title: string, city: string, votes: number, uploaded_at: string) => ({ video_id: id, title, username: 'Ana Ríos', city, votes, uploaded_at, processed_url: '' });
  const list = [video('1', 'Clavada', 'Bogotá', 2, '2026-01-01'), video('2', 'Triple', 'Cali', 9, '2026-01-03'), video('3', 'Tapón', 'Bogotá', 2, '2026-01-02')];
  const ids = (order: Parameters<typeof arranged>[1], search = '') => arranged(list, order, search, 's').map((v) => v.video_id);

  it('has the orders that it says', () => {
    expect(ids('votos')).toEqual(['2', '1', '3']);
    expect(ids('nuevos')).toEqual(['2', '3', '1']);
    expect(ids('antiguos')).toEqual(['1', '3', '2']);
    expect(orderOf('nonsense')).toBe('azar');
  });

  it('is searched without case and accents, by all words', () => {
    expect(ids('antiguos', 'TAPON bogota')).toEqual(['3']);
    expect(ids('antiguos', 'rios')).toHaveLength(3);
    expect(ids('antiguos', 'clavada cali')).toEqual([]);
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
    const who = { name: 'Luz Paz', city: 'CALI', votes: 6, cityRank: 4 };
    expect(ownPosition(rows, who)).toBe(4);
    expect(ownPosition(rows, { ...who, votes: 99 })).toBeNull();
    expect(ownPosition(rows.slice(0, 2), { ...who, votes: 99 })).toBe(2);
    expect(ownPosition(rows, { ...who, city: 'Bogotá' })).toBeNull();
    expect(ownPosition(rows, { ...who, cityRank: null })).toBeNull();
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
  });
});

describe('a new account', () => {
  const good = { first_name: 'Ana', last_name: 'Ríos', email: 'ana@example.com', password1: 'ocho letras', password2: 'ocho letras', city: 'Cali', country: 'Colombia' };

  it('is checked as the server does', () => {
    expect(checkAccount(good)).toEqual({});
    expect(Object.keys(checkAccount({ ...good, first_name: '  ', email: 'x@y', password1: 'short', password2: 'short' }))).toEqual(['password1', 'first_name', 'email']);
    expect(Object.keys(checkAccount({ ...good, password2: 'other one' }))).toEqual(['password2']);
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
