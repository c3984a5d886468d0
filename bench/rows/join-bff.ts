import { RoomServiceClient } from 'livekit-server-sdk';
import type { Room } from '../../src/rooms/room.ts';
import { measureHeldJoins } from '../held-joins.ts';
import type { Bench, Row } from '../row.ts';

const name = 'join-bff';
/** LiveKit keeps the rooms for the whole run, without anyone in them. Seconds. */
const KEEP_ROOMS = 600;

export const joinBff: Row = {
  name,
  method:
    'The requests of `join-held`, against the textbook backend: keycloak-connect `protect()`, LiveKit ' +
    '`listRooms([room])` and `listParticipants(room)`, a token by the SDK. The rooms are there in LiveKit, ' +
    'empty, which is the kindest that its answers can be.',
  run: (bench) =>
    measureHeldJoins(bench, {
      row: {
        name,
        title: 'join',
        against: 'the textbook BFF',
        goal: { ratio: 5, direction: 'at least' },
      },
      floorScript: 'bench/floors/textbook-bff.ts',
      prepare: makeLiveKitRooms,
    }),
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
