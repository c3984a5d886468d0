import type { Rooms } from '../rooms/index.ts';
import { every } from '../timers.ts';

/** How late a lapse may be noticed. Milliseconds; an indexed query that usually finds nothing. */
const SWEEP_EVERY = 1_000;
const ROOMS_A_SWEEP = 100;

/**
 * Frees seats whose lease is over. Every instance sweeps: a seat is freed by whichever comes first, and the
 * others find nothing to do.
 */
export function startSeatSweep(deps: { rooms: Rooms; onError: (error: unknown) => void }): AsyncDisposable {
  const stop = every(SWEEP_EVERY, async () => {
    try {
      while ((await deps.rooms.lapseDue(ROOMS_A_SWEEP)) === ROOMS_A_SWEEP);
    } catch (error) {
      deps.onError(error);
    }
  });
  return { [Symbol.asyncDispose]: stop };
}
