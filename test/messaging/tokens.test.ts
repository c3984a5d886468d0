import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wsconnect } from '@nats-io/nats-core';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { Secret } from '../../src/config/index.ts';
import { createSessionTokens } from '../../src/messaging/session-token.ts';
import { dev } from '../../stack/dev-values.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Access, openWorld, type Person, type World } from './world.ts';

/** Who comes in by NATS, with what, and until when. */

let world: World;
let alice: Person;
let room: string;
let access: Access;
beforeAll(async () => {
  world = await openWorld();
  alice = world.person('alice');
  room = await world.room(alice);
  access = await world.join(room, alice);
});
afterAll(async () => world[Symbol.asyncDispose]());

const seconds = (): number => Math.floor(Date.now() / 1_000);
const principalOf = ({ id }: Person) => ({
  user: { id, name: 'A test' },
  sessionId: 'a-session',
  issuedAt: seconds(),
});
/** A session token as the service makes it, unless told otherwise. */
function sessionToken(
  person: Person,
  roomId: string,
  ttl = 60_000,
  secret: string = dev.messagingTokenSecret,
) {
  const tokens = createSessionTokens({
    token: { secret: new Secret(secret), ttl },
    checkRevoked() {},
    now: () => new Date(),
  });
  return tokens.mint(roomId, principalOf(person)).token;
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const decoded = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString());
/** The session token of the join with other claims or another header, signed with the service's own secret. */
function changed(
  claims: object,
  header: object = {},
  hash = 'sha256',
  secret: string = dev.messagingTokenSecret,
) {
  const [head = '', payload = ''] = access.token.split('.');
  const input = `${encoded({ ...decoded(head), ...header })}.${encoded({ ...decoded(payload), ...claims })}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}
const claimsOf = (more: object) => world.issuer.claims({ sub: alice.id, ...more });
const keycloakToken = (more: object): string => world.issuer.token({ claims: claimsOf(more) });

describe('a user is let in', () => {
  it.each<[string, () => NodeConnectionOptions]>([
    ['the session token of their join, as the token', () => ({ token: access.token })],
    ['the session token as the password', () => ({ user: room, pass: access.token })],
    ['their access token and the room, as the token', () => ({ user: room, token: alice.token })],
    ['their access token as the password', () => ({ user: room, pass: alice.token })],
  ])('with %s', async (_what, options) => {
    const connection = await world.connect({ ...options(), inboxPrefix: access.inbox });
    await expect(connection.flush()).resolves.toBeUndefined();
  });

  it('by WebSocket, as browsers come', async () => {
    const connection = await wsconnect({
      servers: access.urls,
      token: access.token,
      inboxPrefix: access.inbox,
      reconnect: false,
    });
    await expect(connection.flush()).resolves.toBeUndefined();
    await connection.close();
  });

  it('under their own name, whatever they call themselves', async () => {
    const connection = await world.come(access, { name: 'another/name' });
    const { connections } = (await (await fetch(`${world.nats.monitoringUrl}/connz?auth=1`)).json()) as {
      connections: { cid: number; authorized_user?: string; account?: string }[];
    };
    const mine = connections.find(({ cid }) => cid === connection.info?.client_id);
    expect(mine).toMatchObject({ authorized_user: `${room}/${alice.id}`, account: 'APP' });
  });
});

describe('nobody is let in', () => {
  it.each<[string, string, () => NodeConnectionOptions]>([
    ['nothing', 'UNAUTHENTICATED', () => ({})],
    ['a room and no token', 'UNAUTHENTICATED', () => ({ user: room, pass: '' })],
    ['what is no token', 'TOKEN_INVALID', () => ({ user: room, token: 'hello' })],
    [
      'an access token that has expired',
      'TOKEN_EXPIRED',
      () => ({ user: room, token: keycloakToken({ exp: seconds() - 60 }) }),
    ],
    [
      'an access token that expired within what clocks may differ',
      'TOKEN_EXPIRED',
      () => ({ user: room, token: keycloakToken({ exp: seconds() - 1 }) }),
    ],
    [
      'a forged access token',
      'TOKEN_INVALID',
      () => ({
        user: room,
        token: world.issuer.token({ claims: claimsOf({}), signature: () => Buffer.alloc(256) }),
      }),
    ],
    [
      'an access token that nobody signed',
      'TOKEN_INVALID',
      () => ({
        user: room,
        token: world.issuer.token({
          claims: claimsOf({}),
          header: { alg: 'none' },
          signature: () => Buffer.alloc(0),
        }),
      }),
    ],
    [
      'an access token of a client that is not accepted',
      'TOKEN_INVALID',
      () => ({ user: room, token: keycloakToken({ azp: 'another-app' }) }),
    ],
    [
      'an access token for another audience',
      'TOKEN_INVALID',
      () => ({ user: room, token: keycloakToken({ aud: 'account' }) }),
    ],
    ['an ID token', 'TOKEN_INVALID', () => ({ user: room, token: keycloakToken({ typ: 'ID' }) })],
    ['an access token and no room', 'INVALID_REQUEST', () => ({ token: alice.token })],
    ['an access token and every room', 'INVALID_REQUEST', () => ({ user: '*', token: alice.token })],
    [
      'an access token and what is under every room',
      'INVALID_REQUEST',
      () => ({ user: '>', token: alice.token }),
    ],
    [
      'an access token and a room that is not there',
      'ROOM_NOT_FOUND',
      () => ({ user: 'no-room', token: alice.token }),
    ],
    [
      'an access token of a user whose id opens the subjects of others',
      'INVALID_REQUEST',
      () => ({ user: room, token: keycloakToken({ sub: '*' }) }),
    ],
    ['a session token that has expired', 'TOKEN_EXPIRED', () => ({ token: changed({ exp: seconds() - 1 }) })],
    [
      'a session token of another secret',
      'TOKEN_INVALID',
      () => ({ token: sessionToken(alice, room, 60_000, 'another-secret-another-secret-another') }),
    ],
    [
      'a session token that was changed',
      'TOKEN_INVALID',
      () => ({ token: changed({ sub: 'another' }, {}, 'sha256', 'guess') }),
    ],
    [
      'a session token that nobody signed',
      'TOKEN_INVALID',
      () => ({ token: `${encoded({ alg: 'none', typ: 'messaging+jwt' })}.${access.token.split('.')[1]}.` }),
    ],
    [
      'a session token of another algorithm',
      'TOKEN_INVALID',
      () => ({ token: changed({}, { alg: 'HS512' }, 'sha512') }),
    ],
    ['a session token for another audience', 'TOKEN_INVALID', () => ({ token: changed({ aud: 'another' }) })],
    ['a session token of another issuer', 'TOKEN_INVALID', () => ({ token: changed({ iss: 'another' }) })],
    [
      'another kind of token of the same secret',
      'TOKEN_INVALID',
      () => ({ token: changed({}, { typ: 'JWT' }) }),
    ],
    ['a session token without an end', 'TOKEN_INVALID', () => ({ token: changed({ exp: undefined }) })],
    [
      'a session token and another room',
      'ROOM_MISMATCH',
      () => ({ user: 'another-room', token: access.token }),
    ],
    [
      'an access token signed with the public key of the realm as a password',
      'TOKEN_INVALID',
      () => ({
        user: room,
        token: world.issuer.token({
          claims: claimsOf({}),
          header: { alg: 'HS256' },
          signature: (input) =>
            createHmac('sha256', world.issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString())
              .update(input)
              .digest(),
        }),
      }),
    ],
  ])('with %s: %s', async (_what, code, options) => {
    expect(await world.refusalOf(options())).toBe(code);
  });

  it('with what is no token of theirs is written to the log', async () => {
    await world.refusalOf({ user: alice.token, token: alice.token });
    const log = JSON.stringify(world.lines());
    expect(log).toContain('callout.refused');
    for (const token of [alice.token, access.token]) {
      expect(log).not.toContain(token);
      expect(log).not.toContain(token.split('.')[2]);
    }
  });

  it('who never joined', async () => {
    const stranger = world.person('stranger');
    expect(await world.refusalOf({ user: room, token: stranger.token })).toBe('NO_SEAT');
    expect(await world.refusalOf({ token: sessionToken(stranger, room) })).toBe('NO_SEAT');
  });

  it('who has left, until they join again', async () => {
    const bob = world.person('bob');
    const { token } = await world.join(room, bob);
    await call('POST', `/rooms/${room}/leave`, { token: bob.token, base: world.service.api });
    expect(await world.refusalOf({ token })).toBe('NO_SEAT');
    await world.join(room, bob);
    await expect(world.connect({ token })).resolves.toBeDefined();
  });

  it('who was put out, with any token that they had', async () => {
    const bob = world.person('bob');
    const theirs = await world.join(room, bob);
    await world.come(theirs);
    await call('POST', `/rooms/${room}/kick/${bob.id}`, { token: alice.token, base: world.service.api });
    expect(await world.refusalOf({ token: theirs.token })).toBe('KICKED');
    expect(await world.refusalOf({ user: room, token: bob.token })).toBe('KICKED');
    expect(await world.refusalOf({ token: sessionToken(bob, room) })).toBe('KICKED');
  });

  it('into a room that has ended', async () => {
    const over = await world.room(alice);
    const { token } = await world.join(over, alice);
    await call('DELETE', `/rooms/${over}`, { token: alice.token, base: world.service.api });
    expect(await world.refusalOf({ token })).toBe('ROOM_ENDED');
  });

  it('who signed out, with any token of that session', async () => {
    const bob = world.person('bob');
    const theirs = await world.join(room, bob);
    const { sid } = decoded(bob.token.split('.')[1] ?? '');
    const logout = world.issuer.token({
      claims: {
        iss: world.issuer.url,
        aud: 'web',
        typ: 'Logout',
        iat: seconds(),
        exp: seconds() + 60,
        sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      },
    });
    const answer = await fetch(`${world.service.api}/keycloak/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: logout }),
    });
    expect(answer.status).toBe(200);
    expect(await world.refusalOf({ token: theirs.token })).toBe('TOKEN_REVOKED');
    expect(await world.refusalOf({ user: room, token: bob.token })).toBe('TOKEN_REVOKED');
  });
});

describe('a connection', () => {
  it.each<[string, (exp: number) => NodeConnectionOptions]>([
    ['their access token', (exp) => ({ user: room, token: keycloakToken({ exp }) })],
    ['a session token', (exp) => ({ token: changed({ exp }) })],
  ])('by %s ends when that does, and not before', async (_what, options) => {
    const exp = seconds() + 3;
    const connection = await world.connect(options(exp));
    const ended = connection.closed();
    await sleep(exp * 1_000 - Date.now() - 1_000);
    expect(connection.isClosed()).toBe(false);
    expect(await ended).toMatchObject({ name: 'UserAuthenticationExpiredError' });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 1_000);
  });

  it('that has ended comes back with a newer token, where it was', async () => {
    const exp = seconds() + 2;
    let token = changed({ exp });
    const connection = await world.connect({
      authenticator: () => ({ auth_token: token }),
      reconnect: true,
      reconnectTimeWait: 50,
      inboxPrefix: access.inbox,
      ignoreAuthErrorAbort: true,
    });
    const first = connection.info?.client_id;
    token = changed({ exp: exp + 60 });
    await eventually(async () => {
      expect(connection.info?.client_id).not.toBe(first);
      await connection.flush();
    });
  });
});
