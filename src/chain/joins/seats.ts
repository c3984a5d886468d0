import type { Presence } from '../../presence/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { every } from '../../timers.ts';
import type { Forward } from '../forwards/forward.ts';
import type { ForwardStore } from '../forwards/forward-store.ts';
import { walletUser } from '../names.ts';
import type { JoinSessions } from './sessions.ts';

/** A participant's connection through this door: while they wait for the answer to what they sent. */
export const DOOR = 'chain';

/** Milliseconds. */
const LOOK_EVERY = 1_000;
/** An SFU that tells nobody when somebody is gone is asked. Milliseconds. */
const ASK_EVERY = 15_000;
const PAGE = 50;

/**
 * Lets go of seats whose holders have been answered: from then on what they publish keeps them. Where the SFU tells
 * nobody when that ends, the seat is held for as long as the SFU says that it goes on.
 */
export function startSeatKeeper(deps: {
  store: Pick<ForwardStore, 'answered' | 'seatReleased'>;
  presence: Pick<Presence, 'departed'>;
  sessions: Pick<JoinSessions, 'isAlive'>;
  tellsWhenGone: boolean;
  logger: Pick<Logger, 'warn'>;
}): AsyncDisposable {
  const { store, presence, sessions, tellsWhenGone, logger } = deps;
  const askedAt = new Map<string, number>();

  async function isHeld(forward: Forward): Promise<boolean> {
    const { id, session, state } = forward;
    if (tellsWhenGone || session === null || state === 'FAILED') return false;
    if (performance.now() - (askedAt.get(id) ?? 0) < ASK_EVERY) return true;
    askedAt.set(id, performance.now());
    return sessions.isAlive(forward);
  }

  async function lookAt(forward: Forward): Promise<void> {
    if (await isHeld(forward)) return;
    const { id, roomId, wallet } = forward;
    askedAt.delete(id);
    await presence.departed({ door: DOOR, id, roomId, userId: walletUser(wallet).id });
    await store.seatReleased(id);
  }

  async function look(): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Forward[] = await store.answered(after, PAGE);
      await Promise.all(page.map(lookAt));
      after = page.length === PAGE ? page.at(-1)?.position : undefined;
    }
  }

  const stop = every(LOOK_EVERY, () =>
    look().catch((error: unknown) => logger.warn('chain.seats.stale', { error })),
  );
  return { [Symbol.asyncDispose]: stop };
}
