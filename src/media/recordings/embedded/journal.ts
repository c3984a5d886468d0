import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What lies in a recording's folder, told line by line as it comes to be, so that whoever is left can make a file of it
 * when the recorder was killed. Times are of the wall clock, in milliseconds.
 */
export type Segment = Readonly<{
  type: 'segment';
  /** Within the folder. */
  file: string;
  kind: 'sound' | 'picture';
  identity: string;
  /** What shows the picture: two of one person's (camera, screen) stand beside each other. */
  source: string;
  /** Clockwise, by how much the picture has to be turned to stand upright. Degrees. */
  rotation: 0 | 90 | 180 | 270;
  startedAt: number;
}>;
export type JournalLine =
  | Segment
  | Readonly<{ type: 'began'; at: number }>
  | Readonly<{ type: 'ended'; at: number; reason: string }>;

const NAME = 'journal.jsonl';

export type Journal = Readonly<{ write(line: JournalLine): void }>;

export function openJournal(folder: string): Journal {
  const path = join(folder, NAME);
  // Some lines a minute: each is with the operating system before what it tells of begins.
  return { write: (line) => appendFileSync(path, `${JSON.stringify(line)}\n`) };
}

export function readJournal(folder: string): JournalLine[] {
  const lines = readFileSync(join(folder, NAME), 'utf8').split('\n');
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalLine];
    } catch {
      // The last one, of a machine that went down while it was written.
      return [];
    }
  });
}
