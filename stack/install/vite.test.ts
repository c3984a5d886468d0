import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstError, vitePage } from './vite.ts';

/** Stands for Vite: writes main.ts as the page, and says what fails as Vite does. */
const standIn = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const main = readFileSync('web/main.ts', 'utf8');
if (main === 'broken') {
  console.error('error during build:\\nBuild failed with 1 error:\\n\\n[MISSING_EXPORT] "x" is not exported.');
  process.exit(1);
}
if (main === 'saved meanwhile') writeFileSync('web/main.ts', 'the new one');
appendFileSync('builds', process.env.NODE_ENV + ' ');
writeFileSync(join(process.argv[process.argv.indexOf('--outDir') + 1], 'index.html'), main);
`;

describe('page', () => {
  let checkout = '';
  let cache = '';
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(checkout, path)), { recursive: true });
    writeFileSync(join(checkout, path), text);
  };
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), 'page-'));
    cache = join(checkout, 'cache');
    write('node_modules/vite/bin/vite.js', standIn);
    write('package.json', '{"type":"module"}');
    write('package-lock.json', '{}');
    write('web/main.ts', 'one');
  });
  afterEach(() => rmSync(checkout, { recursive: true }));

  const context = () => ({
    env: { ...process.env, NODE_ENV: 'development', REALTIME_CACHE: cache },
    report: () => {},
    signal: new AbortController().signal,
  });
  const page = () => vitePage({ name: 'page', checkout, folder: 'web', files: ['package-lock.json'] });
  const find = () => page().find(context().env);
  const built = async (): Promise<string> => readFileSync(await page().install(context()), 'utf8');
  const builds = (): readonly string[] => readFileSync(join(checkout, 'builds'), 'utf8').trim().split(' ');

  test('is built for production, once', async () => {
    expect(await find()).toBeUndefined();
    expect(await built()).toBe('one');
    expect(await find()).toMatch(/\/page-[0-9a-f]{16}\/index\.html$/);
    expect(await built()).toBe('one');
    expect(builds()).toEqual(['production']);
  });

  test.each([
    ['a source', 'web/main.ts'],
    ['a new source', 'web/deep/er/new.css'],
    ['what lies in public/', 'web/public/favicon.svg'],
    ['the lockfile', 'package-lock.json'],
  ])('is built again when %s changes, and not when it changes back', async (_what, path) => {
    await built();
    const before = await find();
    cpSync(join(checkout, 'web'), join(checkout, 'web-before'), { recursive: true });
    write(path, 'changed');
    expect(await find()).toBeUndefined();
    await built();
    expect(builds()).toHaveLength(2);
    rmSync(join(checkout, 'web'), { recursive: true });
    cpSync(join(checkout, 'web-before'), join(checkout, 'web'), { recursive: true });
    write('package-lock.json', '{}');
    expect(await find()).toBe(before);
  });

  test.each([
    'web/main.test.ts',
    'web/room/page.test.tsx',
    'web/dist/x.js',
    'web/.main.ts.swp',
    'web/main.ts~',
  ])('is not built again for %s', async (path) => {
    await built();
    write(path, 'x');
    expect(await find()).toBeDefined();
  });

  test('is built once by two at the same time', async () => {
    const [one, other] = await Promise.all([page().install(context()), page().install(context())]);
    expect(one).toBe(other);
    expect(builds()).toHaveLength(1);
  });

  test('is built again when somebody saved while it was', async () => {
    write('web/main.ts', 'saved meanwhile');
    expect(await built()).toBe('the new one');
    write('web/main.ts', 'saved meanwhile');
    expect(await find()).toBeUndefined();
  });

  test('says in one line what is wrong and where the log is', async () => {
    write('web/main.ts', 'broken');
    const failure = built();
    await expect(failure).rejects.toThrow(
      /^page does not build: \[MISSING_EXPORT\] "x" is not exported\.; whole log: \S+\/page-\w+\.log$/,
    );
    const log = /\S+\.log$/.exec(String(await failure.catch(String)))?.[0] ?? '';
    expect(existsSync(log)).toBe(true);
    expect(await find()).toBeUndefined();
    expect(readdirSync(cache).filter((file) => file.endsWith('.lock'))).toEqual([]);
  });
});

describe('first error of Vite', () => {
  const errorOf = (...lines: readonly string[]) =>
    firstError(
      ['transforming...', 'error during build:', 'Build failed with 2 errors:', '', ...lines].join('\n'),
    );

  test('has its place', () => {
    const frame = ['   ╭─[ web/src/main.tsx:2:11 ]', '   │', ' 2 │ const b = ;', '───╯'];
    expect(errorOf('[builtin:vite-transform] Unexpected token', ...frame, '', 'another')).toBe(
      '[builtin:vite-transform] Unexpected token (web/src/main.tsx:2:11)',
    );
  });

  test('is what a plugin says, not only its name', () => {
    expect(errorOf('[plugin vite:css] web/src/a.css:2:0', 'CssSyntaxError: Unclosed block', '    at x')).toBe(
      '[plugin vite:css] web/src/a.css:2:0 CssSyntaxError: Unclosed block',
    );
  });

  test('is the reason why the configuration cannot be read', () => {
    expect(firstError('failed to load config\nerror during build:\nError: no such thing\n    at x')).toBe(
      'Error: no such thing',
    );
  });

  test('is nothing when Vite was killed', () => {
    expect(firstError('transforming...')).toBeUndefined();
  });
});
