import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { call, getRoom, newRoom } from '../support/client.ts';
import { administer, newPerson, realmUrl, signIn } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';

type Role = { id: string; name: string };

async function newAdministrator() {
  const person = await newPerson('admin');
  const { body } = await administer('GET', '/roles/realtime-admin');
  const role = body as Role;
  await administer('POST', `/users/${person.id}/role-mappings/realm`, [role]);
  return { ...person, token: await signIn(person.username), role };
}

/** Passes everything on to Keycloak, until it is cut. */
async function keycloakProxy(): Promise<{ url: string; cut(): Promise<void> }> {
  const server: Server = createServer(async (request, response) => {
    const { authorization, 'content-type': type } = request.headers;
    const body = await text(request);
    const answer = await fetch(new URL(request.url ?? '', realmUrl), {
      method: request.method ?? 'GET',
      headers: { ...(authorization ? { authorization } : {}), ...(type ? { 'content-type': type } : {}) },
      ...(body === '' ? {} : { body }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(realmUrl).pathname}`;
  return {
    url,
    async cut() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("the administrators' routes", () => {
  it('let an administrator see every room and end any', async () => {
    const [admin, host] = await Promise.all([newAdministrator(), newPerson()]);
    const room = await newRoom(host.token, { access: 'private' });

    const listed = await call('GET', '/admin/rooms?limit=100', { token: admin.token });
    expect(listed.status).toBe(200);
    expect((listed.body['rooms'] as unknown as { id: string }[]).map(({ id }) => id)).toContain(room.id);
    const publicly = await call('GET', '/rooms?limit=100');
    expect((publicly.body['rooms'] as unknown as { id: string }[]).map(({ id }) => id)).not.toContain(
      room.id,
    );

    const ended = await call('DELETE', `/admin/rooms/${room.id}`, { token: admin.token });
    expect([ended.status, ended.body['status']]).toEqual([200, 'ENDED']);
    expect((await getRoom(room.id, host.token)).status).toBe('ENDED');
  });

  it.each([
    ['GET', '/admin/rooms'],
    ['DELETE', '/admin/rooms/x'],
  ])('refuse everybody else: %s %s', async (method, path) => {
    const { token } = await newPerson();
    const user = await call(method, path, { token });
    expect([user.status, user.body['code']]).toEqual([403, 'FORBIDDEN']);
    const nobody = await call(method, path);
    expect([nobody.status, nobody.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('ask Keycloak at each call: a role that was taken away is gone with the old token still valid', async () => {
    const admin = await newAdministrator();
    expect((await call('GET', '/admin/rooms', { token: admin.token })).status).toBe(200);
    await administer('DELETE', `/users/${admin.id}/role-mappings/realm`, [admin.role]);
    const after = await call('GET', '/admin/rooms', { token: admin.token });
    expect([after.status, after.body['code']]).toEqual([403, 'FORBIDDEN']);
  });

  it('refuse a disabled administrator at once', async () => {
    const admin = await newAdministrator();
    await administer('PUT', `/users/${admin.id}`, { enabled: false });
    const after = await call('GET', '/admin/rooms', { token: admin.token });
    expect([after.status, after.body['code']]).toEqual([401, 'TOKEN_REVOKED']);
  });

  it('answer 503 while Keycloak is away, when users are still let in by the keys we know', async () => {
    const [admin, host] = await Promise.all([newAdministrator(), newPerson()]);
    const room = await newRoom(host.token);
    const proxy = await keycloakProxy();
    const service = await startInstance({ KEYCLOAK_INTERNAL_URL: proxy.url, LOG_FORMAT: 'json' });
    try {
      expect((await call('GET', '/admin/rooms', { token: admin.token, base: service.api })).status).toBe(200);
      await proxy.cut();
      const away = await call('GET', '/admin/rooms', { token: admin.token, base: service.api });
      expect([away.status, away.body['code']]).toEqual([503, 'KEYCLOAK_UNAVAILABLE']);
      expect(away.headers.get('retry-after')).toBe('2');
      expect(
        (await call('POST', `/rooms/${room.id}/join`, { token: host.token, base: service.api })).status,
      ).toBe(201);
      const health = await fetch(`${service.url}/health/ready`);
      expect([health.status, await health.json()]).toMatchObject([
        200,
        { status: 'UP', components: { keycloak: { status: 'DOWN', needed: false } } },
      ]);
    } finally {
      await service[Symbol.asyncDispose]();
    }
  });
});
