import { type ErrorCode, ServiceError } from '../errors.ts';
import { REFUSALS, type Room, type Rooms } from '../rooms/index.ts';

/** What came of someone turning up through a door. */
export type Arrival =
  | Readonly<{ admitted: true; room: Room }>
  | Readonly<{ admitted: false; code: ErrorCode }>;

/** One live link, as its door reports it. `id` is unique within the door. */
export type Connection = Readonly<{ door: string; id: string; roomId: string; userId: string }>;

export type Presence = ReturnType<typeof createPresence>;

/**
 * Who is connected, as the doors report it: LiveKit by its webhooks, and later sockets and NATS. What follows
 * from it (the seat is kept, the grace begins, the room ends) is the rooms' to decide.
 */
export function createPresence(deps: { rooms: Rooms }) {
  const { rooms } = deps;
  const keyOf = ({ door, id }: Pick<Connection, 'door' | 'id'>) => `${door}:${id}`;

  return {
    /**
     * Someone is connected. Who holds a seat keeps it. Whose seat lapsed (they looked for their camera) is
     * admitted anew, if admission agrees. Anyone else left or was never admitted: the door removes them.
     */
    async arrived(connection: Connection): Promise<Arrival> {
      const { roomId, userId } = connection;
      const connect = () => rooms.connected(roomId, userId, keyOf(connection));
      try {
        const room = await connect().catch(async (error: unknown) => {
          await comeBack(roomId, userId, error);
          return connect();
        });
        return { admitted: true, room };
      } catch (error) {
        if (error instanceof ServiceError && TURNED_AWAY.has(error.code))
          return { admitted: false, code: error.code };
        throw error;
      }
    },

    /** A connection is gone. One that was never counted changes nothing. */
    async departed(connection: Connection): Promise<void> {
      await ignoringMissingRoom(rooms.disconnected(connection.roomId, connection.userId, keyOf(connection)));
    },

    /** Every connection of a room through one door is gone. */
    async doorClosed(roomId: string, door: string): Promise<void> {
      await ignoringMissingRoom(rooms.doorClosed(roomId, door));
    },
  };

  /**
   * Takes the seat anew for one whose seat lapsed. Whoever never had one is refused as they were, and so is one who
   * left: LiveKit's news of them may be older than their leaving.
   */
  async function comeBack(roomId: string, userId: string, error: unknown): Promise<void> {
    if (!(error instanceof ServiceError) || error.code !== 'NO_SEAT') throw error;
    const record = await rooms.record(roomId, userId);
    if (record?.leftReason !== 'lapsed') throw error;
    await rooms.join(roomId, { id: userId, name: record.name });
  }
}

const TURNED_AWAY = new Set<ErrorCode>([...REFUSALS, 'NO_SEAT']);

/** LiveKit may hold rooms that are none of ours; their coming and going is nothing to us. */
async function ignoringMissingRoom(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ROOM_NOT_FOUND') throw error;
  }
}
