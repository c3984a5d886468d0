import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { holderOf, identityOf, lock, tryLock } from './lock.ts';

describe('lock', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    file = join(folder, 'nested', 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('one holder at a time, and the next after its release', () => {
    const first = tryLock(file);
    expect(first).toBeDefined();
    expect(tryLock(file)).toBeUndefined();
    expect(holderOf(file)).toBe(process.pid);
    first?.[Symbol.dispose]();
    expect(tryLock(file)).toBeDefined();
  });

  test('a lock whose holder is dead is taken over, and leaves nothing behind', () => {
    const { pid } = spawnSync('true');
    tryLock(file)?.[Symbol.dispose]();
    writeFileSync(file, `${pid} 12345`);
    using held = tryLock(file);
    expect(held).toBeDefined();
    expect(readdirSync(join(folder, 'nested'))).toEqual(['lock']);
  });

  test('a process that only got the number of a dead holder does not hold its lock', () => {
    tryLock(file)?.[Symbol.dispose]();
    writeFileSync(file, `${process.pid} 1`);
    expect(identityOf(process.pid)).not.toBe(`${process.pid} 1`);
    expect(tryLock(file)).toBeDefined();
  });

  test('waiting ends when the signal aborts', async () => {
    using _held = tryLock(file);
    const holders: (number | undefined)[] = [];
    const waiting = lock(file, AbortSignal.timeout(50), (holder) => holders.push(holder));
    await expect(waiting).rejects.toThrow();
    expect(holders).toEqual([process.pid]);
  });
});
