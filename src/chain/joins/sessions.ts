import { ServiceError } from '../../errors.ts';
import type { SfuSessions } from '../../sfu/index.ts';
import type { Forward } from '../forwards/forward.ts';
import type { ForwardStore } from '../forwards/forward-store.ts';

export type JoinSessions = ReturnType<typeof createJoinSessions>;

/** What wallets have open at the SFU, and how it ends. */
export function createJoinSessions(deps: {
  sfu: Pick<SfuSessions, 'closeTracks' | 'getSessionState'>;
  store: Pick<ForwardStore, 'withSession' | 'sessionClosed'>;
}) {
  const { sfu, store } = deps;

  /** @throws SFU_UNAVAILABLE, SFU_BUSY */
  async function close({ id, session }: Pick<Forward, 'id' | 'session'>): Promise<void> {
    if (session === null) return;
    await sfu.closeTracks(session, 'all').catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
    await store.sessionClosed(id);
  }

  return {
    close,

    /** Those of a wallet in a room that were opened before a moment. */
    async closeBefore(pair: Pick<Forward, 'roomId' | 'wallet'>, moment: Date, except = ''): Promise<void> {
      const open = await store.withSession(pair, except);
      await Promise.all(open.filter(({ answeredAt }) => answeredAt < moment).map(close));
    },

    /** Whether anything still comes through it. */
    async isAlive({ session }: Pick<Forward, 'session'>): Promise<boolean> {
      if (session === null) return false;
      try {
        return (await sfu.getSessionState(session)).tracks.some(({ active }) => active);
      } catch (error) {
        if (isGone(error)) return false;
        throw error;
      }
    },
  };
}

const isGone = (error: unknown): boolean => error instanceof ServiceError && error.code === 'NO_SUCH_SESSION';
