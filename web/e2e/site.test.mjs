// The site in a real browser on a real contest: real database, queue, object store and ffmpeg.
//   npm run e2e            starts showcase-local itself
//   SHOWCASE_URL=… npm run e2e   tries a contest that runs already
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { close, open, world } from './world.mjs';

before(open, { timeout: 300_000 });
after(close);

// In this order: what comes later uses the people and the video of what came before.
await import('./people.mjs');
await import('./access.mjs');
await import('./organisers.mjs');
await import('./pictures.mjs');

it('no page said anything on the console or asked anybody else', () => {
  assert.deepEqual(world.told, []);
});
