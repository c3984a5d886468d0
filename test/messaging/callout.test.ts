import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/nats-core';
import { openRoomSeed, roomOf } from '../../bench/room-seed.ts';
import { Secret } from '../../src/config/index.ts';
import { createSessionTokens } from '../../src/messaging/session-token.ts';
import { dev } from '../../stack/dev-values.ts';
import { eventually } from '../support/eventually.ts';
import { runReadyService } from '../support/service-process.ts';
import { type Access, forbidden, openWorld, type World } from './world.ts';

/** Who answers the servers' questions, and what is a question. */

const CONNECTS = 500;

/** A service of its own process beside the world's. */
const settingsIn = ({ nats, databaseUrl, issuer }: World): Record<string, string> => ({
  ...nats.settings,
  MONGO_URL: databaseUrl,
  KEYCLOAK_ISSUER: issuer.url,
});

const linesOf = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Refused or let in; a client that nobody answers is let go by the server. */
const outcome = (connecting: Promise<NatsConnection>): Promise<string> =>
  connecting.then(
    () => 'in',
    (error: unknown) => (error as Error).name,
  );

const admissions = (lines: readonly Readonly<Record<string, unknown>>[]): number =>
  lines.filter(({ event }) => event === 'callout.admitted').length;

describe('instances', () => {
  let world: World;
  let access: Access;
  beforeAll(async () => {
    world = await openWorld();
    const alice = world.person('alice');
    access = await world.join(await world.room(alice), alice);
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  it('share the questions: each is answered by one', async () => {
    const before = admissions(world.lines());
    await using other = await world.another({ INSTANCE_ID: 'service-other' });
    await Promise.all(Array.from({ length: 40 }, () => world.come(access)));
    const now = admissions(world.lines()) + admissions(other.lines());
    expect(now - before).toBe(40);
    expect(admissions(world.lines())).toBeGreaterThan(before);
    expect(admissions(other.lines())).toBeGreaterThan(0);
  });

  it('that go away leave the questions to the others', async () => {
    {
      await using other = await world.another({ INSTANCE_ID: 'service-other' });
      await eventually(async () => {
        await world.come(access);
        expect(admissions(other.lines())).toBeGreaterThan(0);
      });
    }
    const all = await Promise.all(Array.from({ length: 20 }, () => outcome(world.come(access))));
    expect(all).toEqual(Array(20).fill('in'));
  });

  it('while there is none, nobody is let in; once there is one again, everybody is', async () => {
    await world.service[Symbol.asyncDispose]();
    expect(await outcome(world.come(access, { timeout: 10_000 }))).toBe('AuthorizationError');
    await world.another();
    await eventually(async () => {
      await world.come(access);
    });
  });
});

it('one that hangs lets nobody in, and does once it goes on', async () => {
  await using world = await openWorld();
  const alice = world.person('alice');
  const access = await world.join(await world.room(alice), alice);
  await world.service[Symbol.asyncDispose]();
  await using service = await runReadyService(settingsIn(world));
  await eventually(() => world.come(access));
  service.child.kill('SIGSTOP');
  expect(await outcome(world.come(access, { timeout: 10_000 }))).toBe('AuthorizationError');
  service.child.kill('SIGCONT');
  await eventually(() => world.come(access));
  // The one who was let go meanwhile is not worked on.
  expect(admissions(linesOf(service.stdout()))).toBe(2);
});

it(`${CONNECTS} users who come at once are all let in`, async () => {
  await using world = await openWorld();
  await world.service[Symbol.asyncDispose]();
  await using _service = await runReadyService(settingsIn(world));

  const users = Array.from({ length: CONNECTS }, (_, index) => ({
    id: randomUUID(),
    name: `User ${index}`,
    token: '',
  }));
  const rooms = Array.from({ length: Math.ceil(CONNECTS / 6) }, (_, index) => {
    const [host, ...others] = users.slice(index * 6, index * 6 + 6);
    if (!host) throw new Error('a room needs a host');
    return roomOf([host, ...others]);
  });
  await using seed = await openRoomSeed(world.databaseUrl);
  await seed.insert(rooms);
  const tokens = createSessionTokens({
    token: { secret: new Secret(dev.messagingTokenSecret), ttl: 60_000 },
    checkRevoked() {},
    now: () => new Date(),
  });
  const issuedAt = Math.floor(Date.now() / 1_000);
  const all = rooms.flatMap(({ id, seats }) =>
    seats.map(({ userId, name }) =>
      tokens.mint(id, { user: { id: userId, name }, sessionId: null, issuedAt }),
    ),
  );
  await eventually(() => world.connect({ token: all[0]?.token ?? '' }));
  const outcomes = await Promise.all(
    all.map(({ token }) => outcome(world.connect({ token, timeout: 10_000 }))),
  );
  expect(outcomes).toEqual(Array(CONNECTS).fill('in'));
}, 120_000);

it('nobody but the server asks: it forbids that even to those who answer', async () => {
  await using world = await openWorld();
  const responder = await world.connect({ user: 'auth', pass: dev.natsPassword });
  const asked = await forbidden(responder, () => responder.publish('$SYS.REQ.USER.AUTH', 'who is this?'));
  expect(asked).toEqual(['publish $SYS.REQ.USER.AUTH']);
});
