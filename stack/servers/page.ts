import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { vitePage } from '../install/vite.ts';

/** What browsers get, built from `web/`. The gateway serves it. */
export const page = vitePage({ name: 'page', checkout: join(import.meta.dirname, '..', '..'), source: 'web' });

/**
 * Copies a built page into a server's folder, so that the cache may forget it while it is served.
 * @param index the page's index.html
 * @returns the copy's absolute path
 */
export function preparePage(index: string, folder: string): string {
  const own = join(folder, 'page');
  rmSync(own, { recursive: true, force: true });
  cpSync(dirname(index), own, { recursive: true });
  return own;
}
