import { defineConfig } from 'vite';

/** The page. `npm start` builds it into the cache and the gateway serves it from there (stack/servers/). */
export default defineConfig({
  root: import.meta.dirname,
  // The page's sources are all there is to it: no setting of the machine's gets in.
  envDir: false,
  build: {
    // `light-dark()`, nested style rules, popovers.
    target: ['chrome125', 'edge125', 'firefox129', 'safari17.5'],
    sourcemap: true,
    // Inlined files would be data: addresses, which the content security policy does not allow for scripts and fonts.
    assetsInlineLimit: 0,
    // LiveKit comes in a chunk of its own, when a room is entered.
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // `use client` is for frameworks that draw on a server.
      onLog: (level, log, handle) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : handle(level, log)),
    },
  },
  worker: { format: 'es' },
});
