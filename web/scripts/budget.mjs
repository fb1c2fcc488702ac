// Checks what a voter has to load before the list of videos can be drawn: everything that videos/index.html names.
// Exit code 1 when it is too much.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../../handlers/webui/dist/', import.meta.url).pathname;
const budgets = { js: 40 * 1024, css: 15 * 1024 };

const page = join(dist, 'videos/index.html');
const html = readFileSync(page, 'utf8');
const named = [...html.matchAll(/(?:src|href)="([^"]+\.(js|css))"/g)];
const sums = { js: 0, css: 0 };
for (const [, path, kind] of named) {
  const size = gzipSync(readFileSync(join(dirname(page), path)), { level: 9 }).length;
  sums[kind] += size;
  console.log(`${String(size).padStart(7)}  ${path}`);
}
let over = named.length === 0;
for (const [kind, most] of Object.entries(budgets)) {
  console.log(`${kind}: ${sums[kind]} of ${most} bytes gzipped`);
  over ||= sums[kind] > most;
}
if (over) {
  console.error('the voter entry is over its budget');
  process.exit(1);
}
