import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackError } from '../stack-error.ts';
import type { Installation } from './installation.ts';

/** The absolute path of a command, as a shell would find it. */
export function findOnPath(command: string, env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** A program that is used when somebody installed it, and never installed by us. */
export function onPath(command: string): Installation {
  return {
    title: command,
    find: async (env) => findOnPath(command, env),
    install: async () => {
      throw new StackError(`${command} is not installed`);
    },
  };
}
