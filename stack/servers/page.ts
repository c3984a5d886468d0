import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Installation } from '../install/installation.ts';
import { vitePage } from '../install/vite.ts';
import { StackError } from '../stack-error.ts';

const checkout = join(import.meta.dirname, '..', '..');
const folder = 'web';
/** The versions of its packages, and what web/tsconfig.json extends. */
const files = ['package-lock.json', 'tsconfig.json'] as const;

/** All that the page is made of, so that a change of it builds it anew; gateway/Dockerfile copies the same. */
export const pageSources = [...files, folder] as const;

const built = vitePage({ name: 'page', checkout, folder, files });

/** What browsers get, and the gateway serves. `GATEWAY_PAGE` names the folder of one that is built already. */
export const page: Installation = {
  ...built,
  async find(env) {
    const given = env['GATEWAY_PAGE'];
    if (!given) return built.find(env);
    const index = resolve(given, 'index.html');
    if (existsSync(index)) return index;
    throw new StackError(
      `GATEWAY_PAGE is ${given}, where no index.html is: build the page there, or unset it`,
    );
  },
};

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
