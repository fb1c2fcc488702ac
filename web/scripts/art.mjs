// Draws the pictures that must be PNG from their SVG: node scripts/art.mjs. The results are committed.
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const font = await readFile('node_modules/@fontsource/barlow-condensed/files/barlow-condensed-latin-700-normal.woff2', 'base64');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [from, to, width, height] of [
  ['public/icon.svg', 'public/icon-180.png', 180, 180],
  ['art/card.svg', 'public/card.png', 1200, 630],
]) {
  const svg = await readFile(from, 'utf8');
  const page = await browser.newPage({ viewport: { width, height } });
  await page.setContent(`<style>@font-face{font-family:Court;font-weight:700;src:url(data:font/woff2;base64,${font})}
    body{margin:0}svg{display:block;width:${width}px;height:${height}px}</style>${svg}`);
  await page.evaluate(() => document.fonts.load('700 20px Court'));
  await writeFile(to, await page.screenshot());
  await page.close();
}
await browser.close();
