import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessPlan } from '../server-description.ts';
import { StackError } from '../stack-error.ts';
import { lastLines } from './last-lines.ts';
import { waitUntilReady } from './probe.ts';
import { type Exit, type ProcessGroup, startGroup } from './process-group.ts';

/** Enough to see why a server ended. */
const shownOnCrash = 10;

/** A server that ended without being told to. `message` has its last log lines and the log's path. */
export interface Crash {
  readonly server: string;
  readonly message: string;
}

/** One process of the stack, which can be ended and started again. */
export class RunningServer {
  readonly name: string;
  readonly logFile: string;
  readonly #plan: ProcessPlan;
  readonly #env: Readonly<NodeJS.ProcessEnv>;
  readonly #onCrash: (crash: Crash) => void;
  #group: ProcessGroup | undefined;
  /** Its end is wanted, so it is no crash. */
  #isEnding = false;

  constructor(
    plan: ProcessPlan,
    env: Readonly<NodeJS.ProcessEnv>,
    logFile: string,
    onCrash: (crash: Crash) => void,
  ) {
    this.name = plan.name;
    this.logFile = logFile;
    this.#plan = plan;
    this.#env = { ...env, ...plan.env };
    this.#onCrash = onCrash;
    mkdirSync(dirname(logFile), { recursive: true });
    rmSync(logFile, { force: true });
  }

  /** Undefined while it is not running. */
  get pid(): number | undefined {
    return this.#group?.pid;
  }

  /**
   * Starts the process and waits until it is ready.
   * @throws StackError when it ends before, or is not ready in time. It is not running then.
   */
  async start(signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (this.#group) return;
    signal.throwIfAborted();
    const output = openSync(this.logFile, 'a');
    const group = await startGroup({ ...this.#plan, env: this.#env, output }).finally(() =>
      closeSync(output),
    );
    this.#group = group;
    this.#isEnding = false;
    let isStarting = true;
    const ended = group.exited.then((exit) => {
      this.#group = undefined;
      if (!this.#isEnding && !isStarting) this.#onCrash({ server: this.name, message: this.#describe(exit) });
      return exit;
    });
    try {
      await this.#becomeReady(ended, signal);
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      isStarting = false;
    }
  }

  async #becomeReady(ended: Promise<Exit>, signal: AbortSignal): Promise<void> {
    const { ready, readyWithinMs } = this.#plan;
    const over = new AbortController();
    const answer = waitUntilReady(ready, readyWithinMs, AbortSignal.any([signal, over.signal]));
    const crash = ended.then((exit) => {
      throw new StackError(this.#describe(exit));
    });
    crash.catch(() => {}); // when it ends later, nobody waits here any more
    answer.catch(() => {});
    try {
      const complaint = await Promise.race([answer, crash]);
      if (complaint !== undefined) {
        throw new StackError(
          `${this.name} is not ready after ${readyWithinMs / 1000} s (${complaint})${this.#logEnd()}`,
        );
      }
      await this.#plan.afterReady?.();
    } finally {
      over.abort();
    }
  }

  #describe({ code, signal }: Exit): string {
    return `${this.name} ended by itself (${signal ?? `exit code ${code}`})${this.#logEnd()}`;
  }

  #logEnd(): string {
    const lines = lastLines(this.logFile, shownOnCrash).map((line) => `\n    ${line}`);
    return `${lines.join('')}\n  whole log: ${this.logFile}`;
  }

  /** Ends the process in order, by force after its grace. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#group?.stop(this.#plan.stopSignal ?? 'SIGTERM', this.#plan.graceMs);
  }

  /** `kill -9`, for those who want to see what happens then, or who are tired of waiting for `stop`. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#group?.signal('SIGKILL');
    await this.#group?.exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Sends a signal, as SIGSTOP and SIGCONT, which are not an end. */
  signal(signal: NodeJS.Signals): void {
    this.#group?.signal(signal);
  }
}
