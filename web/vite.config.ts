import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';
import { sitePages } from './scripts/pages.ts';

// The dev server passes API and media on to a showcase-local, whose address SHOWCASE gives.
const backend = process.env['SHOWCASE'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '', // relative, so that the same files work under any prefix
  plugins: [preact(), sitePages()],
  server: { proxy: { '/api': backend, '/media': backend } },
  build: {
    target: 'es2022',
    outDir: '../handlers/webui/dist',
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: URL would need a hole in the policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: { // one file for what every page stands on, instead of five that are fetched together anyway
          groups: [{ name: 'base', test: /node_modules\/(@?preact|openapi-fetch)|\/src\/(api|base|i18n|live|ui)\// }],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
