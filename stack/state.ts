import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf, tryLock } from './install/lock.ts';
import { StackError } from './stack-error.ts';

const root = join(import.meta.dirname, '..', '.stack');
const marker = 'running';

/** Where a stack keeps its data, generated configuration and logs, unless told otherwise. */
export function stateFolder(offset: number): string {
  return offset === 0 ? root : join(root, `${offset}`);
}

/**
 * Takes a state folder for this process, so that no two stacks write into it.
 * @throws StackError naming the process that has it.
 */
export function occupy(folder: string): Disposable {
  mkdirSync(folder, { recursive: true });
  const held = tryLock(join(folder, marker));
  if (held) return held;
  const holder = holderOf(join(folder, marker));
  throw new StackError(
    `a stack is running already on ${folder} (pid ${holder ?? '?'}): stop it, or start another beside it with PORT_OFFSET=1500`,
  );
}

/**
 * Empties a state folder, except for the stacks at other offsets inside it.
 * @throws StackError while a stack runs on it.
 */
export function resetState(folder: string): void {
  using _held = occupy(folder);
  for (const entry of readdirSync(folder)) {
    if (entry !== marker && !/^\d+$/.test(entry))
      rmSync(join(folder, entry), { recursive: true, force: true });
  }
}
