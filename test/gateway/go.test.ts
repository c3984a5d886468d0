import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { buildFlags } from '../../stack/install/go.ts';
import { findOnPath } from '../../stack/install/on-path.ts';

/** Compiling the tests takes half a minute the first time, and a second while nothing changes. Milliseconds. */
const DEADLINE = 300_000;

const go = findOnPath('go', process.env);

/** Runs go on the gateway's sources with what this machine has: nothing is downloaded. */
async function run(...args: readonly string[]): Promise<string> {
  if (go === undefined) throw new Error('no go on the PATH');
  const { stdout } = await promisify(execFile)(go, args, {
    cwd: join(import.meta.dirname, '..', '..', 'gateway'),
    env: { ...process.env, GOFLAGS: '-mod=readonly', GOPROXY: 'off', GOTOOLCHAIN: 'local' },
    maxBuffer: 64 * 2 ** 20, // go list names some thousand packages
  });
  return stdout;
}

/** Who has a built gateway need not have a Go any more, or only one that is too old by itself. */
const canBuild = await run('list', '-deps', '-test', '.').then(
  () => true,
  () => false,
);

describe('the sources of the gateway', () => {
  (canBuild ? it : it.skip)(
    'pass their own tests',
    async () => {
      expect(await run('test', ...buildFlags, '.')).toMatch(/^ok\s/m);
    },
    DEADLINE,
  );
});
