import { it } from '@jest/globals';
import { openWorld } from './world.ts';
import { openCounted } from './counted.ts';
it('x', async () => {
  const t = performance.now();
  const w = await openWorld({});
  console.log('world', performance.now() - t);
  console.log(JSON.stringify(w.lines()).slice(0, 3000));
  await w[Symbol.asyncDispose]();
  console.log('closed', performance.now() - t);
  const c = await openCounted();
  console.log('counted', performance.now() - t);
  await c[Symbol.asyncDispose]();
  console.log('closed', performance.now() - t);
}, 40000);
