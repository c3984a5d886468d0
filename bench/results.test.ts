import { describe, expect, it } from '@jest/globals';
import { toMarkdown } from './markdown.ts';
import { judge, type RowResult } from './result.ts';
import { mergeRows } from './results.ts';

const result = (name: string, rate: number, p99Goal?: number): RowResult =>
  judge(
    {
      name,
      title: `title of ${name}`,
      against: 'a floor',
      goal: { ratio: 0.6, direction: 'at least', ...(p99Goal === undefined ? {} : { p99: p99Goal }) },
    },
    [{ floor: { rate: 10_000, p50: 1, p99: 2 }, ours: { rate, p50: 1, p99: 3 } }],
    new Date('2026-01-02T03:04:05Z'),
  );

describe('merging', () => {
  it('replaces the rows that ran and keeps the others', () => {
    const merged = mergeRows([result('a', 1), result('b', 2)], [result('b', 3)], ['a', 'b']);
    expect(merged.map(({ name, value }) => [name, value])).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });

  it('puts rows into the order of the list, and drops those that are in it no more', () => {
    const merged = mergeRows([result('gone', 1), result('b', 2)], [result('a', 3)], ['a', 'b', 'never-run']);
    expect(merged.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('the table', () => {
  const machine = {
    processor: 'CPU',
    cores: 2,
    memoryGiB: 24,
    platform: 'linux x64',
    loadBefore: 0.5,
    versions: { node: '24.0.0' },
  };
  const text = toMarkdown(
    {
      machine,
      command: 'npm run bench',
      rows: [result('met', 7_000, 2), { ...result('missed', 10), notes: { n: 1 } }],
    },
    [
      { name: 'met', method: 'How it is done.' },
      { name: 'never-run', method: 'Not yet.' },
    ],
  );
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));

  it('has a line for each row, with value, floor, ratio and goal', () => {
    const cells = lines[0]?.split('|').map((cell) => cell.trim());
    expect(cells?.slice(2, 7)).toEqual([
      '7,000 requests/s',
      '10,000 requests/s',
      '**0.7**',
      '≥ 0.6, p99 ≤ 2×',
      'yes',
    ]);
  });

  it('keeps a row that misses, and says so', () => {
    expect(lines[1]).toMatch(/\*\*0\.001\*\* \| +≥ 0\.6 \| \*\*no\*\*/);
    expect(lines[1]).toContain('(n: 1)');
  });

  it('has its columns one below the other', () => {
    const bars = (line: string) => [...line.matchAll(/\|/g)].map(({ index }) => index);
    const shapes = text.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(shapes.map((line) => bars(line).join())).size).toBe(1);
    expect(shapes).toHaveLength(4);
  });

  it('tells the machine, the versions, the command and how the rows were measured', () => {
    expect(text).toContain(
      '`npm run bench` on CPU, 2 cores, 24 GiB, linux x64; node 24.0.0; load average of the minute before: 0.5.',
    );
    expect(text).toContain('**`met`** How it is done.');
    expect(text).not.toContain('Not yet.');
  });
});
