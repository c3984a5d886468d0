import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A hash over the named files of a folder: the version of something that is built from them. */
export function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(folder, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** Tests, and what tools and editors leave behind: nothing is built from these. */
const isNoSource = (path: string): boolean =>
  /\.test\.[a-z]+$/.test(path) ||
  path.split('/').some((part) => /^(\..*|node_modules|dist)$/.test(part) || part.endsWith('~'));

/** The files under a folder that something may be built from, relative to it and sorted. */
export function sourcesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !isNoSource(path))
    .toSorted();
}
