import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { administer } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import { first, lobbyIsQuiet, ofTheRoom, people, second, socketAt, texts } from './support.ts';

/** Who is let in at the socket, for how long, and how they are told that it is over. */

/** A timer may be this early by the clock on the wall. Milliseconds. */
const TIMER_SLACK = 20;

const open: TestSocket[] = [];
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.disconnect();
});
function keep(socket: TestSocket): TestSocket {
  open.push(socket);
  return socket;
}

const once = (socket: Socket, name: string): Promise<unknown> =>
  new Promise((resolve) => socket.once(name, resolve));

type Options = Partial<ManagerOptions & SocketOptions>;

/** What a socket is refused with. Fails when it is let in. */
async function refusalOf(base: string, options: Options): Promise<{ code: string; message: string }> {
  const opened = openSocket(undefined, base, { reconnection: false, ...options });
  const error = await opened.then(
    (socket) => {
      keep(socket);
      throw new Error('it was let in');
    },
    (refused: unknown) => refused as Error & { data?: { code: string; message: string } },
  );
  if (!error.data) throw error;
  return error.data;
}

/** Waits until the socket is cut for good, and answers what it was told before. */
async function endOf(socket: TestSocket): Promise<unknown> {
  await eventually(() => expect(socket.cuts).toEqual(['io server disconnect']));
  expect(socket.socket.active).toBe(false);
  expect(socket.heard.at(-1)?.name).toBe('session:ended');
  return socket.all('session:ended');
}

