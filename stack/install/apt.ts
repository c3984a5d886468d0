import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../stack-error.ts';
import { cacheFolder } from './cache-folder.ts';
import type { Installation, InstallContext } from './installation.ts';
import { lock } from './lock.ts';
import { findOnPath } from './on-path.ts';
import { runLogged } from './run-logged.ts';

/** apt's own lock may be held by the system's nightly upgrades; it waits this long for them. */
const aptLockSeconds = 180;

let listsAreFresh = false;

/** `REALTIME_APT=never` keeps the stack from installing system packages, root or not. */
function mayInstall(env: Readonly<NodeJS.ProcessEnv>): boolean {
  return (
    process.getuid?.() === 0 && env['REALTIME_APT'] !== 'never' && findOnPath('apt-get', env) !== undefined
  );
}

/**
 * Installs Debian packages, without starting the services that some of them bring.
 * @throws StackError with the exact command to run, when we are not root.
 */
export async function ensurePackages(
  packages: readonly string[],
  reason: string,
  context: InstallContext,
): Promise<void> {
  if (!mayInstall(context.env)) {
    const remedy = findOnPath('apt-get', context.env)
      ? `run: sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`
      : `install it (Debian calls it ${packages.join(' ')}) so that it is on the PATH`;
    throw new StackError(`${reason}, which is not installed; ${remedy}`);
  }
  const folder = cacheFolder(context.env);
  using _held = await lock(join(folder, 'apt.lock'), context.signal, () => context.report('waiting for apt'));
  const apt = (...args: readonly string[]) =>
    runLogged(
      {
        command: 'apt-get',
        args: ['-o', `DPkg::Lock::Timeout=${aptLockSeconds}`, ...args],
        logFile: join(folder, 'apt.log'),
        mustFinish: true,
        // Run level 1 is single-user mode, in which invoke-rc.d starts nothing.
        env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      },
      context,
    );
  if (!listsAreFresh) await apt('update', '-q');
  listsAreFresh = true;
  await apt('install', '-y', '-q', '--no-install-recommends', ...packages);
}

export interface AptProgram {
  readonly command: string;
  readonly packages: readonly string[];
  /** A service the package would leave running; only its program is wanted. */
  readonly service?: string;
}

/** A program on the PATH, or else from Debian's packages. */
export function aptProgram(spec: AptProgram): Installation {
  return {
    title: `${spec.command} (Debian)`,
    find: async (env) => findOnPath(spec.command, env),
    async install(context) {
      await ensurePackages(spec.packages, `the stack needs ${spec.command}`, context);
      // Where systemd is in charge, run level or not, it may have started the service.
      if (spec.service && existsSync('/run/systemd/system')) {
        const logFile = join(cacheFolder(context.env), 'apt.log');
        const args = ['disable', '--now', spec.service];
        await runLogged({ command: 'systemctl', args, logFile }, context).catch(() => {});
      }
      const program = findOnPath(spec.command, context.env);
      if (program) return program;
      throw new StackError(`${spec.packages.join(' ')} is installed, but ${spec.command} is not on the PATH`);
    },
  };
}
