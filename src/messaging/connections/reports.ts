import type { Presence } from '../../presence/index.ts';
import { every } from '../../timers.ts';
import { DOOR, idOf, type UserConnection } from './connection.ts';

/** Changes that are told side by side; a server that comes back brings all its users at once. */
const SIDE_BY_SIDE = 20;
/** Changes that wait. What is more is left to the sweep (sweep.ts). */
const MAX_WAITING = 50_000;
/** One that comes is told of when it has stayed so long: what only looks in costs the rooms nothing. Milliseconds. */
const STAYS = 200;
/** What could not be told is told again after this. Milliseconds. */
const RETRY_EVERY = 1_000;

/**
 * Tells the rooms which connections stand: not what happened but how it is, so that however often and in whatever order
 * instances do this, nobody stays counted who is gone. One that went while its coming was being written is told again.
 *
 * @param deps.onRefused admission does not want them; what it throws is tried again
 */
export function createReports(deps: {
  presence: Pick<Presence, 'arrived' | 'departed'>;
  isOpen: (connection: UserConnection) => boolean;
  onArrived: (connection: UserConnection) => void;
  onDeparted: (connection: UserConnection) => void;
  onRefused: (connection: UserConnection, code: string) => Promise<void>;
  onError: (error: unknown) => void;
}) {
  const { presence, isOpen, onArrived, onDeparted, onRefused, onError } = deps;
  const waiting = new Map<string, UserConnection>();
  const failed = new Map<string, UserConnection>();
  const inHand = new Map<string, Promise<void>>();
  /** Came just now, and nobody was told. */
  const settling = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  async function tell(connection: UserConnection): Promise<void> {
    const { roomId, userId } = connection;
    const link = { door: DOOR, id: idOf(connection), roomId, userId };
    if (!isOpen(connection)) return presence.departed(link);
    const arrival = await presence.arrived(link);
    if (arrival.admitted) onArrived(connection);
    else await onRefused(connection, arrival.code);
  }

  function pump(): void {
    if (stopped) return;
    for (const [id, connection] of waiting) {
      if (inHand.size >= SIDE_BY_SIDE) return;
      if (inHand.has(id)) continue;
      waiting.delete(id);
      const telling = tell(connection)
        .catch((error: unknown) => {
          onError(error);
          if (failed.size < MAX_WAITING) failed.set(id, connection);
        })
        .finally(() => {
          inHand.delete(id);
          pump();
        });
      inHand.set(id, telling);
    }
  }

  function tellSoon(id: string, connection: UserConnection): void {
    if (waiting.size >= MAX_WAITING) return;
    waiting.set(id, connection);
    pump();
  }

  const stopRetrying = every(RETRY_EVERY, async () => {
    for (const [id, connection] of failed) waiting.set(id, connection);
    failed.clear();
    pump();
  });

  return {
    /** To be called when the connection came or went, or the rooms are wrong about it. */
    changed(connection: UserConnection): void {
      const id = idOf(connection);
      const timer = settling.get(id);
      if (!isOpen(connection)) {
        clearTimeout(timer);
        // Of its coming nobody heard.
        if (settling.delete(id)) return;
        onDeparted(connection);
        tellSoon(id, connection);
      } else if (timer === undefined && settling.size < MAX_WAITING)
        settling.set(
          id,
          setTimeout(() => {
            settling.delete(id);
            tellSoon(id, connection);
          }, STAYS),
        );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stopped = true;
      for (const timer of settling.values()) clearTimeout(timer);
      await stopRetrying();
      await Promise.all(inHand.values());
    },
  };
}
