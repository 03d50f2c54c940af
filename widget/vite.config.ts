import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Fixed names, for the page that loads the app and the snippet on websites name them: `app.js` and `app.css` under
 * `/widget/`, `widget.js` at `/widget.js`. Freshness is by ETag. The loader imports nothing, so that its file runs
 * as the classic script it is.
 */
export default defineConfig({
  root: here('.'),
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: ['chrome111', 'firefox113', 'safari16.4'],
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { app: here('./src/main.tsx'), widget: here('./loader.ts') },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        assetFileNames: 'app[extname]',
      },
    },
  },
})
