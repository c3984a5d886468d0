import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { usableGo } from './go-toolchain.ts';
import type { Installation } from './installation.ts';
import { hashOf } from './source-hash.ts';
import { go } from './system-tool.ts';

/** -v names the packages, which shows that it goes on; -s -w halves the binary and speeds up its linking. */
export const buildFlags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'] as const;

export interface GoModuleProgram {
  readonly name: string;
  /** The package with the `main` function. */
  readonly module: string;
  /** Without the leading `v`. */
  readonly version: string;
}

/** A program built by `go install` from the module proxy. */
export function goModule({ name, module, version }: GoModuleProgram): Installation {
  return cached({
    name,
    version,
    program: name,
    tools: [go],
    async build(context) {
      const { folder, run } = context;
      await run({
        command: await usableGo(context),
        args: ['install', ...buildFlags, `${module}@v${version}`],
        env: { GOBIN: folder, GOFLAGS: '' },
      });
      // go names a binary after its last path element but a major version, which for some servers is just "server".
      const built =
        module
          .replace(/\/v\d+$/, '')
          .split('/')
          .at(-1) ?? name;
      if (built !== name) renameSync(join(folder, built), join(folder, name));
    },
  });
}

export interface GoSourceProgram {
  readonly name: string;
  /** What to call it in the progress display. */
  readonly title: string;
  /** Absolute path of the folder with go.mod. */
  readonly source: string;
  /** Everything the binary is made of, relative to `source`. */
  readonly files: readonly string[];
}

/** A program built from Go sources of this repository, and again when one of them changes. */
export function goSource({ name, title, source, files }: GoSourceProgram): Installation {
  return cached({
    name,
    title,
    version: () => hashOf(source, files),
    program: name,
    tools: [go],
    async build(context) {
      await context.run({
        command: await usableGo(context),
        args: ['build', ...buildFlags, '-mod=readonly', '-o', join(context.folder, name), '.'],
        cwd: source,
        env: { GOFLAGS: '' },
      });
    },
  });
}
