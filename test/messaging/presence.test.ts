import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Counted, openCounted } from './counted.ts';
import type { Access } from './world.ts';

/** Who is there, as nats-server says: real clients, some in processes that are killed and frozen. */

jest.setTimeout(60_000);

let counted: Counted;
beforeAll(async () => {
  // Longer than a server waits for the callout (nats.conf): who connects before we are back comes in then.
  counted = await openCounted({ ROOM_EMPTY_GRACE: '5s' });
});
afterAll(async () => counted?.[Symbol.asyncDispose]());

const processes: ChildProcess[] = [];
afterEach(() => {
  for (const one of processes.splice(0)) one.kill('SIGKILL');
});

/** Resolves when the client is connected. */
async function runClient({ token, inbox }: Access): Promise<ChildProcess> {
  const told = JSON.stringify({ servers: counted.world.nats.url, token, inboxPrefix: inbox });
  const child = spawn(process.execPath, [join(import.meta.dirname, 'client-process.ts'), told], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  processes.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

/** A host, who is in by NATS, and a guest, who has joined; nobody else keeps the room from ending. */
async function anEvening() {
  const { world } = counted;
  const [host, guest] = [world.person('host'), world.person('guest')];
  const roomId = await world.room(host);
  await world.come(await world.join(roomId, host));
  const access = await world.join(roomId, guest);
  return { roomId, host, guest, access };
}

const seesConnections = (roomId: string, userId: string, count: number, within?: number) =>
  eventually(async () => {
    expect(await counted.connectionsOf(roomId, userId)).toHaveLength(count);
  }, within);

const seesNoSeat = (roomId: string, userId: string) =>
  eventually(async () => expect(await counted.connectionsOf(roomId, userId)).toBeNull(), 20_000);

it('counts one who connects, and one who closes as gone at once and after the grace as having left', async () => {
  const { roomId, guest, access } = await anEvening();
  expect(await counted.connectionsOf(roomId, guest.id)).toEqual([]);
  const connection = await counted.world.come(access);
  await seesConnections(roomId, guest.id, 1);
  await connection.close();
  await seesConnections(roomId, guest.id, 0);
  await seesNoSeat(roomId, guest.id);
  const { body } = await call('GET', `/rooms/${roomId}/participants`, { base: counted.world.service.api });
  expect(body['former']).toEqual([expect.objectContaining({ userId: guest.id })]);
});

it('keeps the seat of one who comes back within the grace', async () => {
  const { roomId, guest, access } = await anEvening();
  await (await counted.world.come(access)).close();
  await counted.world.come(access);
  await seesConnections(roomId, guest.id, 1);
  await sleep(7_000);
  await seesConnections(roomId, guest.id, 1);
  expect(await counted.countOf('participant.left', roomId, guest.id)).toBe(0);
});

it('sees at once that a client was killed', async () => {
  const { roomId, guest, access } = await anEvening();
  const client = await runClient(access);
  await seesConnections(roomId, guest.id, 1);
  client.kill('SIGKILL');
  await seesConnections(roomId, guest.id, 0, 5_000);
  await seesNoSeat(roomId, guest.id);
});

it('takes one who is frozen for present until they have not answered for long enough, and then for gone', async () => {
  const { roomId, guest, access } = await anEvening();
  const client = await runClient(access);
  await seesConnections(roomId, guest.id, 1);
  client.kill('SIGSTOP');
  // Asked after every ten seconds, the second silence is the last.
  await sleep(5_000);
  await seesConnections(roomId, guest.id, 1);
  await seesConnections(roomId, guest.id, 0, 45_000);
  await seesNoSeat(roomId, guest.id);
});

it('keeps the seat of one who has two connections for as long as one of them stands', async () => {
  const { roomId, guest, access } = await anEvening();
  const [first, second] = [await counted.world.come(access), await counted.world.come(access)];
  await seesConnections(roomId, guest.id, 2);
  await first.close();
  await seesConnections(roomId, guest.id, 1);
  await sleep(7_000);
  await seesConnections(roomId, guest.id, 1);
  await second.close();
  await seesNoSeat(roomId, guest.id);
});

it('counts each event once, though both instances hear it', async () => {
  const { roomId, guest, access } = await anEvening();
  const connection = await counted.world.come(access);
  await seesConnections(roomId, guest.id, 1);
  const sawIt = (lines: readonly Readonly<Record<string, unknown>>[], event: string) =>
    lines.filter((line) => line['event'] === event && line['userId'] === guest.id).length;
  for (const { lines } of [counted.world, counted.second])
    await eventually(() => expect(sawIt(lines(), 'participant.connected')).toBe(1));
  await connection.close();
  await seesNoSeat(roomId, guest.id);
  for (const { lines } of [counted.world, counted.second])
    await eventually(() => expect(sawIt(lines(), 'participant.disconnected')).toBe(1));
  await eventually(async () => expect(await counted.countOf('participant.left', roomId, guest.id)).toBe(1));
  expect(await counted.countOf('participant.joined', roomId, guest.id)).toBe(1);
});

it('does not believe the name that a client gives itself', async () => {
  const { roomId, host, guest, access } = await anEvening();
  await seesConnections(roomId, host.id, 1);
  await counted.world.come(access, { name: `${roomId}/${host.id}` });
  await seesConnections(roomId, guest.id, 1);
  await seesConnections(roomId, host.id, 1);
});

it('counts out a connection that no server has', async () => {
  const { roomId, guest, access } = await anEvening();
  await counted.world.come(access);
  await seesConnections(roomId, guest.id, 1);
  await counted.haunt(roomId, guest.id, `nats:N${'A'.repeat(55)}.7`);
  await seesConnections(roomId, guest.id, 2);
  await seesConnections(roomId, guest.id, 1, 20_000);
});

it('knows who is there after the server was killed and started again, which told nobody of it', async () => {
  const { roomId, guest, access } = await anEvening();
  const [before, stays] = [counted.world.person('before'), counted.world.person('stays')];
  await counted.world.come(await counted.world.join(roomId, before));
  const itsAccess = await counted.world.join(roomId, stays);
  // Without the timeout the library waits for 20 s where nobody answers the callout yet.
  await counted.world.come(itsAccess, {
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    timeout: 4_000,
    ignoreAuthErrorAbort: true,
  });
  await counted.world.come(access);
  for (const { id } of [guest, before, stays]) await seesConnections(roomId, id, 1);
  const first = await counted.connectionsOf(roomId, stays.id);
  await counted.world.nats.stop();
  await counted.world.nats.start();
  await seesNoSeat(roomId, before.id);
  await eventually(async () => {
    const now = await counted.connectionsOf(roomId, stays.id);
    expect(now).toHaveLength(1);
    expect(now).not.toEqual(first);
  }, 20_000);
});
