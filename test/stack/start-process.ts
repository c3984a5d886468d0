import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const checkout = join(import.meta.dirname, '..', '..');

/** A stack started as a person starts it, in a process of its own. */
export interface StartedProcess {
  readonly child: ChildProcess;
  /** Everything it has printed until now. */
  output(): string;
  /** Resolves to the exit code, null after a signal. */
  readonly exited: Promise<number | null>;
}

/** Runs `stack/start.ts` directly, or as npm does, by way of the bootstrap. */
export function startProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  way: 'direct' | 'bootstrap' = 'direct',
): StartedProcess {
  const script = way === 'direct' ? ['stack/start.ts'] : ['stack/bootstrap.mjs', 'stack/start.ts'];
  const child = spawn(process.execPath, [...script, ...args], {
    cwd: checkout,
    // Jest's own options would make Node complain, and its colours hide the text.
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, output: () => text, exited };
}

/** An empty folder for a cache or for a PATH. */
export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'stack-test-'));

/** Waits until `isSo` says true, at most `withinMs`. @throws Error with `what` when it does not. */
export async function eventually(isSo: () => Promise<boolean> | boolean, what: string, withinMs = 10_000) {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
