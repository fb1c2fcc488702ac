// Writes one HTML file per page: a real directory each, so that a deep link works on a plain file server too, and a 404
// page that may be answered at any depth and therefore names its files from the root. So does 405.html, which answers
// what is not a question and needs no script.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IndexHtmlTransformContext, Plugin } from 'vite';
import { heads, type Head } from '../src/site.ts';

export function sitePages(): Plugin {
  return {
    name: 'site-pages',
    enforce: 'post',
    transformIndexHtml: {
      order: 'post',
      handler: (html: string, ctx: IndexHtmlTransformContext) => (ctx.server ? fill(html, heads[0]!, '/') : html),
    },
    generateBundle(_, bundle) {
      const index = bundle['index.html'];
      if (index?.type !== 'asset') throw new Error('index.html is missing from the bundle');
      const template = String(index.source);
      for (const head of heads) {
        const root = head.dir === '404' ? '/' : head.dir === '' ? './' : '../';
        const fileName = head.dir === '404' ? '404.html' : head.dir === '' ? 'index.html' : `${head.dir}/index.html`;
        const source = fill(template, head, root);
        if (fileName === 'index.html') index.source = source;
        else this.emitFile({ type: 'asset', fileName, source });
      }
      const style = Object.keys(bundle).filter((name) => /^assets\/index-.*\.css$/.test(name));
      if (style.length !== 1) throw new Error(`the site's style is in ${style.length} files`);
      const refused = readFileSync(new URL('../refused.html', import.meta.url), 'utf8').replaceAll('{{style}}', `/${style[0]}`);
      this.emitFile({ type: 'asset', fileName: '405.html', source: refused });
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: licenses() });
    },
  };
}

// lost is what the 404 page says where no script runs; else pages/missing.tsx says it.
const lost = '<h1>No encontramos esa página</h1><p lang="en">There is no such page.</p>';

function fill(template: string, head: Head, root: string): string {
  return template
    .replaceAll('="./', `="${root}`)
    .replaceAll('{{root}}', root)
    .replaceAll('{{title}}', escape(head.title))
    .replaceAll('{{description}}', escape(head.description))
    .replaceAll('{{robots}}', head.listed ? 'index,follow' : 'noindex')
    .replaceAll('{{lost}}', head.dir === '404' ? lost : '');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

// licenses are the terms of everything of others that the built files contain: fonts and libraries may go along only
// with them. What the site depends on is in there, and what that depends on.
function licenses(): string {
  const texts = new Map<string, string>();
  const add = (name: string) => {
    const folder = new URL(`../node_modules/${name}/`, import.meta.url);
    if (texts.has(name) || !existsSync(folder)) return;
    const about = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string; license: string; dependencies?: object };
    const files = readdirSync(folder).filter((f) => /^(licen[cs]e|notice)/i.test(f)).sort();
    if (files.length === 0) throw new Error(`${name} has no licence to pass on`);
    const terms = files.map((f) => readFileSync(new URL(f, folder), 'utf8').trim());
    texts.set(name, [`${name} ${about.version} (${about.license})`, ...terms].join('\n\n'));
    Object.keys(about.dependencies ?? {}).forEach(add);
  };
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { dependencies: object };
  Object.keys(own.dependencies).sort().forEach(add);
  return [...texts.values()].join(`\n\n${'='.repeat(80)}\n\n`) + '\n';
}
