// What the tests share: one contest, one browser, and whatever no page may ever say or ask.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, openBrowser, password } from './lib.mjs';
import { openContest } from './server.mjs';

export const clips = join(tmpdir(), 'showcase-e2e');
export const run = Date.now().toString(36); // people of this run
export const widths = { phone: 360, desk: 1440 };

/** world is filled by open. */
export const world = { contest: null, browser: null, api: null, told: [] };

export async function open() {
  world.contest = await openContest();
  world.browser = await openBrowser();
  world.api = new Api(world.contest.base);
}

export async function close() {
  await world.browser?.close();
  await world.contest?.close();
}

/** visit opens a browser of somebody's own. */
export async function visit(path, { width = widths.phone, lang = 'es', base = world.contest.base, ...more } = {}) {
  const context = await world.browser.newContext({ viewport: { width, height: 844 }, locale: lang, isMobile: width < 700, hasTouch: width < 700, ...more });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  listen(page);
  await page.goto(base + path);
  return page;
}

/** listen notes what a page says on its console and asks of others. */
export function listen(page) {
  page.on('pageerror', (e) => world.told.push(`${page.url()}: ${e.message}`));
  page.on('console', (m) => {
    const expected = /Failed to load resource.*(400|401|403|404|409|429|503|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_FAILED)/.test(m.text());
    if ((m.type() === 'error' || m.type() === 'warning') && !expected) world.told.push(`${page.url()}: ${m.text()}`);
  });
  page.on('request', (r) => {
    const url = new URL(r.url());
    const at = new URL(page.url());
    if (at.protocol.startsWith('http') && url.origin !== at.origin && url.protocol !== 'blob:' && url.protocol !== 'data:') world.told.push(`${page.url()}: asked ${url.origin}`);
  });
}

export async function register(page, first, last, city) {
  await page.goto(`${world.contest.base}/registro/`);
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

export async function signIn(page, email, base = world.contest.base) {
  await page.goto(`${base}/entrar/`);
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await page.click('form button[type=submit]');
  await page.waitForURL(/\/videos\/$/);
}

export async function tokenOf(email) {
  const { body } = await world.api.call('POST', '/api/auth/login', { json: { email, password } });
  return body.access_token;
}

export const text = (page, selector) => page.locator(selector).first().innerText();
export const votesOn = async (page) => Number((await text(page, '.count strong')).replace(/\D/g, ''));
