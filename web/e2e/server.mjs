// The contest to try the site on: SHOWCASE_URL, or a showcase-local of our own on a free port and in a directory of its
// own, whose binaries SHOWCASE_LOCAL and SHOWCASE_TOOL name.
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './lib.mjs';

export async function openContest() {
  if (process.env.SHOWCASE_URL) return { base: process.env.SHOWCASE_URL, restart: null, tool: null, env: null, close: async () => undefined };
  const binary = process.env.SHOWCASE_LOCAL ?? new URL('../../bin/showcase-local', import.meta.url).pathname;
  const data = await mkdtemp(join(tmpdir(), 'showcase-e2e-'));
  await chmod(data, 0o755); // the database's own user must reach its directory
  const addr = `127.0.0.1:${await freePort()}`;
  let child;
  const start = async () => {
    child = spawn(binary, ['run', '--addr', addr, '--data', data, '--limits', 'off'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const gone = new Promise((done) => child.once('exit', done));
    child.gone = gone;
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`showcase-local ended with ${child.exitCode}`);
      return fetch(`http://${addr}/readyz`).then((r) => r.ok, () => false);
    }, 'showcase-local to be ready', 180_000);
  };
  const stop = async () => {
    child.kill('SIGTERM');
    await child.gone;
  };
  await start();
  return {
    base: `http://${addr}`,
    tool: async (...args) => tool(await environment(join(data, 'env')), args),
    env: () => environment(join(data, 'env')),
    restart: async () => {
      await stop();
      await start();
    },
    close: async () => {
      await stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

// environment is the one of the contest.
async function environment(file) {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1).replace(/^'|'$/g, '')]));
}

// tool runs the operators' program in the environment of the contest.
async function tool(env, args) {
  const binary = process.env.SHOWCASE_TOOL ?? new URL('../../bin/showcase', import.meta.url).pathname;
  await promisify(execFile)(binary, args, { env: { ...process.env, ...env } });
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
