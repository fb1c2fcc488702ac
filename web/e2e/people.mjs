// What players and voters do, from the account to the vote, with the network, the server and the token going away meanwhile.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeClip, password, shortLived, until } from './lib.mjs';
import { clips, listen, register, run, text, tokenOf, visit, votesOn, widths, world } from './world.mjs';

/** people are those of this run, for the tests that come later. */
export const people = {};

describe('people', () => {
  let player;
  let playerEmail;
  let video;
  let rival; // of the same city, and first while nobody has votes

  it('start with a rival', { timeout: 120_000 }, async () => {
    rival = await world.api.person('Rival', `Rápida${run}`, 'Tunja');
    rival.video = await world.api.upload(rival, await makeClip(clips, { seed: 4 }), 'La jugada rival');
    people.rival = rival;
  });

  it('hear what is wrong with a file before it is sent', { timeout: 120_000 }, async () => {
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

  it('upload a real clip, see its stages and play the result', { timeout: 400_000 }, async () => {
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
    assert.deepEqual((await player.locator('.steps-line b').allInnerTexts()).slice(-4), ['Recibido', 'Procesamiento iniciado', 'Listo', 'Abierto a votación']);
    assert.match((await player.locator('.steps-line time').allInnerTexts()).join(' '), /^(\d\d:\d\d:\d\d ?){4}$/);
    people.video = video;
    people.player = playerEmail;
    await world.api.settled(rival, rival.video);
  });

  it('vote in another browser, and both see count and rank change without a reload', { timeout: 120_000 }, async () => {
    const ranking = await player.context().newPage();
    listen(ranking);
    await ranking.goto(`${world.contest.base}/ranking/?ciudad=Tunja`);
    const place = (n, votes) => ranking.locator('.ranks-me', { has: ranking.locator('.ranks-place', { hasText: new RegExp(`^${n}$`) }) })
      .locator('.ranks-votes', { hasText: new RegExp(`^${votes}$`) }).first().waitFor();
    await place(2, 0); // behind the rival, who came first
    await player.goto(`${world.contest.base}/video/?id=${video}`);
    await player.locator('.vote-own', { hasText: 'Es tu video' }).waitFor();
    assert.equal(await votesOn(player), 0);

    const voter = await visit(`/video/?id=${video}`, { width: widths.desk });
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
    await place(1, 1);
    await voter.reload();
    await voter.locator('.vote-voted').waitFor();
    assert.equal(await votesOn(voter), 1);
    await voter.context().close();
    await ranking.close();
  });

  it('hear of votes over one connection per browser, and again after a restart', { timeout: 240_000 }, async () => {
    const one = await visit(`/video/?id=${video}`);
    const streams = [];
    one.context().on('request', (r) => r.url().includes('/api/events/stream') && streams.push(r.url()));
    const polls = [];
    one.on('request', (r) => r.url().endsWith(`/api/public/videos/${video}`) && polls.push(r.url()));
    const two = await one.context().newPage();
    listen(two);
    await two.goto(`${world.contest.base}/ranking/?ciudad=Tunja`);
    await two.locator('.ranks').waitFor();
    await one.bringToFront();
    const before = await votesOn(one);
    await new Promise((done) => setTimeout(done, 3000)); // the connection is there by now
    polls.length = 0;
    await world.api.vote(await world.api.person('Voto', `Uno${run}`, 'Leticia'), video);
    await until(async () => await votesOn(one) === before + 1, 'the vote to arrive', 8000);
    assert.deepEqual(polls, [], 'it was asked for, not told');
    assert.ok(new Set(streams).size <= 1, `one connection, not ${streams}`);
    if (world.contest.restart) {
      await world.contest.restart();
      await world.api.vote(await world.api.person('Voto', `Dos${run}`, 'Leticia'), video);
      await until(async () => await votesOn(one) === before + 2, 'the vote after the restart to arrive', 60_000);
    }
    await one.context().close();
  });

  it('ask for a list once, and are told the rest', { timeout: 60_000 }, async () => {
    const page = await visit('/conteo/'); // which asks for no list
    const asked = [];
    page.on('request', (r) => /\/api\/(public\/videos\?|events\/stream)/.test(r.url()) && asked.push(new URL(r.url())));
    await page.goto(`${world.contest.base}/videos/`);
    await page.locator('.card').first().waitFor();
    await until(() => asked.some((u) => u.pathname.endsWith('/stream')), 'the connection');
    await new Promise((done) => setTimeout(done, 3000)); // what a connection leads to is asked for by now
    assert.equal(asked.filter((u) => u.pathname.endsWith('/videos')).length, 1, `${asked}`);
    assert.match(asked.find((u) => u.pathname.endsWith('/stream')).searchParams.get('since'), /^\d+$/);
    await page.context().close();
  });

  it('see the figures that the API has', { timeout: 60_000 }, async () => {
    const { body: d } = await world.api.call('GET', '/api/dashboard', { token: await tokenOf(playerEmail) });
    assert.equal(d.total_votes, world.contest.restart ? 3 : 2);
    await player.goto(`${world.contest.base}/panel/`);
    await player.locator('.tile dd').first().waitFor();
    const tiles = await player.locator('.tile dd:not(.tile-note)').allInnerTexts();
    assert.deepEqual(tiles, [String(d.total_votes), `${d.city_rank}.º`, String(d.videos_processed), String(d.days_remaining)]);
    assert.match(await text(player, '.tiles'), new RegExp(`${d.national.rank}\\.º de ${d.national.participants} en el país`));
    await player.locator('.over-time canvas').waitFor({ state: 'attached' });
    await player.locator('.over-time summary').click();
    const hours = await player.locator('.over-time tbody td').allInnerTexts();
    assert.equal(hours.reduce((sum, n) => sum + Number(n), 0), d.total_votes);
    assert.equal(d.votes_by_hour.reduce((sum, h) => sum + h.votes, 0), d.total_votes);
    assert.match(await text(player, '.progress-goal b'), new RegExp(`^${d.goal.votes} de ${d.goal.target.toLocaleString('es-CO')} votos$`));
    assert.equal(await player.locator('.own-row').count(), d.videos.length);
    assert.equal(await player.locator('.own-row button').count(), 0); // open for voting: it cannot be deleted
    const { status, body } = await world.api.call('DELETE', `/api/videos/${video}`, { token: await tokenOf(playerEmail), expect: [400] });
    assert.deepEqual([status, body.code], [400, 'video.published']);
  });

  it('keep what they typed when the network goes, and send it again', { timeout: 200_000 }, async () => {
    await player.goto(`${world.contest.base}/subir/`);
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

  it('send a large file in parts: paused, cut off, reloaded, and only what is missing again', { timeout: 300_000 }, async () => {
    const clip = await makeClip(clips, { seed: 3, noise: true });
    await player.goto(`${world.contest.base}/subir/`);
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
    await world.api.call('DELETE', `/api/videos/${new URL(player.url()).searchParams.get('video')}`, { token: await tokenOf(playerEmail) });
  });

  it('delete a video that is not open for voting', { timeout: 60_000 }, async () => {
    await player.goto(`${world.contest.base}/perfil/`);
    const row = player.locator('.own-row', { hasText: 'Con cortes' });
    await row.getByRole('button', { name: 'Eliminar Con cortes' }).click();
    await player.getByRole('button', { name: 'Sí, eliminar' }).click();
    await row.waitFor({ state: 'detached' });
    assert.equal(await player.locator('.own-row').count(), 1);
  });

  it('do not lose a vote to the end of a token', { timeout: 120_000 }, async (t) => {
    if (!world.contest.env) return t.skip('only a contest of our own shows its keys');
    const { JWT_KEYS: keys } = await world.contest.env();
    const page = await visit('/');
    await register(page, 'Eva', 'Tarde', 'Leticia');
    let ends = 0;
    await page.route('**/api/auth/refresh', async (route) => { // what the page gets at its next start ends soon, though it is told an hour
      const answer = await route.fetch();
      const body = await answer.json();
      if (body.access_token) ({ token: body.access_token, until: ends } = shortLived(body.access_token, keys, 30));
      await route.fulfill({ response: answer, json: body });
    }, { times: 1 });
    await page.goto(`${world.contest.base}/video/?id=${video}`);
    await page.locator('button.btn-vote', { hasText: 'Votar' }).waitFor();
    const before = await votesOn(page);
    const answers = [];
    page.on('response', (r) => r.url().endsWith('/vote') && answers.push(r));
    await until(() => ends > 0, 'the token that ends');
    await new Promise((done) => setTimeout(done, Math.max(0, ends - Date.now()) + 1500));
    await page.locator('button.btn-vote').click();
    await page.locator('.vote-voted').waitFor();
    await until(() => answers.length === 2, 'both answers');
    assert.deepEqual(answers.map((r) => r.status()), [401, 200]); // the browser keeps no body of the first
    await until(async () => (await world.api.call('GET', `/api/public/videos/${video}`)).body.votes === before + 1, 'the vote to count');
    await page.context().close();
  });

  it('share one session between two tabs, and end it in both', { timeout: 60_000 }, async () => {
    const one = await visit('/');
    await register(one, 'Dos', 'Pestañas', 'Leticia');
    const two = await one.context().newPage();
    listen(two);
    await Promise.all([one.goto(`${world.contest.base}/panel/`), two.goto(`${world.contest.base}/perfil/`)]); // both renew at once
    await one.locator('.tile dd').first().waitFor();
    await two.locator('.panel form').first().waitFor();
    await two.getByRole('button', { name: 'Cerrar sesión' }).click();
    await two.waitForURL(`${world.contest.base}/`);
    await one.locator('.empty', { hasText: 'Entra para ver tus números' }).waitFor();
    await one.context().close();
  });

  it('read English when they want to, also the next time', { timeout: 60_000 }, async () => {
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

  it('are told when they are offline, and go on when the network is back', { timeout: 60_000 }, async () => {
    const page = await visit('/ranking/');
    await page.locator('.ranks').waitFor();
    await page.context().setOffline(true);
    await page.locator('.offline').waitFor();
    await page.context().setOffline(false);
    await page.locator('.offline').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('send a large file from the server’s other name too', { timeout: 120_000 }, async (t) => {
    const base = world.contest.base.replace('127.0.0.1', 'localhost');
    if (base === world.contest.base) return t.skip('the contest has one name only');
    const page = await visit('/', { base });
    await page.goto(`${base}/entrar/`);
    await page.fill('input[name=email]', playerEmail);
    await page.fill('input[name=password]', password);
    await page.click('form button[type=submit]');
    await page.waitForURL(/videos\/$/);
    await page.goto(`${base}/subir/`);
    await page.locator('input[type=file]').setInputFiles(await makeClip(clips, { seed: 3, noise: true }));
    await page.locator('.checks-ok').nth(3).waitFor();
    await page.fill('input[name=title]', 'Desde localhost');
    await page.getByText('Privado: solo tú lo ves').click();
    await page.click('button[type=submit]');
    await page.waitForURL(/subir\/\?video=/);
    await world.api.call('DELETE', `/api/videos/${new URL(page.url()).searchParams.get('video')}`, { token: await tokenOf(playerEmail) });
    await page.context().close();
  });

  it('share links that tell of the video', { timeout: 60_000 }, async () => {
    const head = await fetch(`${world.contest.base}/video/?id=${video}`).then((r) => r.text()); // as a network sees it, which runs no script
    const said = (name) => head.match(new RegExp(`<meta property="${name}" content="([^"]*)">`))?.[1];
    assert.equal(said('og:title'), `Jugada &lt;b&gt;${run}&lt;/b&gt; · Ana Prueba-${run}`);
    assert.equal(said('og:locale'), 'es_CO');
    const poster = await fetch(said('og:image'));
    assert.deepEqual([poster.status, poster.headers.get('content-type')], [200, 'image/jpeg']);
    assert.equal((await fetch(`${world.contest.base}/video/?id=99999`)).status, 404);
    const page = await visit(`/video/?id=${video}`);
    const loaded = [];
    page.on('request', (r) => /Qr-/.test(r.url()) && loaded.push(r.url()));
    await page.getByRole('button', { name: 'Código QR' }).click();
    await page.getByRole('img', { name: 'Código QR del enlace' }).waitFor();
    assert.equal(loaded.length, 1);
    assert.equal(await page.getByRole('link', { name: 'WhatsApp' }).getAttribute('href').then((h) => decodeURIComponent(h).includes(`/video/?id=${video}`)), true);
    await page.context().close();
  });
});