describe('tokens of a realm of our own', () => {
  let issuer: Issuer;
  let service: Awaited<ReturnType<typeof startInstance>>;
  beforeAll(async () => {
    issuer = await startIssuer();
    service = await startInstance({
      KEYCLOAK_ISSUER: issuer.url,
      SOCKET_TOKEN_WARNING: '1s',
      SHUTDOWN_GRACE: '0ms',
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const seconds = () => Math.floor(Date.now() / 1_000);
  const tokenUntil = (exp: number, more: object = {}) =>
    issuer.token({ claims: issuer.claims({ exp, ...more }) });
  /** A token that holds so many seconds from now. */
  const tokenFor = (left: number, more: object = {}) => tokenUntil(seconds() + left, more);
  const asText = (exp: number) => new Date(exp * 1_000).toISOString();
  const connectWith = async (token: string): Promise<TestSocket> =>
    keep(await openSocket(token, service.url));

  it.each<[string, string, () => unknown]>([
    ['none', 'UNAUTHENTICATED', () => undefined],
    ['an empty one', 'UNAUTHENTICATED', () => ''],
    ['null', 'UNAUTHENTICATED', () => null],
    ['a number', 'UNAUTHENTICATED', () => 7],
    ['an object', 'UNAUTHENTICATED', () => ({ $ne: null })],
    ['a list with a good one', 'UNAUTHENTICATED', () => [tokenFor(60)]],
    ['garbage', 'TOKEN_INVALID', () => 'garbage'],
    ['a bearer header', 'TOKEN_INVALID', () => `Bearer ${tokenFor(60)}`],
    ['one without its signature', 'TOKEN_INVALID', () => tokenFor(60).replace(/[^.]*$/, '')],
    ['one of another realm', 'TOKEN_INVALID', () => tokenFor(60, { iss: 'http://127.0.0.1/realms/other' })],
    ['an ID token', 'TOKEN_INVALID', () => tokenFor(60, { typ: 'ID' })],
    ['one for another audience', 'TOKEN_INVALID', () => tokenFor(60, { aud: 'account' })],
    ['one of 20,000 characters', 'TOKEN_INVALID', () => 'x'.repeat(20_000)],
    ['one that has expired', 'TOKEN_EXPIRED', () => tokenFor(-60)],
  ])('instead of a good token, %s is refused: %s', async (_what, code, make) => {
    const { message, ...refused } = await refusalOf(service.url, { auth: { token: make() } });
    expect(refused).toEqual({ code });
    expect(message).toMatch(/^[A-Z].*\.$/);
  });

  it('must come in `auth`: neither the address nor a header is looked at', async () => {
    const token = tokenFor(60);
    for (const options of [
      { query: { token } },
      { query: { access_token: token } },
      { extraHeaders: { authorization: `Bearer ${token}` } },
    ])
      expect((await refusalOf(service.url, options)).code).toBe('UNAUTHENTICATED');
  });

  it('let nobody into another namespace', async () => {
    const other = keep(new TestSocket(tokenFor(60), `${service.url}/admin`, { reconnection: false }));
    expect(await once(other.socket, 'connect_error')).toMatchObject({ message: 'Invalid namespace' });
  });

  it('end with the socket: warned before, told why and cut; with a new one it goes on where it was', async () => {
    const sub = crypto.randomUUID();
    const eve = await connectWith(tokenFor(60));
    const exp = seconds() + 3;
    const token = tokenUntil(exp, { sub });
    const made = await call('POST', '/rooms', { token, base: service.api, body: { title: 'A test' } });
    const roomId = String(made.body['id']);
    const socket = await connectWith(token);
    for (const one of [socket, eve]) await one.do('room:join', { roomId });

    expect(await socket.hear('auth:expiring')).toEqual({ expiresAt: asText(exp) });
    expect(await endOf(socket)).toEqual([{ code: 'TOKEN_EXPIRED', message: expect.any(String) }]);
    expect(Date.now()).toBeGreaterThan(exp * 1_000 - TIMER_SLACK);
    expect(ofTheRoom(socket).slice(-2)).toEqual(['auth:expiring', 'session:ended']);
    expect(socket.all('auth:expiring')).toHaveLength(1);

    await eve.do('chat:message', { message: 'meanwhile' });
    socket.socket.auth = { token: tokenFor(60, { sub }) };
    await socket.comeBack();
    expect(socket.socket.recovered).toBe(true);
    await socket.hear('chat:message');
    expect(texts(socket)).toEqual(['meanwhile']);
    expect(eve.all('room:user-left')).toEqual([]);
  });

  it('are renewed by the client, whose socket stays, and is warned before the new one ends', async () => {
    const socket = await connectWith(tokenFor(2));
    await socket.hear('auth:expiring');
    const exp = seconds() + 2;
    const renewed = await socket.do('auth:renew', { token: tokenUntil(exp, { sid: 'another-session' }) });
    expect(renewed).toEqual({ ok: true, expiresAt: asText(exp) });
    await socket.hear('auth:expiring', ({ expiresAt }) => expiresAt === asText(exp));
    expect(socket.cuts).toEqual([]);
    await endOf(socket);
    expect(Date.now()).toBeGreaterThan(exp * 1_000 - TIMER_SLACK);
  });

  it('are not renewed with one that is no good, and the one that was there goes on', async () => {
    const socket = await connectWith(tokenFor(60));
    const answers = [];
    for (const token of ['garbage', tokenFor(-60), tokenFor(60, { sub: 'mallory' })])
      answers.push(await socket.ask('auth:renew', { token }));
    expect(answers.map(({ error }) => error?.code)).toEqual([
      'TOKEN_INVALID',
      'TOKEN_EXPIRED',
      'IDENTITY_MISMATCH',
    ]);
    expect((await socket.ask('hand:raise')).error?.code).toBe('NO_SEAT');
    expect([socket.cuts, socket.all('session:ended')]).toEqual([[], []]);
  });
});

describe('a session that is ended in Keycloak', () => {
  const sessionOf = (token: string): string =>
    (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string }).sid;

  it('cuts its sockets at both instances, told why, and nobody else', async () => {
    const [alice, bob] = await people('alice', 'bob');
    const room = await newRoom(alice.token);
    const ended = (await Promise.all([first, second].map((place) => socketAt(place, alice)))).map(keep);
    const others = (await Promise.all([first, second].map((place) => socketAt(place, bob)))).map(keep);
    for (const socket of [...ended, ...others]) await socket.do('room:join', { roomId: room.id });

    await administer('DELETE', `/sessions/${sessionOf(alice.token)}`);
    for (const socket of ended)
      expect(await endOf(socket)).toEqual([{ code: 'TOKEN_REVOKED', message: expect.any(String) }]);
    for (const socket of others) {
      await socket.do('chat:message', { message: 'still here' });
      expect(socket.cuts).toEqual([]);
    }
    for (const { url } of [first, second])
      expect((await refusalOf(url, { auth: { token: alice.token } })).code).toBe('TOKEN_REVOKED');
  });

  it('does not let its client come back to where it was', async () => {
    const [alice] = await people('alice');
    const socket = keep(await socketAt(first, alice));
    await socket.goAway();
    await administer('DELETE', `/sessions/${sessionOf(alice.token)}`);
    await eventually(async () => {
      const { code } = await refusalOf(second.url, { auth: { token: alice.token } });
      expect(code).toBe('TOKEN_REVOKED');
    });
    await expect(socket.comeBack(second.url)).rejects.toMatchObject({ data: { code: 'TOKEN_REVOKED' } });
  });
});

describe('a page of an origin', () => {
  const from = (origin: string, transport: string): Options => ({
    transports: [transport],
    extraHeaders: { origin },
  });

  it.each(['polling', 'websocket'])('that is not allowed gets no connection, by %s', async (transport) => {
    const [alice] = await people('alice');
    for (const base of [first.url, second.url, output('PUBLIC_URL')])
      for (const origin of ['http://evil.test', 'null', `${output('PUBLIC_URL')}.evil.test`]) {
        const options = { ...from(origin, transport), reconnection: false };
        const { socket } = keep(new TestSocket(alice.token, base, options));
        const how = await Promise.race([
          once(socket, 'connect').then(() => 'let in'),
          once(socket, 'connect_error').then((error) => (error as Error).message),
        ]);
        expect(how).toMatch(/^(xhr poll error|websocket error)$/);
      }
  });

  it.each(['polling', 'websocket'])('that is allowed gets one, by %s', async (transport) => {
    const [alice] = await people('alice');
    const socket = keep(await openSocket(alice.token, first.url, from(output('PUBLIC_URL'), transport)));
    await lobbyIsQuiet(alice, socket);
  });
});
