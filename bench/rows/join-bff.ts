import { RoomServiceClient } from 'livekit-server-sdk';
import type { Room } from '../../src/rooms/room.ts';
import { startChild } from '../child.ts';
import { compare } from '../compare.ts';
import { benchUsers, fullRooms, heldJoins } from '../join-requests.ts';
import { judge } from '../result.ts';
import { openRoomSeed } from '../room-seed.ts';
import type { Bench, Row } from '../row.ts';
import { floorEnv, floorPort, freshDatabase, startServiceChild } from '../service-child.ts';

const name = 'join-bff';
/** LiveKit keeps the rooms for the whole run, without anyone in them. Seconds. */
const KEEP_ROOMS = 600;

export const joinBff: Row = {
  name,
  method:
    'The requests of `join-held`, against the textbook backend: keycloak-connect `protect()`, LiveKit ' +
    '`listRooms([room])` and `listParticipants(room)`, a token by the SDK. The rooms are there in LiveKit, ' +
    'empty, which is the kindest that its answers can be.',
  async run(bench) {
    const mongoUrl = await freshDatabase(bench, `bench-${name}`);
    await using seed = await openRoomSeed(mongoUrl);
    const users = benchUsers(bench.issuer);
    const rooms = fullRooms(users);
    await seed.insert(rooms);
    await using _made = await makeLiveKitRooms(bench, rooms);
    await using service = await startServiceChild(bench, mongoUrl);
    await using bff = await startChild(bench, {
      name: `bench-${name}-floor`,
      script: 'bench/floors/textbook-bff.ts',
      port: floorPort(bench),
      readyPath: '/',
      env: floorEnv(bench),
    });
    const joins = heldJoins(rooms, users, bench.stack.outputs['LIVEKIT_API_SECRET'] ?? '');
    const side = { repeat: true, requests: async () => joins };
    const rounds = await compare(
      name,
      { floor: { ...side, url: bff.url }, ours: { ...side, url: service.url } },
      bench,
    );
    const row = {
      name,
      title: 'join',
      against: 'the textbook BFF',
      goal: { ratio: 5, direction: 'at least' },
    } as const;
    return judge(row, rounds, new Date());
  },
};

/** Disposing removes them. */
async function makeLiveKitRooms({ stack }: Bench, rooms: readonly Room[]): Promise<AsyncDisposable> {
  const { LIVEKIT_URL = '', LIVEKIT_API_KEY, LIVEKIT_API_SECRET } = stack.outputs;
  const livekit = new RoomServiceClient(LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, {
    requestTimeout: 5,
  });
  for (const { id } of rooms) await livekit.createRoom({ name: id, emptyTimeout: KEEP_ROOMS });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(rooms.map(({ id }) => livekit.deleteRoom(id)));
    },
  };
}
