import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { administer, grant, newPerson, realmUrl, signIn } from '../support/keycloak.ts';
import { instanceApis, output } from '../support/stack.ts';

/** What each instance says of a token: the status of a join that would otherwise be a 404. */
const everywhere = (token: string) =>
  Promise.all(
    instanceApis.map(async (base) => {
      const { status, body } = await call('POST', '/rooms/nowhere/join', { token, base });
      return [status, body['code']];
    }),
  );

async function signInWithRefresh(username: string) {
  const url = `${realmUrl}/protocol/openid-connect/token`;
  const first = await grant(url, { client_id: 'web', username, password: username });
  const form = { grant_type: 'refresh_token', client_id: 'web', refresh_token: first.refresh_token };
  return { token: first.access_token, refreshed: async () => (await grant(url, form)).access_token };
}

const stands = instanceApis.map(() => [404, 'ROOM_NOT_FOUND']);
const revoked = instanceApis.map(() => [401, 'TOKEN_REVOKED']);
/** spec/1-realtime.md: "useless at every instance within a second". */
const WITHIN = 1_000;

describe('a not-before, pushed from Keycloak', () => {
  afterAll(async () => {
    await administer('PUT', '', { notBefore: 0 });
    await administer('POST', '/push-revocation');
  });

  it('makes older tokens useless at every instance, and newer ones work', async () => {
    const person = await newPerson();
    expect(await everywhere(person.token)).toEqual(stands);
    // Keycloak counts in seconds: a token of this very second is not older than it.
    await sleep(1_100);
    await administer('PUT', '', { notBefore: Math.floor(Date.now() / 1_000) });
    const { body } = await administer('POST', '/push-revocation');
    expect(body).toMatchObject({ successRequests: [expect.stringContaining('/api/realtime/keycloak')] });

    await eventually(async () => expect(await everywhere(person.token)).toEqual(revoked), WITHIN);
    await eventually(async () => expect(await everywhere(await signIn(person.username))).toEqual(stands));
  });
});

describe('a logout, told by Keycloak over the back channel', () => {
  it("makes the session's tokens useless at every instance; the user's other session goes on with a new token", async () => {
    const person = await newPerson();
    const other = await signInWithRefresh(person.username);
    const session = JSON.parse(Buffer.from(person.token.split('.')[1] ?? '', 'base64url').toString()) as {
      sid: string;
    };
    expect(await everywhere(person.token)).toEqual(stands);

    await administer('DELETE', `/sessions/${session.sid}`);

    await eventually(async () => expect(await everywhere(person.token)).toEqual(revoked), WITHIN);
    // A token of the very second of the logout counts as older than it.
    await eventually(async () => expect(await everywhere(await other.refreshed())).toEqual(stands));
  });

  it('of all sessions of a user makes every token of theirs useless', async () => {
    const person = await newPerson();
    const other = await signInWithRefresh(person.username);
    await administer('POST', `/users/${person.id}/logout`);
    await eventually(async () => {
      expect(await everywhere(person.token)).toEqual(revoked);
      expect(await everywhere(other.token)).toEqual(revoked);
    }, WITHIN);
    await expect(other.refreshed()).rejects.toThrow('invalid_grant');
  });
});

describe("Keycloak's callbacks", () => {
  const unsigned = (payload: object) =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;

  it.each([
    [
      'k_push_not_before',
      'text/plain',
      unsigned({ action: 'PUSH_NOT_BEFORE', resource: 'realtime-service', notBefore: 4e9, expiration: 4e9 }),
    ],
    ['k_push_not_before', 'text/plain', 'nonsense'],
    [
      'k_logout',
      'text/plain',
      unsigned({ action: 'LOGOUT', resource: 'realtime-service', notBefore: 4e9, expiration: 4e9 }),
    ],
    [
      'backchannel-logout',
      'application/x-www-form-urlencoded',
      `logout_token=${unsigned({ typ: 'Logout', sub: 'x', iat: 1 })}`,
    ],
  ])('refuse what the realm did not sign: %s', async (name, type, body) => {
    const response = await fetch(`${output('PUBLIC_URL')}/api/realtime/keycloak/${name}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      401,
      'SIGNATURE_INVALID',
    ]);
    expect(await everywhere((await newPerson()).token)).toEqual(stands);
  });

  it.each(['k_push_not_before', 'k_logout', 'backchannel-logout'])(
    'refuse a user token at %s',
    async (name) => {
      const { token } = await newPerson();
      const form = name === 'backchannel-logout';
      const response = await fetch(`${output('PUBLIC_URL')}/api/realtime/keycloak/${name}`, {
        method: 'POST',
        headers: { 'content-type': form ? 'application/x-www-form-urlencoded' : 'text/plain' },
        body: form ? `logout_token=${token}` : token,
      });
      expect(response.status).toBe(401);
    },
  );
});
