import { LRUCache } from 'lru-cache';
import { idOf, type UserConnection } from './connection.ts';

/** Connections that went, remembered so that an older listing does not bring them back: more than go while one is made. */
const MAX_GONE = 20_000;

export type Book = ReturnType<typeof createBook>;

/**
 * Which connections stand, as this instance heard from the servers. Who was once heard to be gone stays gone: a server
 * gives no number twice.
 *
 * @param deps.onChange a connection came or went
 */
export function createBook({ onChange }: { onChange: (connection: UserConnection) => void }) {
  const byRoom = new Map<string, Map<string, UserConnection>>();
  const gone = new LRUCache<string, true>({ max: MAX_GONE });

  const isOpen = (connection: UserConnection): boolean =>
    byRoom.get(connection.roomId)?.has(idOf(connection)) ?? false;

  return {
    isOpen,

    came(connection: UserConnection): void {
      const id = idOf(connection);
      if (gone.has(id) || isOpen(connection)) return;
      const inRoom = byRoom.get(connection.roomId) ?? new Map<string, UserConnection>();
      byRoom.set(connection.roomId, inRoom.set(id, connection));
      onChange(connection);
    },

    /** Told on even of one that nobody here knew: the rooms may count it. */
    went(connection: UserConnection): void {
      gone.set(idOf(connection), true);
      const inRoom = byRoom.get(connection.roomId);
      inRoom?.delete(idOf(connection));
      if (inRoom?.size === 0) byRoom.delete(connection.roomId);
      onChange(connection);
    },

    all: (): UserConnection[] => [...byRoom.values()].flatMap((inRoom) => [...inRoom.values()]),

    /** @param userId of everybody when it is not given */
    inRoom(roomId: string, userId?: string): UserConnection[] {
      const inRoom = [...(byRoom.get(roomId)?.values() ?? [])];
      return userId === undefined ? inRoom : inRoom.filter((one) => one.userId === userId);
    },
  };
}
