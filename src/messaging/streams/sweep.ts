import { ServiceError } from '../../errors.ts';
import type { Room } from '../../rooms/index.ts';
import { every } from '../../timers.ts';
import { MAX_AGE } from './layout.ts';
import type { RoomStreams } from './room-stream.ts';
import type { Teller } from './teller.ts';

/** How late what a killed instance left untold is told at most. Any number of instances may sweep. Milliseconds. */
const SWEEP_EVERY = 10_000;
/** Rooms that are looked at together. */
const AT_ONCE = 200;

/**
 * Compares streams with rooms: tells what was left untold, and removes the streams of rooms that have ended `keep` ago.
 * One whose room nobody knows may be another database's; it is removed when everything in it has aged.
 *
 * @param deps.keep milliseconds
 */
export function startStreamSweep(deps: {
  streams: Pick<RoomStreams, 'names' | 'remove'>;
  teller: Pick<Teller, 'check'>;
  room: (roomId: string) => Promise<Room>;
  keep: number;
  onError: (error: unknown) => void;
  now: () => Date;
}): AsyncDisposable {
  const { streams, teller, keep, onError, now } = deps;

  async function compare(roomId: string): Promise<void> {
    const room = await deps.room(roomId).catch(unlessUnknown);
    if (room === null) await streams.remove(roomId, new Date(now().getTime() - MAX_AGE));
    else if (room.endedAt && room.endedAt.getTime() + keep <= now().getTime()) await streams.remove(roomId);
    else teller.check(roomId, room.lastSeq);
  }

  const stop = every(SWEEP_EVERY, async () => {
    try {
      const names = await streams.names();
      while (names.length > 0) await Promise.all(names.splice(0, AT_ONCE).map(compare));
    } catch (error) {
      onError(error);
    }
  });
  return { [Symbol.asyncDispose]: stop };
}

function unlessUnknown(error: unknown): null {
  if (error instanceof ServiceError && error.code === 'ROOM_NOT_FOUND') return null;
  throw error;
}
