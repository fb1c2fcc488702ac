// Pictures of every page at both widths, light and dark, for people to look at; axe looks at each page, in both languages.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { password } from './lib.mjs';
import { people } from './people.mjs';
import { shoot } from './shots.mjs';
import { world } from './world.mjs';

const out = new URL('../screenshots', import.meta.url).pathname;

describe('pictures', () => {
  const take = (how) => shoot(world.contest.base, { video: people.video, own: people.video, people, secret: password, out, ...how });

  it('are taken in Spanish, light and dark, and axe finds nothing', { timeout: 900_000 }, async () => {
    assert.deepEqual(await take({ langs: ['es'] }), []);
  });

  it('are taken in English too, and axe finds nothing', { timeout: 600_000 }, async () => {
    assert.deepEqual(await take({ langs: ['en'], themes: ['light'] }), []);
  });
});
