// What organisers do, and what players and voters see of it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sendTo, until } from './lib.mjs';
import { people } from './people.mjs';
import { clips, register, run, signIn, text, tokenOf, visit, widths, world } from './world.mjs';

describe('organisers', () => {
  let page;
  let email;
  let late; // who votes while the organiser closes the voting
  const view = async (name) => {
    await page.goto(`${world.contest.base}/organizacion/?ver=${name}`);
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  };
  const because = async (reason, button) => {
    await page.locator('dialog textarea').fill(reason);
    await page.locator('dialog').getByRole('button', { name: button }).click();
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
  };
  const contestNow = async () => (await world.api.call('GET', '/api/organiser/contest', { token: await tokenOf(email) })).body;

  it('are let in, and nobody else', { timeout: 60_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('only a contest of our own can be given an organiser');
    page = await visit('/', { width: widths.desk });
    email = await register(page, 'Oriana', 'Organiza', 'Tunja');
    await page.goto(`${world.contest.base}/organizacion/`);
    await page.getByText('Esta página es de la organización.').waitFor();
    await world.api.call('GET', '/api/organiser/system', { token: await tokenOf(email), expect: [403] });
    await world.contest.tool('organiser', 'add', email);
    await page.reload();
    await page.getByRole('button', { name: 'Cerrar la votación ahora' }).waitFor();
    await page.locator('.top-nav a', { hasText: 'Organización' }).waitFor();
  });

  it('close the voting and open it again, each with a reason', { timeout: 120_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    const voter = await visit(`/video/?id=${people.rival.video}`);
    late = await register(voter, 'Tarde', 'Llega', 'Leticia');
    await voter.goto(`${world.contest.base}/video/?id=${people.rival.video}`);
    await voter.locator('button.btn-vote', { hasText: 'Votar' }).waitFor();
    const before = await contestNow();
    await page.getByRole('button', { name: 'Cerrar la votación ahora' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Cerrar la votación ahora' }).click(); // without a reason it does not go
    await page.getByText('Escribe el motivo, de 3 a 500 caracteres.').waitFor();
    await because('Terminó la fase de grupos', 'Cerrar la votación ahora');
    await page.locator('.voting-over').waitFor();
    await voter.locator('button.btn-vote').click();
    await voter.locator('.vote-closed', { hasText: 'Votación cerrada' }).waitFor();

    await page.locator('input[name=closes]').fill(before.closes_at.slice(0, 16));
    await page.locator('input[name=finalists]').fill('1');
    await page.locator('form.panel textarea[name=reason]').fill('La fase se alarga');
    await page.getByRole('button', { name: 'Guardar los ajustes' }).click();
    await page.locator('.voting-open').waitFor();
    const after = await contestNow();
    assert.deepEqual([after.finalists_per_city, after.version], [1, before.version + 2]);
    await voter.reload();
    await until(async () => {
      await voter.locator('button.btn-vote').click();
      return voter.locator('.vote-voted').waitFor({ timeout: 2000 }).then(() => true, () => false);
    }, 'the vote to be taken again');
    await voter.context().close();
  });

  it('draw the cut in a city’s ranking', { timeout: 60_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('the contest is not ours to set');
    const visitor = await visit('/ranking/?ciudad=Tunja');
    const rows = visitor.locator('.ranks tbody tr');
    await visitor.locator('.ranks-cut', { hasText: 'pasa el primero' }).waitFor();
    assert.match(await rows.nth(1).getAttribute('class'), /ranks-cut/);
    await visitor.context().close();
  });

  it('lose nothing that they typed when somebody else saves first', { timeout: 60_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    await view('concurso');
    await page.locator('input[name=goal]').fill('500');
    const now = await contestNow();
    await world.api.call('PUT', '/api/organiser/contest', { token: await tokenOf(email), json: { ...now, name: `Concurso ${run}`, reason: 'Otro nombre' } });
    await page.locator('form.panel textarea[name=reason]').fill('Una meta más alta');
    await page.getByRole('button', { name: 'Guardar los ajustes' }).click();
    await page.locator('.notice-bad', { hasText: 'Otra persona cambió los ajustes' }).waitFor();
    assert.equal(await page.inputValue('input[name=goal]'), '500');
    await page.getByText('Ver los ajustes de ahora').click();
    await page.locator('.facts', { hasText: `Concurso ${run}` }).waitFor();
    assert.equal((await contestNow()).vote_goal, now.vote_goal);
  });

  it('have a video processed again', { timeout: 240_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    await view('videos');
    await page.locator('input[type=search]').fill('jugada rival');
    const row = page.locator('.own-row', { hasText: 'La jugada rival' });
    await row.waitFor();
    assert.equal(await page.locator('.own-row').count(), 1);
    await row.getByRole('button', { name: /Procesar de nuevo/ }).click();
    await because('El logo salió cortado', 'Procesar de nuevo');
    await row.locator('.stage-queued, .stage-processing').waitFor();
    await row.locator('.stage-ready').waitFor({ timeout: 200_000 });
    await row.getByText('2 intentos').waitFor();
  });

  it('take a vote out of the count: who gave it and who received it read why', { timeout: 120_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    const given = async () => (await world.api.call('GET', '/api/user/ballots', { token: await tokenOf(late) })).body;
    const [ballot] = await given();
    const rule = join(clips, `rule-${run}.yaml`);
    await writeFile(rule, `exclude:\n  - ballots: [${ballot.log_position}]\n`);
    await world.contest.tool('ballots', 'void', '--rule', rule, '--reason', 'Un <b>robot</b> votó', '--actor', email, '--yes');
    await until(async () => (await given())[0].reason === 'Un <b>robot</b> votó', 'the voter to be told');
    const voter = await visit('/');
    await signIn(voter, late);
    await voter.goto(`${world.contest.base}/panel/`);
    assert.match(await text(voter, '.voided li'), /Tu voto por «La jugada rival» no cuenta\.[^]*Un <b>robot<\/b> votó/);
    await voter.context().close();
    const player = await visit('/', { lang: 'en' });
    await signIn(player, people.rival.email);
    await player.goto(`${world.contest.base}/panel/`);
    await player.locator('.voided').waitFor();
    await player.click('.lang');
    assert.match(await text(player, '.voided li'), /Your videos have 1 vote fewer\.[^]*Un <b>robot<\/b> votó/);
    await player.context().close();
  });

  it('withdraw a video: it leaves the list that somebody looks at, and its owner reads why', { timeout: 120_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    const visitor = await visit('/videos/', { width: widths.desk });
    const card = visitor.locator('.card', { hasText: 'La jugada rival' });
    await card.waitFor();
    await page.locator('.own-row', { hasText: 'La jugada rival' }).getByRole('button', { name: /Retirar/ }).click();
    await because('No es una <b>jugada</b> de baloncesto', 'Retirar');
    await card.waitFor({ state: 'detached' });
    await visitor.context().close();
    const owner = await visit('/');
    await signIn(owner, people.rival.email);
    await owner.goto(`${world.contest.base}/perfil/`);
    await owner.locator('.own-row .stage-withdrawn').waitFor();
    assert.match(await text(owner, '.own-reason'), /No es una <b>jugada<\/b> de baloncesto/);
    await owner.goto(`${world.contest.base}/video/?id=${people.rival.video}`);
    await owner.getByText('no está abierto a votación').waitFor();
    await owner.context().close();
  });

  it('send a dead letter back to its queue', { timeout: 60_000 }, async (t) => {
    if (!world.contest.env) return t.skip('the queues are not ours');
    const dead = async () => (await world.api.call('GET', '/api/organiser/system', { token: await tokenOf(email) })).body.queues.find((q) => q.name === 'transcode').dead;
    await sendTo(await world.contest.env(), 'transcode', 'no job at all'); // no worker can read it
    await until(async () => await dead() === 1, 'the worker to set the message aside');
    await view('sistema');
    await page.getByRole('button', { name: 'Devolver los apartados de transcode' }).click();
    await page.locator('dialog').getByText('1 mensaje apartado vuelve a la cola transcode.').waitFor();
    const answer = page.waitForResponse((r) => r.url().endsWith('/queues/transcode/redrive'));
    await because('El programa ya lo lee', 'Devolver a la cola');
    assert.deepEqual(await (await answer).json(), { moved: 1 });
    await until(async () => await dead() === 1, 'a worker to have looked at it again');
    const { body: [act] } = await world.api.call('GET', '/api/organiser/acts', { token: await tokenOf(email) });
    assert.deepEqual([act.act, act.subject, act.reason], ['queue.redrive-ordered', 'transcode', 'El programa ya lo lee']);
  });

  it('see queues, projections and what they did, as the API has it', { timeout: 60_000 }, async (t) => {
    if (!world.contest.tool) return t.skip('there is no organiser');
    await view('sistema');
    const { body: s } = await world.api.call('GET', '/api/organiser/system', { token: await tokenOf(email) });
    assert.deepEqual(await page.locator('.plain').first().locator('tbody th small').allInnerTexts(), s.queues.map((q) => q.name));
    assert.match(await text(page, '.plain tbody th'), /^Procesar videos\s+transcode$/);
    await until(async () => (await text(page, '.section-sub b')).replace(/\D/g, '') === String(s.log_position), 'the log position', 10_000);
    await view('actos');
    const { body: acts } = await world.api.call('GET', '/api/organiser/acts', { token: await tokenOf(email) });
    assert.equal(await page.locator('.acts li').count(), acts.length);
    const said = await page.locator('.acts li').allInnerTexts();
    const expected = [
      ...(world.contest.env ? [['Devolvió mensajes a la cola', 'El programa ya lo lee']] : []),
      ['Retiró un video', 'No es una <b>jugada</b> de baloncesto', 'La jugada rival'], ['Anuló votos', 'Un <b>robot</b> votó'], ['Mandó procesar de nuevo', 'El logo salió cortado', 'La jugada rival'],
    ];
    for (const [i, what] of expected.entries()) {
      for (const words of [...what, 'Oriana Organiza']) assert.ok(said[i].includes(words), `${words} in ${said[i]}`);
    }
    people.organiser = email;
    await page.context().close();
  });
});
