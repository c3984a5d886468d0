import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { lastLines } from '../run/last-lines.ts';
import { startGroup } from '../run/process-group.ts';
import { StackError } from '../stack-error.ts';
import type { InstallContext } from './installation.ts';

/** Longer than any install took, on a machine a few times slower than the one they were measured on. */
const deadlineMs = 20 * 60_000;
/** How often the last line of the log is shown. */
const showEveryMs = 500;
/** Enough to see the reason; the rest is in the log. */
const shownOnFailure = 8;

export interface LoggedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** It is left to finish whatever happens: ending it half-way would leave the machine broken. */
  readonly mustFinish?: boolean;
  /** Finds in the log, given without its colours, what was wrong: one line, shown instead of the log's end. */
  readonly reason?: (log: string) => string | undefined;
}

/**
 * Runs one command of an installation, its output in the log file and the log's last line in the report.
 * @throws StackError with the reason or the log's end, and its path, when it fails or takes over 20 minutes.
 */
export async function runLogged(command: LoggedCommand, context: InstallContext): Promise<void> {
  context.signal.throwIfAborted();
  mkdirSync(dirname(command.logFile), { recursive: true });
  const output = openSync(command.logFile, 'a');
  writeSync(output, `$ ${[command.command, ...command.args].join(' ')}\n`);
  const env = { ...context.env, ...command.env };
  const group = await startGroup({ ...command, env, output, survivesUs: command.mustFinish }).finally(() =>
    closeSync(output),
  );
  const show = setInterval(() => {
    const line = lastLines(command.logFile, 1).join('');
    context.report(line.startsWith('$ ') ? `${basename(command.command)} ${command.args[0] ?? ''} …` : line);
  }, showEveryMs);
  const end = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
  const kill = () => {
    if (!command.mustFinish) group.signal('SIGKILL');
  };
  end.addEventListener('abort', kill, { once: true });
  if (end.aborted) kill();
  try {
    const { code, signal } = await group.exited;
    context.signal.throwIfAborted();
    if (code === 0) return;
    const log = stripVTControlCharacters(readFileSync(command.logFile, 'utf8'));
    const reason = end.aborted ? undefined : command.reason?.(log);
    if (reason) throw new StackError(`${reason}; whole log: ${command.logFile}`);
    const how = end.aborted ? 'took over 20 minutes' : `ended with ${signal ?? `code ${code}`}`;
    const lines = lastLines(command.logFile, shownOnFailure).map((line) => `    ${line}`);
    throw new StackError(
      `"${command.command} ${command.args[0] ?? ''}" ${how}\n${lines.join('\n')}\n  whole log: ${command.logFile}`,
    );
  } finally {
    clearInterval(show);
    end.removeEventListener('abort', kill);
  }
}
