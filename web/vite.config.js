import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = relative => fileURLToPath(new URL(relative, import.meta.url))

// GraphiQL's stylesheet carries 370 kB of fonts as data: URLs. The page uses the fonts of the system instead, so that
// it stays small and the Content-Security-Policy needs no font-src.
const dropEmbeddedFonts = {
  name: 'drop-embedded-fonts',
  enforce: 'pre',
  transform: {
    filter: { id: /\/graphiql\/dist\/style\.css$/ },
    handler: css => css.replace(/@font-face\s*\{[^}]*\}/g, ''),
  },
}

export default defineConfig({
  root: path('graphiql'),
  base: './',
  publicDir: false,
  plugins: [dropEmbeddedFonts],
  resolve: {
    alias: { 'react-style-singleton': path('graphiql/style-singleton.js') },
  },
  build: {
    outDir: path('build'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'THIRD-PARTY-LICENSES.txt' },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      // React libraries mark server components with "use client", which means nothing to a page.
      checks: { moduleLevelDirective: false },
      // One page, one script: a chunk for each CodeMirror addon would only cost round trips.
      output: { codeSplitting: false },
    },
  },
  server: {
    proxy: { '/graphql': process.env.NEWSGRAPH_URL ?? 'http://localhost:8000' },
  },
})
