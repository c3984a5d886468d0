import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from './lock.ts';

/**
 * An entry used more recently stays, whatever their number: another process may have found it and not yet done with
 * it what it wants. Longer than a whole set-up takes.
 */
const inUseForMs = 60 * 60_000;

/** Says that a cache entry is used now. The cache may be somebody else's, only to be read. */
export function markUsed(entry: string): void {
  const now = new Date();
  try {
    utimesSync(entry, now, now);
  } catch {
    // Who cannot write here builds nothing here, and so removes nothing.
  }
}

/** When it was last used, in milliseconds; 0 when it is gone. */
const usedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Removes the entries of a name from the cache, with their logs and what failed builds left, except the `keep` that
 * were used last. What is being built now is left alone.
 */
export function removeOld(cache: string, name: string, keep: number): void {
  const isOne = new RegExp(`^${name}-[0-9a-f]+(?=\\.|$)`);
  const entries = new Set(readdirSync(cache).flatMap((file) => isOne.exec(file)?.[0] ?? []));
  const old = [...entries]
    .map((entry) => join(cache, entry))
    .map((path) => ({ path, used: Math.max(usedAt(path), usedAt(`${path}.log`)) }))
    .toSorted((a, b) => b.used - a.used)
    .slice(keep)
    .filter(({ used }) => Date.now() - used > inUseForMs);
  for (const { path } of old) {
    using held = tryLock(`${path}.lock`);
    if (held) remove(path);
  }
}

function remove(path: string): void {
  for (const rest of ['removed', 'partial', 'log'])
    rmSync(`${path}.${rest}`, { recursive: true, force: true });
  if (usedAt(path) === 0) return;
  // Aside first, so that nobody finds half of it.
  renameSync(path, `${path}.removed`);
  rmSync(`${path}.removed`, { recursive: true });
}
