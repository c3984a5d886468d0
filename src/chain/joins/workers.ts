import { ServiceError } from '../../errors.ts';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import { withinOr } from '../../timers.ts';
import type { ChainEvent, Mirror } from '../listener/mirror.ts';
import { type Effects, JOINS_WITHIN } from './effects.ts';

/** Events of different wallets that one instance works on at once. */
const WORKERS = 16;
/** Whoever has had one for so long is dead: longer than any work takes. Milliseconds. */
const LEASE = JOINS_WITHIN + 10_000;
/** When we stop. Milliseconds. */
const PARTING = 2_000;
/** Before one that failed, or must wait, is looked at again. Milliseconds. */
const AGAIN = 1_000;

/** Works on what the mirror has to do, each wallet's in its order. */
export function createWorkers(deps: {
  mirror: Pick<Mirror, 'due' | 'take' | 'done' | 'later'>;
  effects: Effects;
  /** Told when a hand is free, and a wallet's next event may have its turn. */
  onDone: () => void;
  logger: Pick<Logger, 'warn' | 'error'>;
}) {
  const { mirror, effects, onDone, logger } = deps;
  const atWork = new Set<Promise<void>>();

  async function work(event: ChainEvent): Promise<void> {
    const { id: eventId, name, roomId, wallet, work: what } = event;
    const attributes = { 'chain.event': name, 'room.id': roomId, 'enduser.id': wallet, 'chain.work': what };
    const parent = contextFromTraceparent(event.traceparent ?? undefined);
    try {
      const isDone = await inSpan('chain work', attributes, () => effects.apply(event), { parent });
      await (isDone ? mirror.done(event) : mirror.later(event, AGAIN));
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'INTERNAL';
      const { tries } = event;
      logger.warn('chain.event.failed', { eventId, name, roomId, tries, code, error });
      // Failing as well, it is taken up again when its lease is over.
      await mirror.later(event, AGAIN * Math.min(tries, 10)).catch(() => {});
    }
  }

  return {
    /** Takes up what is there, as far as hands are free. */
    async round(): Promise<void> {
      const free = WORKERS - atWork.size;
      if (free <= 0) return;
      for (const one of await mirror.due(free)) {
        const taken = await mirror.take(one, LEASE);
        if (!taken) continue;
        const working = work(taken).finally(() => {
          atWork.delete(working);
          onDone();
        });
        atWork.add(working);
      }
    },

    /** Waits for what is worked on, for a while: what is left is taken up by others. */
    async idle(): Promise<void> {
      await withinOr(Promise.all(atWork), PARTING, () => {});
    },
  };
}
