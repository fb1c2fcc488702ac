// Writes one HTML file per page: a real directory each, so that a deep link works on a plain file server too, and a 404
// page that may be answered at any depth and therefore names its files from the root.
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
    },
  };
}

function fill(template: string, head: Head, root: string): string {
  return template
    .replaceAll('="./', `="${root}`)
    .replaceAll('{{root}}', root)
    .replaceAll('{{title}}', escape(head.title))
    .replaceAll('{{description}}', escape(head.description))
    .replaceAll('{{robots}}', head.listed ? 'index,follow' : 'noindex');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
