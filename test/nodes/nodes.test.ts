import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dispose } from '@livekit/rtc-node';
import mongoose from 'mongoose';
import { call as ask, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { type Caller, call } from './caller.ts';
import { startTwoNodes, type TwoNodes } from './two-nodes.ts';

/** Until clients are back after their node was killed: LiveKit's nodes give one up after 5 s. Milliseconds. */
const BACK_WITHIN = 20_000;

let nodes: TwoNodes;
let mongo: mongoose.Connection;

beforeAll(async () => {
  nodes = await startTwoNodes();
  mongo = await mongoose.createConnection(nodes.mongoUrl).asPromise();
}, 60_000);
afterAll(async () => {
  await mongo?.dropDatabase();
  await mongo?.close();
  await nodes?.[Symbol.asyncDispose]();
  // The library's own threads would keep the test process alive.
  await dispose();
}, 30_000);

type Seat = { userId: string; connections: string[]; leaseUntil: Date | null };
async function seatsOf(roomId: string): Promise<readonly Seat[]> {
  const room = await mongo.collection<{ _id: string; seats: Seat[] }>('rooms').findOne({ _id: roomId });
  return room?.seats ?? [];
}

/** A room with two who are let in, and their tokens for LiveKit. */
async function twoLetIn() {
  const [alice, bob] = await Promise.all([newPerson('alice'), newPerson('bob')]);
  const room = await newRoom(alice.token, {}, nodes.api);
  const seats = [
    await join(room.id, alice.token, nodes.api),
    await join(room.id, bob.token, nodes.api),
  ] as const;
  return { alice, bob, roomId: room.id, seats };
}

const hears = (caller: Caller, before = caller.heard(), within = 10_000): Promise<void> =>
  eventually(() => expect(caller.heard()).toBeGreaterThan(before + 20), within);

describe('a call over two nodes', () => {
  it('is heard by whoever entered by the other node', async () => {
    const { seats } = await twoLetIn();
    await using speaker = await call(nodes.urls[0], seats[0].participant_token);
    await using listener = await call(nodes.urls[1], seats[1].participant_token);
    await speaker.speak();
    await hears(listener);
  }, 30_000);

  it('goes on when the node that carries it is killed, and everybody keeps their seat', async () => {
    const { alice, bob, roomId, seats } = await twoLetIn();
    expect(seats[0].server_url).toBe(nodes.stack.outputs['LIVEKIT_PUBLIC_URL']);
    await using speaker = await call(seats[0].server_url, seats[0].participant_token);
    await using listener = await call(seats[1].server_url, seats[1].participant_token);
    await speaker.speak();
    await hears(listener);
    await eventually(async () =>
      expect((await seatsOf(roomId)).map((seat) => seat.connections.length)).toEqual([1, 1]),
    );
    const before = (await seatsOf(roomId)).flatMap(({ connections }) => connections);

    const carrier = await nodes.carrierOf(roomId);
    const killed = nodes.stack.server(carrier);
    await killed.kill();
    await eventually(
      () => expect([speaker.reconnects(), listener.reconnects()]).toEqual([1, 1]),
      BACK_WITHIN,
    );
    await hears(listener, listener.heard(), BACK_WITHIN);
    expect(await nodes.carrierOf(roomId)).not.toBe(carrier);

    // The same two, with one connection each: those of the killed node were counted out.
    await eventually(async () => {
      const now = await seatsOf(roomId);
      expect(now.map(({ userId }) => userId)).toEqual([alice.id, bob.id]);
      expect(now.map(({ connections, leaseUntil }) => [connections.length, leaseUntil])).toEqual([
        [1, null],
        [1, null],
      ]);
      expect(now.flatMap(({ connections }) => connections).some((id) => before.includes(id))).toBe(false);
    });
    expect(await getRoom(roomId, alice.token, nodes.api)).toMatchObject({
      status: 'LIVE',
      joinedParticipants: 2,
    });

    // The service's own calls go to the node that is left.
    const kicked = await ask('POST', `/rooms/${roomId}/kick/${bob.id}`, {
      token: alice.token,
      base: nodes.api,
    });
    expect([kicked.status, kicked.body]).toMatchObject([200, { livekit: 'done' }]);
    await eventually(() => expect(listener.isIn()).toBe(false));
    await killed.start();
  }, 60_000);
});
