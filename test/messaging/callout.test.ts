import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decode } from '@nats-io/jwt';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { createCurve, createServer, createUser, type KeyPair } from '@nats-io/nkeys';
import { openRoomSeed, roomOf } from '../../bench/room-seed.ts';
import { Secret } from '../../src/config/index.ts';
import { encodeJwt } from '../../src/messaging/nats-keys/jwt.ts';
import { createSigner } from '../../src/messaging/nats-keys/signing.ts';
import { createSessionTokens } from '../../src/messaging/session-token.ts';
import { dev } from '../../stack/dev-values.ts';
import { eventually } from '../support/eventually.ts';
import { runReadyService } from '../support/service-process.ts';
import { type Access, openWorld, type World } from './world.ts';

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

describe('a question that is not from the server', () => {
  let world: World;
  let access: Access;
  let intruder: NatsConnection;
  beforeAll(async () => {
    world = await openWorld();
    const alice = world.person('alice');
    access = await world.join(await world.room(alice), alice);
    // One who knows the password of the account that is asked: nobody else gets as far as this.
    intruder = await world.connect({ user: 'auth', pass: dev.natsPassword });
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString();
  type Forged = Readonly<{
    signer?: KeyPair;
    sender?: KeyPair;
    xkey?: string;
    aud?: string;
    sub?: string;
    exp?: number;
  }>;
  const server = createServer();
  const curve = createCurve();

  function question({ signer = server, xkey = curve.getPublicKey(), aud, sub, exp }: Forged): string {
    return encodeJwt(
      {
        sub: sub ?? dev.natsIssuer,
        aud: aud ?? 'nats-authorization-request',
        exp: exp ?? Math.floor(Date.now() / 1_000) + 3,
        nats: {
          type: 'authorization_request',
          server_id: { name: 'nats', host: '127.0.0.1', id: server.getPublicKey(), xkey },
          user_nkey: createUser().getPublicKey(),
          client_info: { host: '127.0.0.1', id: 1 },
          connect_opts: { auth_token: access.token, protocol: 1 },
        },
      },
      createSigner('server', seedOf(signer)),
      new Date(),
    );
  }
  const sealed = (forged: Forged): Uint8Array =>
    (forged.sender ?? curve).seal(Buffer.from(question(forged)), dev.natsXkey);
  const ask = (data: Uint8Array, sender = curve.getPublicKey()) => {
    const own = headers();
    own.set('Nats-Server-Xkey', sender);
    return intruder.request('$SYS.REQ.USER.AUTH', data, { timeout: 700, headers: own });
  };

  it('would be answered, sealed, if it were as the server asks it', async () => {
    const { data } = await ask(sealed({}));
    const answer = decode(Buffer.from(curve.open(data, dev.natsXkey) ?? []).toString());
    expect(answer).toMatchObject({ iss: dev.natsIssuer, aud: server.getPublicKey() });
  });

  const other = createCurve();
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'in the open',
      'not sealed for us',
      () => intruder.request('$SYS.REQ.USER.AUTH', question({}), { timeout: 700 }),
    ],
    [
      'sealed with another key than the header names',
      'not sealed for us',
      () => ask(sealed({ sender: other })),
    ],
    [
      'sealed with another key than the server has',
      'sealed by another',
      () => ask(sealed({ sender: other }), other.getPublicKey()),
    ],
    [
      'sealed for another',
      'not sealed for us',
      () => ask(curve.seal(Buffer.from(question({})), other.getPublicKey())),
    ],
    ['signed by another than it names', 'foreign', () => ask(sealed({ signer: createServer() }))],
    ['for another audience', 'malformed', () => ask(sealed({ aud: 'another' }))],
    ['to another issuer', 'foreign', () => ask(sealed({ sub: createUser().getPublicKey() }))],
    [
      'that nobody waits for any more',
      'late',
      () => ask(sealed({ exp: Math.floor(Date.now() / 1_000) - 2 })),
    ],
    ['that is noise', 'not sealed for us', () => ask(Buffer.from('hello'))],
    ['that is empty', 'not sealed for us', () => ask(new Uint8Array())],
  ])('is not answered when it is %s', async (_what, reason, asking) => {
    await expect(asking()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(world.lines()).toContainEqual(expect.objectContaining({ event: 'callout.ignored', reason }));
  });
});
