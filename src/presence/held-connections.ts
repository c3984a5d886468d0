import { ServiceError } from '../errors.ts';
import type { Rooms, SeatedIn, User } from '../rooms/index.ts';
import { every } from '../timers.ts';
import type { Arrival, Connection, Presence } from './presence.ts';

/** A departure that could not be written is tried again after this, until it is. Milliseconds. */
const RETRY_EVERY = 1_000;
/** Rooms that are written to side by side when many connections change at once. */
const SIDE_BY_SIDE = 10;

type Held = Readonly<{ roomId: string; user: User }>;

export type HeldConnections = ReturnType<typeof createHeldConnections>;

/**
 * The connections that end in this process (sockets; not those that end in LiveKit). It knows them all, so that they
 * can be counted anew after another instance thought us dead, and let go together when we stop.
 *
 * @param deps.door this instance's own: `socket@<instance>`
 */
export function createHeldConnections(deps: {
  rooms: Pick<Rooms, 'join'>;
  presence: Presence;
  door: string;
  onError: (error: unknown) => void;
}) {
  const { rooms, presence, door, onError } = deps;
  const held = new Map<string, Held>();
  const leaving = new Map<string, Connection>();

  const connectionOf = (id: string, { roomId, user }: Held): Connection => ({
    door,
    id,
    roomId,
    userId: user.id,
  });

  async function depart(connection: Connection): Promise<void> {
    leaving.set(connection.id, connection);
    try {
      await presence.departed(connection);
      leaving.delete(connection.id);
    } catch (error) {
      onError(error);
    }
  }

  /**
   * Counts a connection in by `write`. It is held from before, and when the store did not answer, since it may be counted
   * then: whenever it goes, it is counted out.
   */
  async function counting<T>(id: string, came: Held, write: () => Promise<T>): Promise<T> {
    const before = held.get(id);
    held.set(id, came);
    const outIfGone = async () => {
      if (!held.has(id)) await depart(connectionOf(id, came));
    };
    try {
      const result = await write();
      await outIfGone();
      return result;
    } catch (error) {
      if (!isRefusal(error)) await outIfGone();
      // Unless it went, or was put out, meanwhile: then it is not to come back.
      else if (held.get(id) === came) {
        if (before) held.set(id, before);
        else held.delete(id);
      }
      throw error;
    }
  }

  const stopRetrying = every(RETRY_EVERY, async () => {
    for (const connection of leaving.values()) await depart(connection);
  });

  return {
    /** Takes a seat in the room, or keeps the one held, connected from the first. @throws as `rooms.join` */
    async enter(id: string, roomId: string, user: User): Promise<SeatedIn> {
      return counting(id, { roomId, user }, () => rooms.join(roomId, user, `${door}:${id}`));
    },

    /** Someone who was cut off is back, through another connection. */
    async resume(id: string, roomId: string, user: User): Promise<Arrival> {
      const came = { roomId, user };
      const arrival = await counting(id, came, () => presence.arrived({ door, id, roomId, userId: user.id }));
      if (!arrival.admitted) held.delete(id);
      return arrival;
    },

    /** The connection is gone. Tried until it is written. */
    async gone(id: string): Promise<void> {
      const was = held.get(id);
      held.delete(id);
      if (!was) return;
      await depart(connectionOf(id, was));
    },

    /** Its seat was given up: the connection counts no longer, and nothing is to be written. */
    forget(id: string): void {
      held.delete(id);
    },

    /** Counts every connection anew: another instance may have thought us dead, and counted them out. */
    async reassert(): Promise<void> {
      const all = [...held].map(([id, one]) => connectionOf(id, one));
      await inTurns(all, async (connection) => {
        await presence.arrived(connection).catch(onError);
        // Gone meanwhile: what was just written is taken back.
        if (!held.has(connection.id)) await depart(connection);
      });
    },

    /** We stop: all are gone at once, one write for each room. */
    async [Symbol.asyncDispose](): Promise<void> {
      await stopRetrying();
      const roomIds = new Set([...held.values(), ...leaving.values()].map(({ roomId }) => roomId));
      held.clear();
      await inTurns([...roomIds], (roomId) => presence.doorClosed(roomId, door).catch(onError));
    },
  };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ServiceError && error.code !== 'STORE_UNAVAILABLE';

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const worker = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}
