import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Results, toMarkdown } from './markdown.ts';
import type { RowResult } from './result.ts';
import type { Row } from './row.ts';

const json = join(import.meta.dirname, 'results.json');
const markdown = join(import.meta.dirname, 'RESULTS.md');

/** The rows of earlier runs. */
export function readRows(): readonly RowResult[] {
  if (!existsSync(json)) return [];
  return (JSON.parse(readFileSync(json, 'utf8')) as Results).rows;
}

/** Fresh rows in the place of earlier ones of their name, the others kept, in the order of `names`. */
export function mergeRows(
  earlier: readonly RowResult[],
  fresh: readonly RowResult[],
  names: readonly string[],
): RowResult[] {
  const byName = new Map([...earlier, ...fresh].map((row) => [row.name, row]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** Writes both files. Each is replaced as a whole, so that a Ctrl-C leaves the old or the new one. */
export function writeResults(results: Results, rows: readonly Row[]): void {
  replace(json, `${JSON.stringify(results, null, 2)}\n`);
  replace(markdown, toMarkdown(results, rows));
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}
