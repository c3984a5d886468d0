import { execFile } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BuildContext } from './cache.ts';

/** What an old Go fetches; not older than any go.mod that we build asks for. */
const toolchain = '1.26.8';
/** From this minor version on, Go fetches a newer toolchain by itself. Debian 12 has 1.19. */
const selfUpdating = 21;

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** One value of `go env`. */
async function goEnv(go: string, name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(go, ['env', name], { env, timeout: 20_000 });
  return stdout.trim();
}

/**
 * The absolute path of a Go that can build today's servers. Toolchains are modules like any other, so even a
 * Go that does not know of them can download one, its checksum verified.
 */
export async function usableGo(context: BuildContext): Promise<string> {
  const go = context.tool('go');
  const [, minor] = (await goEnv(go, 'GOVERSION', context.env)).split('.');
  if (Number.parseInt(minor ?? '', 10) >= selfUpdating) return go;
  const platform = `${process.platform}-${architectures[process.arch] ?? process.arch}`;
  const module = `golang.org/toolchain@v0.0.1-go${toolchain}.${platform}`;
  await context.run({
    command: go,
    args: ['mod', 'download', module],
    env: { GOFLAGS: '' },
    cwd: context.folder,
  });
  const root = join(await goEnv(go, 'GOMODCACHE', context.env), module);
  // Go's module cache drops the right to execute.
  for (const folder of ['bin', join('pkg', 'tool', platform.replace('-', '_'))]) {
    for (const file of readdirSync(join(root, folder))) chmodSync(join(root, folder, file), 0o555);
  }
  return join(root, 'bin', 'go');
}
