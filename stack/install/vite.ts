import { join } from 'node:path';
import { cached } from './cache.ts';
import type { Installation } from './installation.ts';
import { hashOf, sourcesUnder } from './source-hash.ts';

/** So many built pages are kept: going back to another branch builds nothing. */
const keptPages = 3;
/** So often is it built again when its sources change meanwhile; somebody who saves every second must be told. */
const attempts = 3;

export interface VitePage {
  readonly name: string;
  /** Absolute path of the folder with node_modules. */
  readonly checkout: string;
  /** The folder with vite.config.ts, relative to the checkout. */
  readonly folder: string;
  /** Other files that make a difference, relative to the checkout. */
  readonly files: readonly string[];
}

/** Vite's arguments that build the page of a folder into another. */
export const buildArgs = (folder: string, into: string): readonly string[] => [
  'build',
  ...['--config', `${folder}/vite.config.ts`],
  ...['--outDir', into, '--emptyOutDir'],
];

/** The sources are others than those that the build began with: what came out belongs to neither. */
class SourcesChanged extends Error {}

/**
 * A page built by Vite from sources of this repository, and again when one of them changes. Its path is that of its
 * index.html, alone in its folder with what belongs to it.
 */
export function vitePage({ name, checkout, folder: source, files }: VitePage): Installation {
  const version = (): string =>
    hashOf(checkout, [...files, ...sourcesUnder(join(checkout, source)).map((file) => join(source, file))]);
  const page = cached({
    name,
    title: name,
    version,
    program: 'index.html',
    tools: [],
    keep: keptPages,
    async build({ folder, run }) {
      const before = version();
      await run({
        command: process.execPath,
        args: [join(checkout, 'node_modules', 'vite', 'bin', 'vite.js'), ...buildArgs(source, folder)],
        cwd: checkout,
        // Vite would build for development if the environment said so, and colours would fill the log.
        env: { NODE_ENV: 'production', NO_COLOR: '1' },
        reason(log) {
          const error = firstError(log);
          return error && `${name} does not build: ${error}`;
        },
      });
      if (version() !== before) throw new SourcesChanged(`${source}/ changed while it was built`);
    },
  });
  return {
    ...page,
    async install(context) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await page.install(context);
        } catch (error) {
          if (!(error instanceof SourcesChanged) || attempt === attempts) throw error;
        }
      }
    },
  };
}

/** The first error in what Vite printed, in one line and with its place; undefined when there is none. */
export function firstError(log: string): string | undefined {
  const [, ...parts] = log.split('error during build:');
  const [first, second = '', third = ''] = parts
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Build failed with \d+ errors?:$/.test(line));
  if (first === undefined) return undefined;
  // A plugin names itself and the file, and says in the next line what is wrong.
  const [message, next] = first.startsWith('[plugin ') ? [`${first} ${second}`, third] : [first, second];
  const place = /\[ (\S+:\d+:\d+) \]$/.exec(next)?.[1];
  return place ? `${message} (${place})` : message;
}
