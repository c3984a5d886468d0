import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, cacheKey } from './cache-folder.ts';
import type { Installation, InstallContext } from './installation.ts';
import { lock } from './lock.ts';
import { markUsed, removeOld } from './old-entries.ts';
import { type LoggedCommand, runLogged } from './run-logged.ts';
import { requireTool, type SystemTool } from './system-tool.ts';

type Env = Readonly<NodeJS.ProcessEnv>;

/** What a build step works with. */
export interface BuildContext extends InstallContext {
  /** An empty folder; it becomes the cache entry when the build is done. */
  readonly folder: string;
  /** Absolute paths of the tools that were asked for, by command. */
  tool(command: string): string;
  run(command: Omit<LoggedCommand, 'logFile'>): Promise<void>;
}

export interface CachedProgram {
  readonly name: string;
  /** A function when it takes reading files to know it. */
  readonly version: string | (() => string);
  /** Shown instead of a long version. */
  readonly title?: string;
  /** The program's path inside the cache entry. */
  readonly program: string;
  readonly tools: readonly SystemTool[];
  /** For what is built anew often: all but so many of its entries, those used last, are removed after a build. */
  readonly keep?: number;
  build(context: BuildContext): Promise<void>;
}

/**
 * A program built or downloaded once and kept outside the checkout. An entry is complete or absent: it is
 * made in a folder aside and renamed. One process installs, the others wait for it.
 */
export function cached(spec: CachedProgram): Installation {
  const version = (): string => (typeof spec.version === 'string' ? spec.version : spec.version());
  const entryIn = (env: Env): string => join(cacheFolder(env), cacheKey(spec.name, version()));
  const find = async (env: Env): Promise<string | undefined> => {
    const entry = entryIn(env);
    const program = join(entry, spec.program);
    if (!existsSync(program)) return undefined;
    if (spec.keep !== undefined) markUsed(entry);
    return program;
  };

  return {
    title: spec.title ?? `${spec.name} ${version()}`,
    find,
    async install(context) {
      const tools = new Map<string, string>();
      for (const tool of spec.tools) tools.set(tool.command, await requireTool(tool, spec.name, context));
      const entry = entryIn(context.env);
      using _held = await lock(`${entry}.lock`, context.signal, (holder) =>
        context.report(`process ${holder ?? '?'} is installing it, waiting`),
      );
      const already = await find(context.env);
      if (already) return already;
      const folder = `${entry}.partial`;
      const logFile = `${entry}.log`;
      for (const old of [folder, entry, logFile]) rmSync(old, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await spec.build({
        ...context,
        folder,
        tool: (command) => tools.get(command) ?? command,
        run: (command) => runLogged({ ...command, logFile }, context),
      });
      renameSync(folder, entry);
      if (spec.keep !== undefined) removeOld(cacheFolder(context.env), spec.name, spec.keep);
      return join(entry, spec.program);
    },
  };
}
