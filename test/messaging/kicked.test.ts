import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { NatsConnection } from '@nats-io/nats-core';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Counted, openCounted } from './counted.ts';
import { type NatsServers, startNatsServers } from './nats-servers.ts';
import type { Person } from './world.ts';

/** Whoever is out is out of NATS too, at whichever of three servers they are, and whichever instance put them out. */

jest.setTimeout(60_000);

let nats: NatsServers;
let counted: Counted;
beforeAll(async () => {
  nats = await startNatsServers(3);
  counted = await openCounted({ ...nats.settings });
});
afterAll(async () => {
  await counted?.[Symbol.asyncDispose]();
  await nats?.[Symbol.asyncDispose]();
});

async function anEvening() {
  const { world } = counted;
  const [host, guest] = [world.person('host'), world.person('guest')];
  const roomId = await world.room(host);
  const hosts = await comeIn(roomId, host);
  return { roomId, host, guest, hosts };
}

/** Joins, and connects to one of the servers. */
async function comeIn(roomId: string, person: Person, server = 0): Promise<NatsConnection> {
  const access = await counted.world.join(roomId, person);
  return counted.world.come(access, { servers: nats.urls[server] ?? '' });
}

const asHost = (method: string, path: string, { token }: Person, base = counted.world.service.api) =>
  call(method, path, { token, base });

const kick = (roomId: string, host: Person, guest: Person, base?: string) =>
  asHost('POST', `/rooms/${roomId}/kick/${guest.id}`, host, base);

const isClosed = (...connections: readonly NatsConnection[]) =>
  eventually(() => expect(connections.map((one) => one.isClosed())).toEqual(connections.map(() => true)));

const counts = (roomId: string, person: Person, count: number) =>
  eventually(async () => expect(await counted.connectionsOf(roomId, person.id)).toHaveLength(count));

it.each(['first', 'second'])(
  'closes every connection of one who is kicked at the %s instance, and nobody else’s',
  async (which) => {
    const { roomId, host, guest, hosts } = await anEvening();
    const theirs = await Promise.all([0, 1, 2].map((server) => comeIn(roomId, guest, server)));
    const elsewhere = await counted.world.room(host);
    const other = await comeIn(elsewhere, guest, 1);
    await kick(roomId, host, guest, which === 'first' ? undefined : counted.second.api);
    await isClosed(...theirs);
    expect([hosts.isClosed(), other.isClosed()]).toEqual([false, false]);
  },
);

it('lets one who was kicked in by no token, until they are forgiven', async () => {
  const { roomId, host, guest } = await anEvening();
  const access = await counted.world.join(roomId, guest);
  const connection = await counted.world.come(access, { servers: nats.urls });
  await kick(roomId, host, guest);
  await isClosed(connection);
  const bySession = { servers: nats.urls, token: access.token, inboxPrefix: access.inbox };
  const bySignIn = { servers: nats.urls, user: roomId, token: guest.token, inboxPrefix: access.inbox };
  for (const way of [bySession, bySignIn]) await expect(counted.world.connect(way)).rejects.toThrow();
  await asHost('DELETE', `/rooms/${roomId}/kick/${guest.id}`, host);
  expect((await comeIn(roomId, guest)).isClosed()).toBe(false);
});

it('leaves nobody connected who was kicked while they were connecting', async () => {
  const { roomId, host } = await anEvening();
  const guests = Array.from({ length: 4 }, (_, n) => counted.world.person(`guest-${n}`));
  await Promise.all(
    guests.map(async (guest, n) => {
      const access = await counted.world.join(roomId, guest);
      const connecting = Array.from({ length: 5 }, (_, server) =>
        counted.world.come(access, { servers: nats.urls[server % 3] ?? '' }).catch(() => null),
      );
      await new Promise((resolve) => setTimeout(resolve, n * 4));
      await kick(roomId, host, guest);
      const came = (await Promise.all(connecting)).filter((one) => one !== null);
      await isClosed(...came);
    }),
  );
  await eventually(async () =>
    expect(await Promise.all(guests.map(({ id }) => counted.connectionsOf(roomId, id)))).toEqual(
      guests.map(() => null),
    ),
  );
});

it('closes the connections of one who leaves through another door', async () => {
  const { roomId, guest, hosts } = await anEvening();
  const connection = await comeIn(roomId, guest, 2);
  await counts(roomId, guest, 1);
  await asHost('POST', `/rooms/${roomId}/leave`, guest);
  await isClosed(connection);
  expect(hosts.isClosed()).toBe(false);
});

it('counts the connection of one who left and was back before it was closed', async () => {
  const { roomId, guest } = await anEvening();
  const connection = await comeIn(roomId, guest, 2);
  await counts(roomId, guest, 1);
  await asHost('POST', `/rooms/${roomId}/leave`, guest);
  await counted.world.join(roomId, guest);
  await counts(roomId, guest, 1);
  expect(connection.isClosed()).toBe(false);
});

it('closes the connections of everybody when the room ends', async () => {
  const { roomId, host, guest, hosts } = await anEvening();
  const theirs = [await comeIn(roomId, guest, 1), await comeIn(roomId, guest, 2)];
  await asHost('DELETE', `/rooms/${roomId}`, host, counted.second.api);
  await isClosed(hosts, ...theirs);
});
