import type { Room, RoomEvent } from '../../rooms/index.ts';
import { every } from '../../timers.ts';
import { goneBy } from '../../wire/index.ts';
import { consumersOf } from './layout.ts';
import type { RoomStreams } from './room-stream.ts';

/** By then who goes has heard that they do. Milliseconds. */
const GONE_AFTER = 2_000;
const LOOK_EVERY = 500;
/** Past this, consumers that nobody uses go by themselves (layout.ts). */
const MAX_LEAVING = 10_000;
/** What could not be removed for so long is left to go by itself. Milliseconds. */
const ABANDON_AFTER = 5 * 60_000;
/** Removed at once in one look. */
const AT_ONCE = 50;

type Leaving = Readonly<{ roomId: string; userId: string | 'everybody'; since: number }>;

/**
 * Removes the consumers of those who are gone. It looks at the room when it acts, before and after: who came back in
 * the meantime has theirs.
 *
 * @param deps.onError told at each try that fails
 * @param deps.now milliseconds on a clock that never goes back
 */
export function createDepartures(deps: {
  streams: Pick<RoomStreams, 'consumers' | 'removeConsumers'>;
  room: (roomId: string) => Promise<Room>;
  prepare: (roomId: string, userId: string) => Promise<void>;
  onError: (roomId: string, error: unknown) => void;
  now: () => number;
}) {
  const { streams, room, prepare, now } = deps;
  const leaving = new Map<string, Leaving>();

  const isIn = async (roomId: string, userId: string): Promise<boolean> => {
    const { status, seats } = await room(roomId);
    return status === 'LIVE' && seats.some((seat) => seat.userId === userId);
  };

  async function remove({ roomId, userId }: Leaving): Promise<void> {
    if (userId === 'everybody')
      return streams.removeConsumers(roomId, (await streams.consumers(roomId)) ?? []);
    if (await isIn(roomId, userId)) return;
    await streams.removeConsumers(roomId, consumersOf(userId));
    if (await isIn(roomId, userId)) await prepare(roomId, userId);
  }

  async function lookAfter(key: string, one: Leaving): Promise<void> {
    try {
      await remove(one);
      // Unless they left once more since.
      if (leaving.get(key) === one) leaving.delete(key);
    } catch (error) {
      deps.onError(one.roomId, error);
      if (now() - one.since >= ABANDON_AFTER) leaving.delete(key);
    }
  }

  const stop = every(LOOK_EVERY, async () => {
    const due = [...leaving].filter(([, { since }]) => now() - since >= GONE_AFTER).slice(0, AT_ONCE);
    await Promise.all(due.map(([key, one]) => lookAfter(key, one)));
  });

  return {
    offer(event: RoomEvent): void {
      const userId = goneBy(event);
      if (userId === null || leaving.size >= MAX_LEAVING) return;
      leaving.set(`${event.roomId} ${userId}`, { roomId: event.roomId, userId, since: now() });
    },
    [Symbol.asyncDispose]: stop,
  };
}
