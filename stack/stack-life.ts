import { rmSync } from 'node:fs';
import type { Crash } from './run/running-server.ts';
import type { ServerSet } from './run/server-set.ts';
import { StackError } from './stack-error.ts';
import { occupy } from './state.ts';

export interface LifeOptions {
  readonly signal?: AbortSignal;
  readonly keepOutput?: boolean;
  readonly onCrash?: (crash: Crash) => void;
}

/** How a stack ends: on demand, by the caller's signal while it starts, or because a server ended. */
export interface StackLife {
  /** Set once every server is ready: from then on a crash ends the stack instead of its start. */
  isUp: boolean;
  /** Aborts when the start is to be given up; its reason says why. */
  readonly signal: AbortSignal;
  readonly onCrash: (crash: Crash) => void;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * Takes the state folder until the stack has ended.
 * @throws StackError when another stack has it.
 */
export function lifeOf(set: ServerSet, stateDir: string, options: LifeOptions): StackLife {
  const occupied = occupy(stateDir);
  const ending = new AbortController();
  const end = async (endServers: () => Promise<void>): Promise<void> => {
    ending.abort(new StackError('the stack is stopping'));
    await endServers();
    occupied[Symbol.dispose]();
    if (options.keepOutput === false) rmSync(stateDir, { recursive: true, force: true });
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= end(() => set.stop());
    return stopped;
  };
  const life: StackLife = {
    isUp: false,
    signal: options.signal ? AbortSignal.any([ending.signal, options.signal]) : ending.signal,
    onCrash(crash) {
      if (stopped) return;
      if (life.isUp) void stop().then(() => (options.onCrash ?? print)(crash));
      else ending.abort(new StackError(crash.message));
    },
    stop,
    kill: () => end(() => set.kill()),
  };
  return life;
}

function print(crash: Crash): void {
  console.error(`${crash.message}\nThe other servers were stopped.`);
}
