import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, StackError } from '../stack-error.ts';
import { adopt, release } from './reaper.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program and all that it starts, in a process group of its own. */
export interface ProcessGroup {
  /** The leader's process id, which is the group's number too. */
  readonly pid: number;
  /** Resolves when the leader has ended; what was left of its group is killed by then. Never rejects. */
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** Signals the leader, waits at most `graceMs`, then kills the group. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<Exit>;
}

export interface GroupOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string | undefined;
  /** An open file that takes both outputs: no pipe of ours that could break or fill. */
  readonly output: number;
  /** It may finish when we are killed: ending it half-way would leave the machine broken. */
  readonly survivesUs?: boolean | undefined;
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}

/**
 * Starts a program in its own session, so that a Ctrl-C at the terminal reaches only us.
 * @throws StackError when the program cannot be started at all.
 */
export async function startGroup(options: GroupOptions): Promise<ProcessGroup> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', options.output, options.output],
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      if (child.pid === undefined) return;
      signalGroup(child.pid, 'SIGKILL');
      release(child.pid);
      resolve({ code, signal });
    });
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise<unknown>((resolve) => child.once('error', resolve));
    throw new StackError(`${options.command} does not start: ${messageOf(cause)}`, { cause });
  }
  child.on('error', () => {}); // a failed kill(); the exit is what counts
  if (!options.survivesUs) adopt(pid);

  return {
    pid,
    exited,
    signal: (signal) => signalGroup(pid, signal),
    async stop(signal, graceMs) {
      child.kill(signal);
      const timer = new AbortController();
      const grace = sleep(graceMs, undefined, { signal: timer.signal }).then(
        () => signalGroup(pid, 'SIGKILL'),
        () => {},
      );
      const exit = await exited;
      timer.abort();
      await grace;
      return exit;
    },
  };
}
