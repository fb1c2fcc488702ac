// The site in a real browser on a real contest: real database, queue, object store and ffmpeg.
//   npm run e2e            starts showcase-local itself
//   SHOWCASE_URL=… npm run e2e   tries a contest that runs already
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Api, makeClip, openBrowser, password, until } from './lib.mjs';
import { openContest } from './server.mjs';

const clips = join(tmpdir(), 'showcase-e2e');
const run = Date.now().toString(36); // people of this run

let contest;
let browser;
let api;
const told = []; // what no page may ever say on its console

before(async () => {
  contest = await openContest();
  browser = await openBrowser();
  api = new Api(contest.base);
}, { timeout: 300_000 });

after(async () => {
  await browser?.close();
  await contest?.close();
});

/** visit opens a browser of somebody's own. */
async function visit(path, { width = 390, lang = 'es' } = {}) {
  const context = await browser.newContext({ viewport: { width, height: 844 }, locale: lang, isMobile: width < 700, hasTouch: width < 700 });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  listen(page);
  await page.goto(contest.base + path);
  return page;
}

function listen(page) {
  page.on('pageerror', (e) => told.push(`${page.url()}: ${e.message}`));
  page.on('console', (m) => {
    const expected = /Failed to load resource.*(400|401|404|429|503|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_FAILED)/.test(m.text());
    if ((m.type() === 'error' || m.type() === 'warning') && !expected) told.push(`${page.url()}: ${m.text()}`);
  });
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.origin !== contest.base && url.protocol !== 'blob:' && url.protocol !== 'data:') told.push(`${page.url()}: asked ${url.origin}`);
  });
}

async function register(page, first, last, city) {
  await page.goto(`${contest.base}/registro/`);
  await page.fill('input[name=first_name]', first);
  await page.fill('input[name=last_name]', last);
  await page.fill('input[name=city]', city);
  await page.fill('input[name=country]', 'Colombia');
  const email = `${first}.${last}.${run}@example.com`.toLowerCase();
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password1]', password);
  await page.fill('input[name=password2]', password);
  await page.click('button[type=submit]');
  await page.waitForURL(/\/videos\/$/);
  return email;
}

async function tokenOf(email) {
  const { body } = await api.call('POST', '/api/auth/login', { json: { email, password } });
  return body.access_token;
}

const text = (page, selector) => page.locator(selector).first().innerText();
const votesOn = async (page) => Number((await text(page, '.count strong')).replace(/\D/g, ''));

