import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { broken, type KeyServer, startKeyServer } from '../../test/support/key-server.ts';
import { newSigningPair } from '../../test/support/signing-key.ts';
import { ServiceError } from '../errors.ts';
import { createLogger } from '../telemetry/index.ts';
import { createKeycloakCallbacks, type KeycloakCallbacks } from './keycloak-callbacks.ts';
import type { Revocations } from './revocations.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';

const ISSUER = 'https://login.test/realms/meetings';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ours = newSigningPair('ours');
const foreign = newSigningPair('ours');
const keycloak = { issuer: ISSUER, clientId: 'realtime-service', allowedClients: ['web'] };
const now = Math.floor(Date.now() / 1_000);

/** What `Revocations` promises, without MongoDB. */
function memoryRevocations() {
  const sessions = new Set<string>();
  const users = new Map<string, number>();
  let notBefore = { time: 0, order: 0 };
  const revocations: Revocations = {
    prepare: async () => {},
    check({ user, sessionId, issuedAt }) {
      const isVoid =
        issuedAt < notBefore.time ||
        (sessionId !== null && sessions.has(sessionId)) ||
        issuedAt <= (users.get(user.id) ?? Number.NEGATIVE_INFINITY);
      if (isVoid) throw new ServiceError('TOKEN_REVOKED', 'revoked');
    },
    async setNotBefore(time, order) {
      if (order >= notBefore.order) notBefore = { time, order };
    },
    revokeSession: async (sessionId) => void sessions.add(sessionId),
    revokeUser: async (userId, time) => void users.set(userId, Math.max(time, users.get(userId) ?? 0)),
    notBefore: () => notBefore.time,
    [Symbol.asyncDispose]: async () => {},
  };
  return { revocations, isEmpty: () => notBefore.time === 0 && sessions.size === 0 && users.size === 0 };
}

let server: KeyServer;
let keys: SigningKeys;
let memory: ReturnType<typeof memoryRevocations>;
let callbacks: KeycloakCallbacks;
const logger = createLogger(
  { instanceId: 'test', log: { level: 'error', format: 'json' } },
  new PassThrough(),
);

