// Takes a picture of every page at both widths, light and dark, and lets axe look at each. The pictures go to
// screenshots/, for people to look at.
//   node e2e/shots.mjs http://127.0.0.1:8080 PLAYER-EMAIL ORGANISER-EMAIL PASSWORD [page…]
import { mkdir } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { Api, openBrowser } from './lib.mjs';

export const sizes = [[360, 780], [1440, 900]];

/** pagesOf are the site's pages, each with whom it needs. */
export function pagesOf({ video, own, city = 'Tunja' }) {
  return [
    ['landing', ''], ['videos', 'videos/'], ['video', `video/?id=${video}`], ['video-gone', 'video/?id=99999'], ['ranking', 'ranking/'],
    ['login', 'entrar/'], ['register', 'registro/'], ['count', 'conteo/'], ['missing', 'no-existe/nada'], ['upload-visitor', 'subir/'], ['panel-visitor', 'panel/'],
    ['upload', 'subir/', 'player'], ['stages', `subir/?video=${own}`, 'player'], ['panel', 'panel/', 'player'], ['profile', 'perfil/', 'player'],
    ['videos-signed', 'videos/', 'player'], ['ranking-city', `ranking/?ciudad=${encodeURIComponent(city)}`, 'player'], ['organiser-player', 'organizacion/', 'player'],
    ['organiser', 'organizacion/', 'organiser'], ['organiser-entries', 'organizacion/?ver=videos', 'organiser'],
    ['organiser-system', 'organizacion/?ver=sistema', 'organiser'], ['organiser-acts', 'organizacion/?ver=actos', 'organiser'],
  ];
}

const ruleSets = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** shoot answers what axe and the console found. People are e-mails by role. */
export async function shoot(base, { video, own, city, people, secret, only = [], themes = ['light', 'dark'], widths = sizes, langs = ['es'], out = 'screenshots' }) {
  await mkdir(out, { recursive: true });
  const browser = await openBrowser();
  const found = [];
  try {
    for (const lang of langs) {
      for (const theme of themes) {
        for (const [width, height] of widths) {
          for (const who of [undefined, 'player', 'organiser']) {
            const pages = pagesOf({ video, own, city }).filter(([name, , needs]) => needs === who && (!who || people[who]) && (only.length === 0 || only.includes(name)));
            if (pages.length === 0) continue;
            const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: lang, reducedMotion: 'reduce', hasTouch: width < 700, isMobile: width < 700 });
            await context.addInitScript((l) => localStorage.setItem('showcase.lang', l), lang);
            const page = await context.newPage();
            if (who) await signIn(page, base, people[who], secret);
            for (const [name, path] of pages) found.push(...await picture(page, new URL(path, base).href, `${out}/${name}-${width}-${theme}-${lang}.png`));
            await context.close();
          }
        }
      }
    }
  } finally {
    await browser.close();
  }
  return found;
}

// picture takes one and says what is wrong with the page.
async function picture(page, href, file) {
  const found = [];
  const hear = (kind, text) => !(text.includes('404') && /missing|gone/.test(file)) && found.push(`${file}: ${kind}: ${text}`);
  const onError = (e) => hear('error', e.message);
  const onSaid = (m) => (m.type() === 'error' || m.type() === 'warning') && hear(m.type(), m.text());
  page.on('pageerror', onError);
  page.on('console', onSaid);
  await page.goto(href);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
  await page.evaluate(async () => {
    for (const img of document.images) img.loading = 'eager'; // a picture of the whole page shows all of them
    await Promise.all([...document.images].map((i) => i.decode().catch(() => undefined)));
  });
  await page.waitForFunction(() => !document.querySelector('.chart-place:empty') && [...document.querySelectorAll('video')].every((v) => v.readyState > 0 || v.error));
  await page.screenshot({ path: file, fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) found.push(`${file}: ${wide} px wider than the screen`);
  const axe = await new AxeBuilder({ page }).withTags(ruleSets).analyze();
  for (const v of axe.violations) found.push(`${file}: axe ${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`);
  page.off('pageerror', onError);
  page.off('console', onSaid);
  return found;
}

async function signIn(page, base, email, secret) {
  await page.goto(new URL('entrar/', base).href);
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', secret);
  await page.click('form button[type=submit]');
  await page.waitForURL(/videos\/$/);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [base, player, organiser, secret, ...only] = process.argv.slice(2);
  const api = new Api(base);
  const { body: me } = await api.call('POST', '/api/auth/login', { json: { email: player, password: secret } });
  const { body: mine } = await api.call('GET', '/api/videos', { token: me.access_token });
  const { body: open } = await api.call('GET', '/api/public/videos');
  const list = (name, all) => process.env[name]?.split(',') ?? all;
  const found = await shoot(base, {
    video: open[0]?.video_id, own: mine[0]?.video_id, city: open[0]?.city, people: { player, organiser }, secret, only,
    langs: list('LANGS', ['es']), themes: list('THEMES', ['light', 'dark']),
  });
  console.log(found.join('\n') || 'nothing found');
}