describe('the site', { concurrency: 1 }, () => {
  let player;
  let playerEmail;
  let video;

  it('tells what is wrong with a file before it is sent', { timeout: 120_000 }, async () => {
    player = await visit('/');
    playerEmail = await register(player, 'Ana', `Prueba-${run}`, 'Tunja');
    await player.click('.tabbar a[href$="/subir/"]');
    const input = player.locator('input[type=file]');
    const said = async (wanted) => player.locator('.checks-bad', { hasText: wanted }).waitFor();
    const renamed = join(clips, 'renamed.mp4');
    await makeClip(clips, { seconds: 3, width: 1280, height: 720 });
    await writeFile(renamed, 'this is text under a wrong name');
    await input.setInputFiles(renamed);
    await said('no es un video MP4');
    await writeFile(renamed, '');
    await input.setInputFiles(renamed);
    await said('vacío');
    await input.setInputFiles(await makeClip(clips, { seconds: 3, width: 1280, height: 720 }));
    await said('Dura 3 s; el mínimo es 20 s');
    await said('1280×720');
    await player.fill('input[name=title]', 'No debe salir');
    const sent = [];
    player.on('request', (r) => r.method() === 'POST' && r.url().includes('/videos/upload') && sent.push(r.url()));
    await player.click('button[type=submit]');
    assert.equal(await player.locator('.sending').count(), 0);
    assert.deepEqual(sent, []);
  });

  it('takes a real clip, shows its stages and plays the result', { timeout: 400_000 }, async () => {
    await player.locator('input[type=file]').setInputFiles(await makeClip(clips, { seed: 1 }));
    await player.locator('.checks-ok').nth(3).waitFor();
    await player.fill('input[name=title]', `Jugada <b>${run}</b>`);
    await player.click('button[type=submit]');
    await player.waitForURL(/subir\/\?video=/);
    video = new URL(player.url()).searchParams.get('video');
    assert.equal(await text(player, '.stages h2'), `Jugada <b>${run}</b>`);
    await player.locator('.steps-line').getByText('Recibido').waitFor();
    await player.locator('.stages video').waitFor({ timeout: 360_000 });
    await player.evaluate(() => { const v = document.querySelector('.stages video'); v.muted = true; return v.play(); });
    await until(() => player.evaluate(() => document.querySelector('.stages video').currentTime > 0.5), 'the clip to play');
    await player.getByText('Tu video está abierto a votación.').first().waitFor();
  });

  it('counts a vote from another browser, and both see it without a reload', { timeout: 120_000 }, async () => {
    const ranking = await player.context().newPage();
    listen(ranking);
    await ranking.goto(`${contest.base}/ranking/?ciudad=Tunja`);
    await ranking.locator('.ranks-me .ranks-votes', { hasText: /^0$/ }).first().waitFor();
    await player.goto(`${contest.base}/video/?id=${video}`);
    await player.locator('.vote-own', { hasText: 'Es tu video' }).waitFor();
    assert.equal(await votesOn(player), 0);

    const voter = await visit(`/video/?id=${video}`, { width: 1280 });
    await voter.locator('a.btn-vote').click(); // a visitor is asked to sign in, and comes back
    await voter.locator('main a[href*="/registro/"]').click();
    await voter.fill('input[name=first_name]', 'Luz');
    await voter.fill('input[name=last_name]', 'Voto');
    await voter.fill('input[name=city]', 'Pasto');
    await voter.fill('input[name=country]', 'Colombia');
    await voter.fill('input[name=email]', `luz.${run}@example.com`);
    await voter.fill('input[name=password1]', password);
    await voter.fill('input[name=password2]', password);
    await voter.keyboard.press('Enter');
    await voter.waitForURL(`**/video/?id=${video}`);
    const button = voter.locator('button.btn-vote');
    await button.focus(); // by keyboard
    await voter.keyboard.press('Enter');
    await voter.locator('.vote-voted', { hasText: 'Votado' }).waitFor();
    assert.equal(await votesOn(voter), 1);
    assert.equal(await button.getAttribute('aria-pressed'), 'true');

    await until(async () => await votesOn(player) === 1, 'the player to see the vote');
    await ranking.locator('.ranks-me .ranks-votes', { hasText: /^1$/ }).first().waitFor();
    await voter.reload();
    await voter.locator('.vote-voted').waitFor();
    assert.equal(await votesOn(voter), 1);
    await voter.context().close();
    await ranking.close();
  });

  it('hears of votes over one connection per browser, and again after a restart', { timeout: 240_000 }, async () => {
    const one = await visit(`/video/?id=${video}`);
    const streams = [];
    one.context().on('request', (r) => r.url().includes('/api/events/stream') && streams.push(r.url()));
    const polls = [];
    one.on('request', (r) => r.url().endsWith(`/api/public/videos/${video}`) && polls.push(r.url()));
    const two = await one.context().newPage();
    listen(two);
    await two.goto(`${contest.base}/ranking/?ciudad=Tunja`);
    await two.locator('.ranks').waitFor();
    await one.bringToFront();
    const before = await votesOn(one);
    await new Promise((done) => setTimeout(done, 3000)); // the connection is there by now
    polls.length = 0;
    await api.vote(await api.person('Voto', `Uno${run}`, 'Leticia'), video);
    await until(async () => await votesOn(one) === before + 1, 'the vote to arrive', 8000);
    assert.deepEqual(polls, [], 'it was asked for, not told');
    assert.ok(new Set(streams).size <= 1, `one connection, not ${streams}`);
    if (contest.restart) {
      await contest.restart();
      await api.vote(await api.person('Voto', `Dos${run}`, 'Leticia'), video);
      await until(async () => await votesOn(one) === before + 2, 'the vote after the restart to arrive', 60_000);
    }
    await one.context().close();
  });

  it('shows the figures that the API has', { timeout: 60_000 }, async () => {
    const { body: d } = await api.call('GET', '/api/dashboard', { token: await tokenOf(playerEmail) });
    assert.equal(d.total_votes, contest.restart ? 3 : 2);
    await player.goto(`${contest.base}/panel/`);
    await player.locator('.tile dd').first().waitFor();
    const tiles = await player.locator('.tile dd:not(.tile-note)').allInnerTexts();
    assert.deepEqual(tiles, [String(d.total_votes), `${d.city_rank}.º`, String(d.videos_processed), String(d.days_remaining)]);
    assert.match(await text(player, '.progress-goal b'), new RegExp(`^${d.goal.votes} de ${d.goal.target.toLocaleString('es-CO')} votos$`));
    assert.equal(await player.locator('.own-row').count(), d.videos.length);
    assert.equal(await player.locator('.own-row button').count(), 0); // open for voting: it cannot be deleted
    const { status, body } = await api.call('DELETE', `/api/videos/${video}`, { token: await tokenOf(playerEmail), expect: [400] });
    assert.deepEqual([status, body.code], [400, 'video.published']);
  });

  it('keeps what was typed when the network goes, and sends it again', { timeout: 200_000 }, async () => {
    await player.goto(`${contest.base}/subir/`);
    await player.locator('input[type=file]').setInputFiles(await makeClip(clips, { seed: 2 }));
    await player.locator('.checks-ok').nth(3).waitFor();
    await player.fill('input[name=title]', 'Con cortes');
    await player.getByText('Privado: solo tú lo ves').click();
    await player.route('**/api/videos/upload', (r) => r.abort('internetdisconnected'), { times: 1 });
    await player.click('button[type=submit]');
    await player.locator('.notice-bad', { hasText: 'No hay conexión' }).waitFor();
    assert.equal(await player.inputValue('input[name=title]'), 'Con cortes');
    await player.click('button[type=submit]');
    await player.waitForURL(/subir\/\?video=/);
  });

  it('sends a large file in parts: paused, cut off, reloaded, and only what is missing again', { timeout: 300_000 }, async () => {
    const clip = await makeClip(clips, { seed: 3, noise: true });
    await player.goto(`${contest.base}/subir/`);
    await player.locator('input[type=file]').setInputFiles(clip);
    await player.locator('.checks-ok').nth(3).waitFor();
    await player.fill('input[name=title]', 'En partes');
    await player.getByText('Privado: solo tú lo ves').click();
    const parts = [];
    let cut = true;
    await player.route((url) => url.searchParams.has('partNumber'), async (route) => {
      const number = new URL(route.request().url()).searchParams.get('partNumber');
      if (cut && number !== '1') return route.abort('internetdisconnected');
      parts.push(number);
      return route.continue();
    });
    const first = player.waitForResponse((r) => new URL(r.url()).searchParams.get('partNumber') === '1');
    await player.click('button[type=submit]');
    assert.equal((await first).status(), 200);
    await player.locator('.sending .notice', { hasText: 'Sin conexión' }).waitFor();
    await player.getByRole('button', { name: 'Pausar' }).click();
    await player.getByText('En pausa').waitFor();
    player.once('dialog', (d) => d.accept());
    await player.reload();
    await player.locator('.unfinished h2', { hasText: 'En partes' }).waitFor();
    const known = Number((await text(player, '.unfinished h2')).match(/(\d+) %/)[1]);
    assert.ok(known > 0 && known < 100, `${known} % is there`);
    await player.locator('.unfinished input[type=file]').setInputFiles(await makeClip(clips, { seed: 1 }));
    await player.getByText('Ese no es el mismo archivo').waitFor();
    cut = false;
    await player.locator('.unfinished input[type=file]').setInputFiles(clip);
    await player.waitForURL(/subir\/\?video=/);
    assert.equal(parts.filter((n) => n === '1').length, 1, 'a part that was there was sent again');
    await player.unroute((url) => url.searchParams.has('partNumber'));
    await api.call('DELETE', `/api/videos/${new URL(player.url()).searchParams.get('video')}`, { token: await tokenOf(playerEmail) });
  });

  it('deletes a video that is not open for voting', { timeout: 60_000 }, async () => {
    await player.goto(`${contest.base}/perfil/`);
    const row = player.locator('.own-row', { hasText: 'Con cortes' });
    await row.getByRole('button', { name: 'Eliminar Con cortes' }).click();
    await player.getByRole('button', { name: 'Sí, eliminar' }).click();
    await row.waitFor({ state: 'detached' });
    assert.equal(await player.locator('.own-row').count(), 1);
  });

  it('does not lose a vote to the end of a token', { timeout: 60_000 }, async () => {
    const other = await api.person('Otra', `Jugadora${run}`, 'Leticia');
    const page = await visit('/');
    await register(page, 'Eva', 'Tarde', 'Leticia');
    await page.goto(`${contest.base}/video/?id=${video}`);
    const before = await votesOn(page);
    let refusals = 0;
    await page.route('**/vote', async (route) => {
      refusals++;
      await route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify({ status: 401, code: 'auth.token-expired', detail: 'El token expiró.' }) });
    }, { times: 1 });
    await page.locator('button.btn-vote').click();
    await page.locator('.vote-voted').waitFor();
    assert.equal(refusals, 1);
    await until(async () => (await api.call('GET', `/api/public/videos/${video}`)).body.votes === before + 1, 'the vote to count');
    await page.context().close();
    assert.ok(other.token);
  });

  it('shares one session between two tabs, and ends it in both', { timeout: 60_000 }, async () => {
    const one = await visit('/');
    await register(one, 'Dos', 'Pestañas', 'Leticia');
    const two = await one.context().newPage();
    listen(two);
    await Promise.all([one.goto(`${contest.base}/panel/`), two.goto(`${contest.base}/perfil/`)]); // both renew at once
    await one.locator('.tile dd').first().waitFor();
    await two.locator('.panel form').first().waitFor();
    await two.getByRole('button', { name: 'Cerrar sesión' }).click();
    await two.waitForURL(`${contest.base}/`);
    await one.locator('.empty', { hasText: 'Entra para ver tus números' }).waitFor();
    await one.context().close();
  });

  it('speaks English to who wants it, and remembers', { timeout: 60_000 }, async () => {
    const page = await visit('/entrar/', { lang: 'en' });
    await page.click('.lang');
    await page.fill('input[name=email]', 'nobody@example.com');
    await page.fill('input[name=password]', 'wrong-password');
    await page.click('button[type=submit]');
    await page.locator('.notice-bad', { hasText: 'The e-mail or the password is not right.' }).waitFor();
    assert.equal(await page.inputValue('input[name=email]'), 'nobody@example.com');
    await page.reload();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
    assert.equal(await text(page, 'main h1'), 'SIGN IN');
    await page.context().close();
  });

  it('says so when it is offline, and goes on when the network is back', { timeout: 60_000 }, async () => {
    const page = await visit('/ranking/');
    await page.locator('.ranks').waitFor();
    await page.context().setOffline(true);
    await page.locator('.offline').waitFor();
    await page.context().setOffline(false);
    await page.locator('.offline').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('shows the list soon on a slow phone, without moving it about', { timeout: 60_000 }, async () => {
    const page = await visit('/entrar/'); // warms nothing but the connection
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
    await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: Number(process.env.CPU_SLOWDOWN ?? 4) });
    await page.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => !e.hadRecentInput && (window.shift += e.value))).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${contest.base}/videos/`, { waitUntil: 'commit' });
    await page.locator('.card-title').first().waitFor();
    const took = await page.evaluate(() => performance.now());
    await page.waitForLoadState('networkidle');
    const shift = await page.evaluate(() => window.shift);
    console.log(`# first card after ${Math.round(took)} ms, layout shift ${shift.toFixed(3)}`);
    assert.ok(shift < 0.05, `the page moved by ${shift}`);
    if (process.env.LOAD_LIMIT) assert.ok(took < Number(process.env.LOAD_LIMIT), `it took ${took} ms`);
    await page.context().close();
  });

  it('said nothing on the console and asked nobody else', () => {
    assert.deepEqual(told, []);
  });
});
