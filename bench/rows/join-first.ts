import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from '../../src/rooms/room.ts';
import { startChild } from '../child.ts';
import { compare } from '../compare.ts';
import { benchUsers, firstJoins } from '../join-requests.ts';
import { judge } from '../result.ts';
import { openRoomSeed, type RoomSeed } from '../room-seed.ts';
import { type Bench, BenchError, type Row } from '../row.ts';
import { floorEnv, floorPort, freshDatabase, startServiceChild } from '../service-child.ts';

const name = 'join-first';
/** The events of a round's joins are carried on by then, or the service cannot keep up. Milliseconds. */
const SETTLED_WITHIN = 30_000;
const ASK_EVERY = 50;

export const joinFirst: Row = {
  name,
  method:
    'Each request is the first join of one of 500 users to a room of six, of which five seats are free at first; ' +
    'joins in flight are of different rooms, and no pair comes twice. The floor is that of `join-held` with one ' +
    '`updateOne` of the bare driver, which takes the seat if there is one. Events that a join leaves to be carried ' +
    'on are waited for after each round (`settle`), so that they burden no other round.',
  async run(bench) {
    const secret = bench.stack.outputs['LIVEKIT_API_SECRET'] ?? '';
    const mongoUrl = await freshDatabase(bench, `bench-${name}`);
    const floorUrl = await freshDatabase(bench, `bench-${name}-floor`);
    await using seed = await openRoomSeed(mongoUrl);
    await using floorSeed = await openRoomSeed(floorUrl);
    const users = benchUsers(bench.issuer);
    await using service = await startServiceChild(bench, mongoUrl);
    await using floor = await startChild(bench, {
      name: `bench-${name}-floor`,
      script: 'bench/floors/bare-join.ts',
      port: floorPort(bench),
      readyPath: '/',
      env: { ...floorEnv(bench), MONGO_URL: floorUrl },
    });
    const newJoins = async (count: number, insert: (rooms: readonly Room[]) => Promise<void>) => {
      const { rooms, joins } = firstJoins(count, users, secret);
      await insert(rooms);
      return joins;
    };
    const settled: number[] = [];
    const rounds = await compare(
      name,
      {
        floor: {
          url: floor.url,
          repeat: false,
          requests: (count) => newJoins(count, (rooms) => insertFloorRooms(floorSeed, rooms)),
        },
        ours: {
          url: service.url,
          repeat: false,
          requests: (count) => newJoins(count, seed.insert),
          settle: async () => void settled.push(await settle(seed, bench.signal)),
        },
      },
      bench,
    );
    const row = {
      name,
      title: 'join, first time (seat claim)',
      against: 'the same and one bare `updateOne`',
      goal: { ratio: 0.6, direction: 'at least' },
    } as const;
    const [, ...measured] = settled;
    return { ...judge(row, rounds, new Date()), notes: { 'longest settle, ms': Math.max(...measured) } };
  },
};

/** The same rooms, as small as the floor's claim needs them. */
async function insertFloorRooms({ connection }: RoomSeed, rooms: readonly Room[]): Promise<void> {
  const documents = rooms.map(({ id, seats }) => ({
    _id: id as never, // the driver's own default would be an ObjectId
    seats: seats.map(({ userId, joinedAt }) => ({ userId, joinedAt })),
  }));
  await connection.collection('rooms').insertMany(documents);
}

/** @returns milliseconds until no event was left to be carried on @throws BenchError when that takes too long */
async function settle(seed: RoomSeed, signal: Bench['signal']): Promise<number> {
  const begun = performance.now();
  while ((await seed.unsettled()) > 0) {
    if (performance.now() - begun > SETTLED_WITHIN)
      throw new BenchError('the events of the joins were not carried on within 30 s');
    await sleep(ASK_EVERY, undefined, { signal });
  }
  return Math.round(performance.now() - begun);
}
