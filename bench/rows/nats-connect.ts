import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../src/config/index.ts';
import { createSessionTokens } from '../../src/messaging/session-token.ts';
import type { Room } from '../../src/rooms/room.ts';
import { connectLoad, type Login } from '../connect-load.ts';
import { benchUsers, fullRooms } from '../join-requests.ts';
import { judge, type RowResult } from '../result.ts';
import { openRoomSeed } from '../room-seed.ts';
import type { Bench, Row } from '../row.ts';
import { freshDatabase, startServiceChild } from '../service-child.ts';

const name = 'nats-connect';
const ROUNDS = 5;
const ROUND = 3_000;
/** What the other side left (connections to close, lines to log) is done by then. */
const PAUSE = 300;
const LIFETIME = 3_600_000;

/** A session token of each who holds a seat, as a join tells it. */
function loginsOf(rooms: readonly Room[], { stack }: Bench): Login[] {
  const tokens = createSessionTokens({
    token: { secret: new Secret(stack.outputs['MESSAGING_TOKEN_SECRET'] ?? ''), ttl: LIFETIME },
    checkRevoked() {},
    now: () => new Date(),
  });
  const issuedAt = Math.floor(Date.now() / 1_000);
  return rooms.flatMap(({ id, seats }) =>
    seats.map(({ userId, name: called }) => ({
      token: tokens.mint(id, { user: { id: userId, name: called }, sessionId: null, issuedAt }).token,
    })),
  );
}

async function run(bench: Bench): Promise<RowResult> {
  const { stack, signal, say } = bench;
  const mongoUrl = await freshDatabase(bench, `bench-${name}`);
  await using seed = await openRoomSeed(mongoUrl);
  const rooms = fullRooms(benchUsers(bench.issuer));
  await seed.insert(rooms);
  await using _service = await startServiceChild(bench, mongoUrl, {
    NATS_URL: stack.outputs['NATS_URL'] ?? '',
  });
  const port = stack.port('nats');
  const sides = {
    floor: [{ user: 'service', pass: stack.outputs['NATS_PASSWORD'] ?? '' }],
    ours: loginsOf(rooms, bench),
  };
  const measure = async (which: 'floor' | 'ours', duration: number | null) => {
    const { count, ...measured } = await connectLoad({ port, logins: sides[which], duration, signal });
    await sleep(PAUSE, undefined, { signal });
    return { count, measured };
  };
  // Everybody once: their streams and consumers are made, as they are when somebody comes back.
  await measure('ours', null);
  for (const which of ['floor', 'ours'] as const) {
    const { count } = await measure(which, ROUND);
    say(`${name}: warm-up of ${which === 'ours' ? 'ours' : 'the floor'}: ${count} let in`);
  }
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { measured: floor } = await measure('floor', ROUND);
    const { measured: ours } = await measure('ours', ROUND);
    rounds.push({ floor, ours });
    say(
      `${name}: round ${round} of ${ROUNDS}: floor ${floor.rate.toFixed(0)}/s, ours ${ours.rate.toFixed(0)}/s, ` +
        `ratio ${(ours.rate / floor.rate).toFixed(2)}`,
    );
  }
  const row = {
    name,
    title: 'NATS connect through the callout',
    against: "nats-server's own password login",
    goal: { ratio: 0.6, direction: 'at least' as const },
  };
  return { ...judge(row, rounds, new Date()), unit: 'connects/s' };
}

export const natsConnect: Row = {
  name,
  method:
    '32 clients of the official library connect, wait until they are in, close and connect anew. Ours: 500 users, each in ' +
    'one of 84 rooms of six, by the session token of their join; the server asks the service, which reads the seat in ' +
    'MongoDB, asks JetStream for the consumers of the user and signs. The floor is the own password login of the same server. ' +
    'Streams and consumers are there already.',
  run,
};
