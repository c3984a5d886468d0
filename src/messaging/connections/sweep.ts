import type { Rooms } from '../../rooms/index.ts';
import type { Book } from './book.ts';
import { DOOR, fromKey, idOf, type UserConnection } from './connection.ts';
import type { Servers } from './servers.ts';

/** Rooms that are compared in one sweep, each a document to read. */
export const MAX_ROOMS = 10_000;
const READ_AT_ONCE = 100;
const ASKED_AT_ONCE = 20;

type Deps = Readonly<{
  servers: Pick<Servers, 'list' | 'has'>;
  book: Pick<Book, 'all' | 'came' | 'went'>;
  rooms: Pick<Rooms, 'roomsWithDoor' | 'get'>;
  /** Whether this server said that it goes. */
  isShut: (serverId: string) => boolean;
  /** The rooms do not count it, and it stands. */
  onUncounted: (connection: UserConnection) => void;
}>;

/**
 * Compares what we heard, and what the rooms count, with what the servers have: events of the system account are lost
 * when a server dies, and while we are cut off. Who is counted was so before the servers are asked, so whoever is missing
 * in the answer is gone, and not only just coming.
 *
 * @returns the numbers of connections that stand, that were uncounted and that were counted in vain, and whether there
 *   are more rooms than are looked at
 */
export async function sweep({ servers, book, rooms, isShut, onUncounted }: Deps) {
  const heard = book.all();
  const { counted, isPart } = await countedIn(rooms);
  const listed = await servers.list();

  const standing = new Set(listed.map(idOf));
  const suspects = new Map(
    [...heard, ...counted].filter((one) => !standing.has(idOf(one))).map((one) => [idOf(one), one]),
  );
  const gone = await goneOf([...suspects.values()], servers, isShut);
  for (const connection of gone) book.went(connection);

  const isCounted = new Set(counted.map(idOf));
  const uncounted = listed.filter((one) => !isCounted.has(idOf(one)));
  for (const connection of listed) book.came(connection);
  if (!isPart) for (const connection of uncounted) onUncounted(connection);
  return { standing: listed.length, uncounted: uncounted.length, gone: gone.length, isPart };
}

async function countedIn(rooms: Deps['rooms']) {
  const roomIds = await rooms.roomsWithDoor(DOOR, MAX_ROOMS);
  const counted: UserConnection[] = [];
  await inTurns(roomIds, READ_AT_ONCE, async (roomId) => {
    const { seats } = await rooms.get(roomId);
    for (const { userId, connections } of seats)
      for (const key of connections) counted.push(...[fromKey(key, roomId, userId) ?? []].flat());
  });
  return { counted, isPart: roomIds.length === MAX_ROOMS };
}

/** Those of the suspects that their server says it has not, or whose server is no more. Of a silent one nothing is known. */
async function goneOf(
  suspects: readonly UserConnection[],
  servers: Deps['servers'],
  isShut: Deps['isShut'],
): Promise<UserConnection[]> {
  const gone: UserConnection[] = [];
  const noServer = new Set<string>();
  await inTurns(suspects, ASKED_AT_ONCE, async (suspect) => {
    const { serverId } = suspect;
    const stands =
      isShut(serverId) || noServer.has(serverId) ? null : await servers.has(suspect).catch(() => true);
    if (stands === null) noServer.add(serverId);
    if (!stands) gone.push(suspect);
  });
  return gone;
}

async function inTurns<T>(all: readonly T[], sideBySide: number, work: (one: T) => Promise<void>) {
  const waiting = all.values();
  const worker = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: sideBySide }, worker));
}
