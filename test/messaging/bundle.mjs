/* Bundles the module at the first argument for a page, as `globalThis.messaging`; on standard output. In a process of its own: the bundler does not work within Jest. */
import { build } from 'vite';

const [, , entry = ''] = process.argv;
const [bundle] = await build({
  configFile: false,
  logLevel: 'error',
  build: { write: false, minify: false, lib: { entry, formats: ['iife'], name: 'messaging' } },
});
process.stdout.write(bundle.output[0].code);
