import type { Room } from '../src/rooms/room.ts';
import { startChild } from './child.ts';
import { compare } from './compare.ts';
import { benchUsers, fullRooms, heldJoins } from './join-requests.ts';
import { judge, type RowResult } from './result.ts';
import { openRoomSeed } from './room-seed.ts';
import type { Bench } from './row.ts';
import { floorEnv, floorPort, freshDatabase, startServiceChild } from './service-child.ts';

/** What differs between the rows that measure a join with the seat already held. */
export type HeldJoins = Readonly<{
  row: Parameters<typeof judge>[0];
  /** The program that ours is held against, started with the floors' environment. */
  floorScript: string;
  /** Makes what the floor needs of the rooms, and removes it when disposed of. */
  prepare?(bench: Bench, rooms: readonly Room[]): Promise<AsyncDisposable>;
}>;

/** 500 users, each in one of 84 rooms of six, join the room in which they hold a seat: ours and a floor in turn. */
export async function measureHeldJoins(
  bench: Bench,
  { row, floorScript, prepare }: HeldJoins,
): Promise<RowResult> {
  const mongoUrl = await freshDatabase(bench, `bench-${row.name}`);
  await using seed = await openRoomSeed(mongoUrl);
  const users = benchUsers(bench.issuer);
  const rooms = fullRooms(users);
  await seed.insert(rooms);
  await using _prepared = await prepare?.(bench, rooms);
  await using service = await startServiceChild(bench, mongoUrl);
  await using floor = await startChild(bench, {
    name: `bench-${row.name}-floor`,
    script: floorScript,
    port: floorPort(bench),
    readyPath: '/',
    env: floorEnv(bench),
  });
  const joins = heldJoins(rooms, users, bench.stack.outputs['LIVEKIT_API_SECRET'] ?? '');
  const side = { repeat: true, requests: async () => joins };
  const sides = { floor: { ...side, url: floor.url }, ours: { ...side, url: service.url } };
  return judge(row, await compare(row.name, sides, bench), new Date());
}
