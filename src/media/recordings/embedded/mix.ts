import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readJournal } from './journal.ts';
import { type Measured, mixArguments, planMix } from './mix-plan.ts';

const execute = promisify(execFile);

/** Parts of one mix: each is an open file and a filter. More are not to be expected, and the rest is left out. */
const MAX_PARTS = 300;
/** Making the file may take so many times what it plays, and this on top. */
const TIMES = 4;
const AT_LEAST = 120_000;
const PROBE_WITHIN = 10_000;
/** Recording goes before, and so does everything else of the machine. */
const NICE = 10;

/**
 * Makes one file that plays of what lies in a recording's folder, however its recorder ended.
 * @param signal ends it, with an error; it can be done again later
 * @returns how long it plays, in milliseconds
 */
export async function mix(folder: string, output: string, signal: AbortSignal): Promise<number> {
  const lines = readJournal(folder);
  const measured: Measured[] = [];
  for (const line of lines) {
    if (line.type !== 'segment' || measured.length >= MAX_PARTS) continue;
    const length = await lengthOf(join(folder, line.file), signal);
    if (length !== null) measured.push({ ...line, length });
  }
  const plan = planMix(lines, measured);
  const partial = `${output}.part`;
  const work = execute(
    'ffmpeg',
    mixArguments(plan, (file) => join(folder, file), partial),
    {
      timeout: AT_LEAST + TIMES * plan.length,
      killSignal: 'SIGKILL',
      signal,
    },
  );
  if (work.child.pid !== undefined) lower(work.child.pid);
  await work;
  await rename(partial, output);
  return plan.length;
}

function lower(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It is over already.
  }
}

/** How long a file plays; null for one in which there is nothing. A file whose writer was killed does not say, so its packets do. */
async function lengthOf(path: string, signal: AbortSignal): Promise<number | null> {
  if (!existsSync(path)) return null;
  const probe = async (...entries: string[]): Promise<string> => {
    const args = ['-v', 'error', '-select_streams', '0', '-show_entries', ...entries, '-of', 'csv=p=0', path];
    const { stdout } = await execute('ffprobe', args, {
      timeout: PROBE_WITHIN,
      signal,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  };
  try {
    const said = Number(await probe('format=duration'));
    const seconds =
      said > 0 ? said : Number((await probe('packet=pts_time')).split('\n').at(-1)?.split(',')[0]);
    return seconds > 0 ? Math.round(seconds * 1_000) : null;
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}
