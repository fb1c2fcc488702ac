// Takes a picture of every page at both widths, light and dark, as somebody who has an account:
//   node e2e/shots.mjs http://127.0.0.1:8080 E-MAIL PASSWORD [page…]
// The pictures go to screenshots/, for people to look at. axe looks at each page too.
import { mkdir } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { openBrowser, password } from './lib.mjs';

export const sizes = [[360, 780], [1440, 900]];

/** pagesOf are the site's pages; those that need somebody are marked. */
export function pagesOf({ video, own }) {
  return [
    ['landing', ''], ['videos', 'videos/'], ['video', `video/?id=${video}`], ['ranking', 'ranking/'], ['ranking-city', 'ranking/?ciudad=Bogot%C3%A1', true],
    ['login', 'entrar/'], ['register', 'registro/'], ['count', 'conteo/'], ['missing', 'no-existe/nada'], ['upload-visitor', 'subir/'],
    ['upload', 'subir/', true], ['stages', `subir/?video=${own}`, true], ['panel', 'panel/', true], ['profile', 'perfil/', true], ['videos-signed', 'videos/', true],
  ];
}

/** shoot answers what axe and the console found. */
export async function shoot(base, { video, own, email, secret = password, only = [], themes = ['light', 'dark'], widths = sizes, lang = 'es', out = 'screenshots' }) {
  await mkdir(out, { recursive: true });
  const browser = await openBrowser();
  const found = [];
  try {
    for (const theme of themes) {
      for (const [width, height] of widths) {
        const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, deviceScaleFactor: 1, locale: lang, reducedMotion: 'reduce', hasTouch: width < 700, isMobile: width < 700 });
        await context.addInitScript((l) => localStorage.setItem('showcase.lang', l), lang);
        const page = await context.newPage();
        const told = [];
        page.on('pageerror', (e) => told.push(`error: ${e.message}`));
        page.on('console', (m) => (m.type() === 'error' || m.type() === 'warning') && told.push(`${m.type()}: ${m.text()}`));
        let signedIn = false;
        for (const [name, path, needs] of pagesOf({ video, own })) {
          if (only.length > 0 && !only.includes(name)) continue;
          if (needs && !signedIn) {
            await signIn(page, base, email, secret);
            signedIn = true;
          }
          told.length = 0;
          await page.goto(new URL(path, base).href);
          await page.waitForSelector('main h1');
          await page.waitForLoadState('networkidle').catch(() => undefined);
          await page.evaluate(() => Promise.all([...document.images].filter((i) => i.getBoundingClientRect().top < innerHeight * 2).map((i) => i.decode().catch(() => undefined))));
          const file = `${out}/${name}-${width}-${theme}-${lang}.png`;
          await page.screenshot({ path: file, fullPage: true });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (wide > 0) found.push(`${file}: ${wide} px wider than the screen`);
          const axe = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          for (const v of axe.violations) found.push(`${file}: axe ${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`);
          for (const t of told) if (!(name === 'missing' && t.includes('404'))) found.push(`${file}: ${t}`);
        }
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
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
  const [base, email, secret, ...only] = process.argv.slice(2);
  const { Api } = await import('./lib.mjs');
  const api = new Api(base);
  const { body: me } = await api.call('POST', '/api/auth/login', { json: { email, password: secret } });
  const { body: mine } = await api.call('GET', '/api/videos', { token: me.access_token });
  const { body: open } = await api.call('GET', '/api/public/videos');
  const found = await shoot(base, {
    video: open[0]?.video_id, own: mine[0]?.video_id, email, secret, only,
    lang: process.env.SITE_LANG ?? 'es', ...(process.env.THEMES && { themes: process.env.THEMES.split(',') }),
  });
  console.log(found.join('\n') || 'nothing found');
}
