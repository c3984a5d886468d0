import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '../../errors.ts';
import type { Logger } from '../../telemetry/index.ts';
import { withinOr } from '../../timers.ts';

/** What is asked of the streams for one who comes in. */
export type Prepare = (roomId: string, userId: string) => Promise<void>;

/** When hundreds come at once, NATS makes their consumers one after the other: so often, and so far apart (ms), it is asked. */
const TRIES = 4;
const PAUSE = 1_000;

/**
 * Waits for what a user reads by to be there, but not longer than the server waits for us: who is let in then finds it
 * a moment later, who is refused would have to come again and wait anew.
 *
 * @param deps.within milliseconds
 * @returns a function that throws what `prepare` throws by then
 */
export function createPreparation(deps: {
  prepare: Prepare;
  within: number;
  logger: Pick<Logger, 'warn'>;
}): Prepare {
  const { prepare, within, logger } = deps;

  /** Nobody waits for it any more. */
  async function goOn(begun: Promise<void>, roomId: string, userId: string): Promise<void> {
    let work = begun;
    for (let tries = 1; ; tries += 1) {
      const error = await work.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null || isFinal(error)) return;
      if (tries === TRIES) return logger.warn('callout.unprepared', { roomId, userId, error });
      await sleep(PAUSE, undefined, { ref: false });
      work = prepare(roomId, userId);
    }
  }

  return async (roomId, userId) => {
    const work = prepare(roomId, userId);
    const done = work.then(() => true);
    if (!(await withinOr(done, within, () => false))) void goOn(work, roomId, userId);
  };
}

/** The room is over meanwhile. */
const isFinal = (error: unknown): boolean =>
  error instanceof ServiceError && (error.code === 'ROOM_ENDED' || error.code === 'ROOM_NOT_FOUND');
