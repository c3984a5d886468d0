import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cached } from './cache.ts';
import { cacheFolder, cacheKey } from './cache-folder.ts';
import { hashOf } from './source-hash.ts';

describe('cache folder', () => {
  test('is REALTIME_CACHE, else under XDG_CACHE_HOME, else under the home folder', () => {
    expect(cacheFolder({ REALTIME_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/realtime-service');
    expect(cacheFolder({})).toMatch(/\.cache\/realtime-service$/);
  });

  test('a key is one safe folder name', () => {
    expect(cacheKey('keycloak', '26.4.0--db=dev-file/x')).toBe('keycloak-26.4.0--db_dev-file_x');
  });
});

describe('cached program', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cache-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const context = () => ({
    env: { ...process.env, REALTIME_CACHE: folder },
    report: () => {},
    signal: new AbortController().signal,
  });
  const program = (build: (folder: string) => Promise<void>) =>
    cached({
      name: 'tool',
      version: '1',
      program: 'run',
      tools: [],
      build: ({ folder: into }) => build(into),
    });

  test('two installs at once build once, and both get the program', async () => {
    let builds = 0;
    const tool = program(async (into) => {
      builds += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(join(into, 'run'), '');
    });
    const paths = await Promise.all([tool.install(context()), tool.install(context())]);
    expect(new Set(paths)).toEqual(new Set([join(folder, 'tool-1', 'run')]));
    expect(builds).toBe(1);
    expect(await tool.find(context().env)).toBe(paths[0]);
  });

  test('a failed build leaves no entry and no lock', async () => {
    const tool = program(() => Promise.reject(new Error('no network')));
    await expect(tool.install(context())).rejects.toThrow('no network');
    expect(await tool.find(context().env)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['tool-1.partial']);
  });

  test('the hash of sources changes with a source', () => {
    writeFileSync(join(folder, 'main.go'), 'one');
    const before = hashOf(folder, ['main.go']);
    expect(hashOf(folder, ['main.go'])).toBe(before);
    writeFileSync(join(folder, 'main.go'), 'two');
    expect(hashOf(folder, ['main.go'])).not.toBe(before);
  });
});
