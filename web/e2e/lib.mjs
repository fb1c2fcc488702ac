// What the end-to-end tests share: clips made by ffmpeg, people made by the API, and a browser.
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);

export const password = 'canasta-de-tres';
const colours = [['0x7a2e0e', '0xf59e0b'], ['0x0b3b5b', '0x67e8f9'], ['0x3b0764', '0xf0abfc'], ['0x14532d', '0xbef264'], ['0x450a0a', '0xfca5a5']];

/** makeClip makes a real H.264 MP4: a gradient that turns; with noise it is large. */
export async function makeClip(dir, { seed = 0, seconds = 20, width = 1920, height = 1080, noise = false } = {}) {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `clip-${seed}-${seconds}-${width}x${height}${noise ? '-big' : ''}.mp4`);
  if (await stat(path).catch(() => null)) return path;
  const [c0, c1] = colours[seed % colours.length];
  await run('nice', ['-n', '10', 'ffmpeg', '-v', 'error', '-y',
    '-f', 'lavfi', '-i', `gradients=s=${width}x${height}:c0=${c0}:c1=${c1}:n=2:speed=0.02:seed=${seed + 1}:r=12:d=${seconds}`,
    ...(noise ? ['-vf', 'noise=alls=40:allf=t', '-b:v', '7M'] : []), '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', path]);
  return path;
}

/** Api is a client of the public API that throws on whatever was not expected. */
export class Api {
  constructor(base) {
    this.base = base;
  }

  async call(method, path, { token, json, form, expect = [200, 201] } = {}) {
    const answer = await fetch(this.base + path, {
      method,
      headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(json && { 'Content-Type': 'application/json' }) },
      body: json ? JSON.stringify(json) : form,
    });
    const body = await answer.json().catch(() => null);
    if (!expect.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(body)}`);
    return { status: answer.status, body };
  }

  async person(first, last, city) {
    const email = `${first}.${last}`.normalize('NFD').replace(/[^A-Za-z.]/g, '').toLowerCase() + '@example.com';
    await this.call('POST', '/api/auth/signup', {
      json: { first_name: first, last_name: last, email, password1: password, password2: password, city, country: 'Colombia' }, expect: [201, 400],
    });
    const { body } = await this.call('POST', '/api/auth/login', { json: { email, password } });
    return { email, name: `${first} ${last}`, city, token: body.access_token };
  }

  async upload(person, path, title, isPublic = true) {
    const form = new FormData();
    form.set('title', title);
    form.set('is_public', String(isPublic));
    form.set('video_file', new Blob([await readFile(path)], { type: 'video/mp4' }), 'clip.mp4');
    const { body } = await this.call('POST', '/api/videos/upload', { token: person.token, form });
    return body.video_id;
  }

  async settled(person, id, patience = 300_000) {
    return until(async () => {
      const { body } = await this.call('GET', `/api/videos/${id}`, { token: person.token });
      return ['ready', 'rejected', 'failed'].includes(body.stage) && body;
    }, `video ${id} to be processed`, patience);
  }

  vote(person, id) {
    return this.call('POST', `/api/public/videos/${id}/vote`, { token: person.token, expect: [200, 400] });
  }
}

/** until asks until there is an answer, or fails after a while. */
export async function until(ask, what, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** openBrowser starts Debian's chromium, or the one that CHROMIUM names. */
export function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/** shortLived is an access token of the same person that ends after some seconds, signed with the contest's key. */
export function shortLived(token, keys, seconds) {
  const [head, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  claims.exp = Math.floor(Date.now() / 1000) + seconds;
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const secret = keys.split(',').find((k) => k.startsWith(`${head.kid}:`)).slice(head.kid.length + 1);
  return { token: `${text}.${createHmac('sha256', Buffer.from(secret, 'base64')).update(text).digest('base64url')}`, until: claims.exp * 1000 };
}

/** sendTo puts a message into a queue of the contest. */
export async function sendTo(env, topic, body) {
  const ask = async (action, json) => {
    const answer = await fetch(env.AWS_ENDPOINT_URL_SQS, {
      method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `AmazonSQS.${action}` }, body: JSON.stringify(json),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { QueueUrl } = await ask('GetQueueUrl', { QueueName: env.QUEUE_PREFIX + topic });
  await ask('SendMessage', { QueueUrl, MessageBody: body });
}