beforeAll(async () => {
  server = await startKeyServer(ours);
  keys = createSigningKeys(server.realmUrl, () => {});
});
beforeEach(() => {
  memory = memoryRevocations();
  callbacks = callbacksWith(keys);
});
afterAll(async () => {
  await keys[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

function callbacksWith(signingKeys: SigningKeys): KeycloakCallbacks {
  const { revocations } = memory;
  return createKeycloakCallbacks({
    keys: signingKeys,
    revocations,
    keycloak,
    now: () => new Date(now * 1_000),
    logger,
  });
}

const alice = (more: { sessionId?: string; issuedAt?: number } = {}) => ({
  user: { id: 'alice', name: 'Alice' },
  sessionId: 'a-session',
  issuedAt: now,
  ...more,
});
const isRevoked = (...who: Parameters<typeof alice>): boolean => {
  try {
    memory.revocations.check(alice(...who));
    return false;
  } catch {
    return true;
  }
};
const notOurs = { name: 'ServiceError', code: 'SIGNATURE_INVALID' };

describe("an administrator's action, pushed by Keycloak", () => {
  const action = (more: Record<string, unknown> = {}) => ({
    id: 'x',
    action: 'PUSH_NOT_BEFORE',
    resource: 'realtime-service',
    expiration: now + 30,
    notBefore: now - 5,
    ...more,
  });

  it('makes tokens issued before its time void, and leaves those issued from then on', async () => {
    await callbacks.adminAction(ours.jwt(action()));
    expect(isRevoked({ issuedAt: now - 6 })).toBe(true);
    expect(isRevoked({ issuedAt: now - 5 })).toBe(false);
  });

  it('is read with the line end that Keycloak may send after it', async () => {
    await callbacks.adminAction(`${ours.jwt(action())}\n`);
    expect(memory.revocations.notBefore()).toBe(now - 5);
  });

  it('may take a not-before back, when it is the newer one', async () => {
    await callbacks.adminAction(ours.jwt(action({ expiration: now + 30 })));
    await callbacks.adminAction(ours.jwt(action({ notBefore: 0, expiration: now + 31 })));
    expect(memory.revocations.notBefore()).toBe(0);
  });

  it('that is older than one before changes nothing, held back or sent again', async () => {
    const older = ours.jwt(action({ notBefore: 0, expiration: now + 20 }));
    await callbacks.adminAction(ours.jwt(action({ expiration: now + 30 })));
    await callbacks.adminAction(older);
    expect(memory.revocations.notBefore()).toBe(now - 5);
  });

  it('ends the sessions that a logout names, and no other', async () => {
    await callbacks.adminAction(ours.jwt(action({ action: 'LOGOUT', keycloakSessionIds: ['one', 'two'] })));
    expect(isRevoked({ sessionId: 'one' })).toBe(true);
    expect(isRevoked({ sessionId: 'two' })).toBe(true);
    expect(isRevoked({ sessionId: 'three' })).toBe(false);
    expect(memory.revocations.notBefore()).toBe(0);
  });

  it.each([undefined, null, []])(
    'that logs everybody out sets its time (sessions: %j)',
    async (keycloakSessionIds) => {
      await callbacks.adminAction(ours.jwt(action({ action: 'LOGOUT', keycloakSessionIds })));
      expect(memory.revocations.notBefore()).toBe(now - 5);
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ['for another client', { resource: 'another-service' }],
    ['for no client', { resource: undefined }],
    ['that has expired', { expiration: now }],
    ['that never expires', { expiration: undefined }],
    ['that is another', { action: 'TEST_AVAILABILITY' }],
    ['that is none', { action: undefined }],
    ['whose time is no whole number', { notBefore: 1.5 }],
    ['whose time is negative', { notBefore: -1 }],
    ['whose sessions are no list', { action: 'LOGOUT', keycloakSessionIds: 'one' }],
  ])('is refused when it is one %s', async (_what, more) => {
    await expect(callbacks.adminAction(ours.jwt(action(more)))).rejects.toMatchObject(notOurs);
    expect(memory.isEmpty()).toBe(true);
  });

  it.each<[string, () => string]>([
    ['a foreign key', () => foreign.jwt(action())],
    ['nobody', () => ours.jwt(action()).replace(/[^.]*$/, '')],
    ['no key at all', () => JSON.stringify(action())],
    ['an unknown key', () => ours.jwt(action(), { kid: 'unknown' })],
  ])('is refused when it is signed by %s', async (_what, body) => {
    await expect(callbacks.adminAction(body())).rejects.toMatchObject(notOurs);
    expect(memory.isEmpty()).toBe(true);
  });

  it('is not refused for good when the keys cannot be had: Keycloak is to send it again', async () => {
    await using down = await startKeyServer();
    down.answer(broken);
    await using none = createSigningKeys(down.realmUrl, () => {});
    await expect(callbacksWith(none).adminAction(ours.jwt(action()))).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });
});

describe('a back-channel logout', () => {
  const logout = (more: Record<string, unknown> = {}) => ({
    iss: ISSUER,
    aud: 'web',
    typ: 'Logout',
    iat: now,
    exp: now + 60,
    jti: 'x',
    sub: 'alice',
    sid: 'a-session',
    events: { [EVENT]: {} },
    ...more,
  });

  it('ends the session and every token that the user has by then, and no token that comes later', async () => {
    await callbacks.backchannelLogout(ours.jwt(logout()));
    expect(isRevoked({ issuedAt: now + 10 })).toBe(true);
    expect(isRevoked({ sessionId: 'another', issuedAt: now })).toBe(true);
    expect(isRevoked({ sessionId: 'another', issuedAt: now + 1 })).toBe(false);
  });

  it('without a session ends the tokens of the user', async () => {
    await callbacks.backchannelLogout(ours.jwt(logout({ sid: undefined })));
    expect(isRevoked()).toBe(true);
    expect(isRevoked({ issuedAt: now + 1 })).toBe(false);
  });

  it('without a user ends the session, and nobody else', async () => {
    await callbacks.backchannelLogout(ours.jwt(logout({ sub: undefined })));
    expect(isRevoked()).toBe(true);
    expect(isRevoked({ sessionId: 'another' })).toBe(false);
  });

  it.each(['realtime-service', 'web'])('is meant for us when its audience is %s', async (aud) => {
    await callbacks.backchannelLogout(ours.jwt(logout({ aud })));
    expect(isRevoked()).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['with a nonce, which makes it an ID token in disguise', { nonce: 'n' }],
    ['with an empty nonce', { nonce: '' }],
    ['without its event', { events: {} }],
    ['without events', { events: undefined }],
    ['with another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['whose event is no object', { events: { [EVENT]: true } }],
    ['with neither session nor user', { sid: undefined, sub: undefined }],
    ['of another type', { typ: 'ID' }],
    ['without a type', { typ: undefined }],
    ['without a time', { iat: 'now' }],
    ['of another issuer', { iss: 'https://login.test/realms/other' }],
    ['for another client', { aud: 'another-app' }],
    ['that has expired', { exp: now - 60 }],
  ])('is refused %s', async (_what, more) => {
    await expect(callbacks.backchannelLogout(ours.jwt(logout(more)))).rejects.toMatchObject(notOurs);
    expect(memory.isEmpty()).toBe(true);
  });

  it('is refused when a foreign key signed it', async () => {
    await expect(callbacks.backchannelLogout(foreign.jwt(logout()))).rejects.toMatchObject(notOurs);
    expect(memory.isEmpty()).toBe(true);
  });

  it('is refused when it is an access token', async () => {
    const access = {
      iss: ISSUER,
      aud: 'web',
      typ: 'Bearer',
      azp: 'web',
      sub: 'alice',
      sid: 'a-session',
      iat: now,
    };
    await expect(callbacks.backchannelLogout(ours.jwt(access))).rejects.toMatchObject(notOurs);
    expect(memory.isEmpty()).toBe(true);
  });
});
