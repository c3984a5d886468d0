import { startChild } from '../child.ts';
import { compare } from '../compare.ts';
import { benchUsers, fullRooms, heldJoins } from '../join-requests.ts';
import { judge } from '../result.ts';
import { openRoomSeed } from '../room-seed.ts';
import type { Row } from '../row.ts';
import { floorEnv, floorPort, freshDatabase, startServiceChild } from '../service-child.ts';

const name = 'join-held';

export const joinHeld: Row = {
  name,
  method:
    '500 users, each in one of 84 rooms of six, join the room in which they hold a seat already. The floor is ' +
    'Express with one `crypto.verify` and one LiveKit token signed by hand; it asks no database.',
  async run(bench) {
    const mongoUrl = await freshDatabase(bench, `bench-${name}`);
    await using seed = await openRoomSeed(mongoUrl);
    const users = benchUsers(bench.issuer);
    const rooms = fullRooms(users);
    await seed.insert(rooms);
    await using service = await startServiceChild(bench, mongoUrl);
    await using floor = await startChild(bench, {
      name: `bench-${name}-floor`,
      script: 'bench/floors/bare-join.ts',
      port: floorPort(bench),
      readyPath: '/',
      env: floorEnv(bench),
    });
    const joins = heldJoins(rooms, users, bench.stack.outputs['LIVEKIT_API_SECRET'] ?? '');
    const side = { repeat: true, requests: async () => joins };
    const rounds = await compare(
      name,
      { floor: { ...side, url: floor.url }, ours: { ...side, url: service.url } },
      bench,
    );
    const row = {
      name,
      title: 'join, seat already held',
      against: 'Express, `crypto.verify`, a token by hand',
      goal: { ratio: 0.6, direction: 'at least', p99: 2 },
    } as const;
    return judge(row, rounds, new Date());
  },
};
