import { Listr, PRESET_TIMER } from 'listr2';

/** How often something that takes long says so where there is no terminal to animate. */
const stillEveryMs = 20_000;

/** A terminal narrower than this (or that does not tell, with 0) gets plain lines. */
const narrowest = 40;

export interface Step {
  readonly title: string;
  /** What it is called while it runs: `installing`, `starting`. */
  readonly verb: string;
  /** `report` shows what the step is doing now. */
  run(report: (line: string) => void): Promise<void>;
}

/**
 * Runs steps side by side and shows how they come on. Waits for all of them even when one fails, so that
 * nothing is still at work when this returns.
 * @throws what the first failing step threw.
 */
export async function runSteps(steps: readonly Step[], quiet: boolean): Promise<void> {
  if (steps.length === 0) return;
  let firstFailure: { readonly error: unknown } | undefined;
  const guarded = steps.map(
    (step): Step => ({
      ...step,
      async run(report) {
        try {
          await step.run(report);
        } catch (error) {
          firstFailure ??= { error };
          throw error;
        }
      },
    }),
  );
  if (quiet) await Promise.allSettled(guarded.map((step) => step.run(() => {})));
  else if (process.stdout.isTTY && process.stdout.columns >= narrowest) await runOnTerminal(guarded);
  else await Promise.allSettled(guarded.map(runInLog));
  if (firstFailure) throw firstFailure.error;
}

async function runOnTerminal(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map((step) => ({
    title: step.title,
    async task(_context: unknown, task: { output: string }) {
      const begin = performance.now();
      let last = '';
      const show = (): void => {
        const seconds = Math.round((performance.now() - begin) / 1000);
        task.output = `${seconds} s  ${last}`.slice(0, process.stdout.columns - 8);
      };
      const clock = setInterval(show, 1000);
      try {
        await step.run((line) => {
          last = line;
        });
      } finally {
        clearInterval(clock);
      }
    },
  }));
  const list = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    collectErrors: false,
    registerSignalListeners: false, // the stack has its own, and must stop its servers first
    rendererOptions: {
      showErrorMessage: false,
      timer: PRESET_TIMER,
    },
  });
  await list.run();
}

/** One line when it begins, one every 20 s, one when it ends. */
async function runInLog(step: Step): Promise<void> {
  const begin = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - begin) / 1000)} s`;
  const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);
  let last = '';
  const still = setInterval(
    () => say(`still ${step.verb} ${step.title} (${elapsed()})${last && `: ${last}`}`),
    stillEveryMs,
  );
  try {
    say(`${step.verb} ${step.title}`);
    await step.run((line) => {
      last = line.slice(0, 120);
    });
    say(`done ${step.verb} ${step.title} (${elapsed()})`);
  } catch (error) {
    say(`failed ${step.verb} ${step.title} (${elapsed()})`);
    throw error;
  } finally {
    clearInterval(still);
  }
}
