import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { tryLock } from './lock.ts';
import { markUsed, removeOld } from './old-entries.ts';

let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'old-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const touch = (path: string, hoursAgo: number): void => {
  const when = new Date(Date.now() - hoursAgo * 3_600_000);
  utimesSync(path, when, when);
};
/** An entry with its log, used so long ago. */
function entry(name: string, hoursAgo: number): string {
  const path = join(cache, name);
  mkdirSync(path);
  writeFileSync(join(path, 'index.html'), '');
  writeFileSync(`${path}.log`, '');
  touch(path, hoursAgo);
  touch(`${path}.log`, hoursAgo);
  return path;
}
const left = (): readonly string[] => readdirSync(cache).toSorted();
const withLogs = (...names: readonly string[]) => names.flatMap((name) => [name, `${name}.log`]).toSorted();

test('the entries that were used last stay, with their logs', () => {
  for (const [name, age] of Object.entries({ a1: 5, a2: 2, a3: 4, a4: 3 })) entry(`page-${name}`, age);
  removeOld(cache, 'page', 2);
  expect(left()).toEqual(withLogs('page-a2', 'page-a4'));
});

test('one that was used within the hour stays, however many there are', () => {
  for (const name of ['a1', 'a2', 'a3']) markUsed(entry(`page-${name}`, 9));
  removeOld(cache, 'page', 1);
  expect(left()).toEqual(withLogs('page-a1', 'page-a2', 'page-a3'));
});

test('other names stay', () => {
  const names = ['page-1.2.3', 'pager-a1', 'homepage-a1', 'gateway-a1'];
  for (const name of names) entry(name, 9);
  removeOld(cache, 'page', 0);
  expect(left()).toEqual(withLogs(...names));
});

test('one that is being built stays', () => {
  const path = entry('page-a1', 9);
  using _held = tryLock(`${path}.lock`);
  removeOld(cache, 'page', 0);
  expect(existsSync(path)).toBe(true);
});

test('what a failed build or a killed removal left goes', () => {
  const path = entry('page-a1', 9);
  for (const rest of ['removed', 'partial']) {
    mkdirSync(`${path}.${rest}`);
    writeFileSync(`${path}.${rest}/x`, '');
  }
  removeOld(cache, 'page', 0);
  expect(left()).toEqual([]);
});
