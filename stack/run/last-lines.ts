import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** More than any useful end of a log, small enough to read at once. */
const tailBytes = 16_384;

/** Colours and cursor moves, which only confuse in a log file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const escapeSequences = /\u001b\[[0-9;?]*[a-zA-Z]/g;

/** The last `count` lines of a file that say something; none when it cannot be read. */
export function lastLines(file: string, count: number): readonly string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString('utf8')
      .replace(escapeSequences, '')
      .split(/[\r\n]+/);
    return lines
      .map((line) => line.trimEnd())
      .filter(Boolean)
      .slice(-count);
  } finally {
    closeSync(descriptor);
  }
}
