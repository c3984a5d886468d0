import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a waiter looks again. Installs take minutes, so nobody notices half a second. */
const pollMs = 500;

/**
 * A process by number and, where the system tells, by the moment it started: numbers are used again, so a
 * number alone may name a stranger.
 */
export function identityOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is alive and somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the program's name, which is in brackets and may hold anything, field 20 is the start time.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return `${pid}`;
  }
}

/** The process id of a lock's holder when that process is still alive. */
export function holderOf(file: string): number | undefined {
  let owner: string;
  try {
    owner = readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
  const pid = Number.parseInt(owner, 10);
  return pid > 0 && identityOf(pid) === owner ? pid : undefined;
}

/** Moves a dead holder's lock away. Another may have done so and taken it meanwhile: then give it back. */
function removeStale(file: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  try {
    if (holderOf(aside) !== undefined) linkSync(aside, file);
  } catch {
    // A third has the lock already.
  }
  rmSync(aside, { force: true });
}

/** Takes the lock when nobody alive holds it. Gives what releases it, else undefined. */
export function tryLock(file: string): Disposable | undefined {
  mkdirSync(dirname(file), { recursive: true });
  // Written aside and linked into place, so that nobody ever reads a lock without its owner.
  const mine = `${file}.${randomUUID()}`;
  writeFileSync(mine, identityOf(process.pid) ?? `${process.pid}`);
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(mine, file);
        return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
      } catch {
        if (holderOf(file) !== undefined) return undefined;
        removeStale(file);
      }
    }
    return undefined;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Waits for the lock. `onWait` hears the holder's process id each time it is found taken.
 * @throws when `signal` aborts.
 */
export async function lock(
  file: string,
  signal: AbortSignal,
  onWait: (holder: number | undefined) => void,
): Promise<Disposable> {
  for (;;) {
    signal.throwIfAborted();
    const held = tryLock(file);
    if (held) return held;
    onWait(holderOf(file));
    await sleep(pollMs, undefined, { signal });
  }
}
