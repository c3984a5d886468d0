import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { ServiceError, Svcm } from '@nats-io/services';
import { createRoomsClient, type RoomsClient, RoomsError } from '../../src/messaging/client/index.ts';
import { dev } from '../../stack/dev-values.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { stack } from '../support/stack.ts';
import { type Counted, openCounted } from './counted.ts';
import { forbidden, type Person } from './world.ts';

/** Other backends, by the login that nats.conf gives them, at two instances. */

let counted: Counted;
let backend: NatsConnection;
let client: RoomsClient;
beforeAll(async () => {
  counted = await openCounted();
  backend = await counted.world.connect({
    user: 'backend',
    pass: dev.natsBackendPassword,
    inboxPrefix: '_INBOX_backend',
  });
  client = createRoomsClient(backend);
});
afterAll(async () => counted?.[Symbol.asyncDispose]());

const overHttp = async (path: string, { token }: Person) =>
  (await call('GET', path, { token, base: counted.world.service.api })).body;

const codeOf = (asking: Promise<unknown>) =>
  asking.then(
    () => 'done',
    (error: unknown) => (error instanceof RoomsError ? error.code : error),
  );

const services = ['rooms-get', 'rooms-list', 'rooms-create', 'rooms-end', 'participants-list']
  .concat(['participants-kick', 'tokens-mint'])
  .toSorted();

describe('the services', () => {
  it('show a room as it is shown over HTTP', async () => {
    const host = counted.world.person('host');
    const roomId = await counted.world.room(host);
    expect(await client.rooms.get({ roomId })).toEqual(await overHttp(`/rooms/${roomId}`, host));
  });

  it('make a room for a host, private if asked to, and list it', async () => {
    const host = { id: counted.world.person('host').id, name: 'Hanna' };
    const room = await client.rooms.create({ title: 'By a backend', access: 'private', host });
    expect(room).toMatchObject({ title: 'By a backend', hostId: host.id, hostName: 'Hanna', status: 'LIVE' });
    const { rooms } = await client.rooms.list({ access: 'private', limit: 100 });
    expect(rooms.map(({ id }) => id)).toContain(room.id);
  });

  it('list by pages', async () => {
    const host = { id: counted.world.person('host').id, name: 'Hanna' };
    for (const title of ['One of three', 'Two of three', 'Three of three'])
      await client.rooms.create({ title, topic: `pages of ${host.id}`, host });
    const first = await client.rooms.list({ topic: `pages of ${host.id}`, limit: 2 });
    const cursor = first.next ?? '';
    const rest = await client.rooms.list({ topic: `pages of ${host.id}`, limit: 2, cursor });
    expect([...first.rooms, ...rest.rooms].map(({ title }) => title)).toEqual([
      'Three of three',
      'Two of three',
      'One of three',
    ]);
    expect(rest.next).toBeNull();
  });

  it('end a room, once and again', async () => {
    const host = counted.world.person('host');
    const roomId = await counted.world.room(host);
    for (const _ of [1, 2]) expect(await client.rooms.end({ roomId })).toMatchObject({ status: 'ENDED' });
    expect(await overHttp(`/rooms/${roomId}`, host)).toMatchObject({ status: 'ENDED' });
  });

  it('put somebody out for good, through every door', async () => {
    const [host, guest] = [counted.world.person('host'), counted.world.person('guest')];
    const roomId = await counted.world.room(host);
    const connection = await counted.world.come(await counted.world.join(roomId, guest));
    const room = await client.participants.kick({ roomId, userId: guest.id });
    expect(room.participants.map(({ userId }) => userId)).toEqual([host.id]);
    await eventually(() => expect(connection.isClosed()).toBe(true));
    await eventually(async () => {
      const { former } = await client.participants.list({ roomId });
      expect(former).toMatchObject([{ userId: guest.id, isKicked: true }]);
    });
    expect(await codeOf(client.tokens.mint({ roomId, user: { id: guest.id, name: 'Guest' } }))).toBe(
      'KICKED',
    );
  });

  it('mint a token through admission, which takes a seat as a join does', async () => {
    const host = counted.world.person('host');
    const roomId = await counted.world.room(host, { maxParticipants: 2 });
    const guest = { id: counted.world.person('guest').id, name: 'Gustav' };
    const minted = await client.tokens.mint({ roomId, user: guest });
    const [, claims = ''] = minted.participant_token.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      sub: guest.id,
      name: 'Gustav',
      video: { room: roomId, roomJoin: true },
    });
    const { present } = await client.participants.list({ roomId });
    expect(present.map(({ userId }) => userId)).toEqual([host.id, guest.id]);
    expect(await codeOf(client.tokens.mint({ roomId, user: { id: 'third', name: 'Third' } }))).toBe(
      'ROOM_FULL',
    );
  });

  it('say what was wrong by our codes, in the headers that NATS’ tools know', async () => {
    const missing = { roomId: 'there-is-none' };
    expect(await codeOf(client.rooms.get(missing))).toBe('ROOM_NOT_FOUND');
    expect(await codeOf(client.tokens.mint({ ...missing, user: { id: 'u', name: 'U' } }))).toBe(
      'ROOM_NOT_FOUND',
    );
    const answer = await backend.request('realtime.rooms.get', JSON.stringify(missing));
    expect(ServiceError.toServiceError(answer)).toMatchObject({ code: 404, message: 'ROOM_NOT_FOUND' });
    const host = counted.world.person('host');
    const roomId = await counted.world.room(host);
    expect(await codeOf(client.participants.kick({ roomId, userId: host.id }))).toBe('INVALID_REQUEST');
  });

  it.each([
    ['not JSON', '{'],
    ['nothing', ''],
    ['another field', '{"roomId":"r","by":"me"}'],
    ['a room id that is none', '{"roomId":"a b"}'],
    ['a list', '[]'],
  ])('refuse %s', async (_, body) => {
    const answer = await backend.request('realtime.rooms.end', body);
    expect(answer.json()).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('name each field that is not as it must be', async () => {
    const wrong = client.rooms.create({ title: '', maxParticipants: 1, host: { id: 'a~b', name: 'A' } });
    const error = await wrong.catch((thrown: RoomsError) => thrown);
    expect(error).toBeInstanceOf(RoomsError);
    expect((error as RoomsError).fields.map(({ path }) => path).toSorted()).toEqual([
      'host.id',
      'maxParticipants',
      'title',
    ]);
  });

  it('are shared by two instances, and show themselves to NATS’ tools', async () => {
    const found = [];
    for await (const info of await new Svcm(backend).client().info('realtime')) found.push(info);
    expect(found).toHaveLength(2);
    for (const { endpoints } of found) {
      expect(endpoints.map(({ name }) => name).toSorted()).toEqual(services);
      expect(new Set(endpoints.map(({ queue_group }) => queue_group))).toEqual(new Set(['torii_queue']));
    }
    await Promise.all(Array.from({ length: 60 }, () => client.rooms.list({})));
    const worked = [];
    for await (const { endpoints = [] } of await new Svcm(backend).client().stats('realtime'))
      worked.push(endpoints.find(({ name }) => name === 'rooms-list')?.num_requests ?? 0);
    expect(Math.min(...worked)).toBeGreaterThan(0);
  });
});

describe('the client', () => {
  it('says when nobody answers', async () => {
    const nobody = { request: () => Promise.reject(new Error('no responders')) };
    expect(await codeOf(createRoomsClient(nobody).rooms.get({ roomId: 'r' }))).toBe('MESSAGING_UNAVAILABLE');
  });

  it('works as the documentation says, in a process that has nothing else of the service', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'messaging.md'), 'utf8');
    const [, example] = /## Other backends[\s\S]*?```ts\n([\s\S]*?)```/.exec(page) ?? [];
    const folder = await mkdtemp(join(stack.stateDir, 'example-'));
    const file = join(folder, 'example.mts');
    await writeFile(file, example ?? 'throw new Error("there is no example")');
    const ran = spawn(process.execPath, [file], {
      env: {
        PATH: process.env['PATH'],
        NATS_URL: counted.world.nats.url,
        NATS_BACKEND_PASSWORD: dev.natsBackendPassword,
      },
    });
    const [said, failed] = await Promise.all([text(ran.stdout), text(ran.stderr)]);
    await rm(folder, { recursive: true });
    expect(failed).toBe('');
    expect(said).toMatch(/^Morning practice: 1 in\nROOM_ENDED\n$/);
  });
});

describe('a user', () => {
  it('may ask for none of it, nor see who answers', async () => {
    const person = counted.world.person();
    const connection = await counted.world.come(
      await counted.world.join(await counted.world.room(person), person),
    );
    const subjects = ['realtime.rooms.list', 'realtime.rooms.end', 'realtime.tokens.mint', '$SRV.PING'];
    expect(
      await forbidden(connection, () => {
        for (const subject of subjects) connection.publish(subject, '{}');
        connection.subscribe('realtime.>', { queue: 'torii_queue' });
      }),
    ).toEqual([...subjects.map((subject) => `publish ${subject}`), 'subscription realtime.>']);
  });

  it('does not get a stream to ask for them, by naming a service as where its next message is to go', async () => {
    const person = counted.world.person();
    const roomId = await counted.world.room(person);
    const access = await counted.world.join(roomId, person);
    const connection = await counted.world.come(access);
    const victim = await counted.world.room(counted.world.person('host'));
    const service = await counted.world.nats.asService();
    // Of the strictest form that a request has: as if the service carried what users draw as it is.
    await jetstream(service).publish(`whiteboard.${roomId}`, JSON.stringify({ roomId: victim }));
    await service.close();
    const next = `$JS.API.CONSUMER.MSG.NEXT.${roomId}.${access.consumers.whiteboard}`;
    connection.publish(next, JSON.stringify({ batch: 1 }), { reply: 'realtime.rooms.end' });
    const forged = () =>
      [...counted.world.lines(), ...counted.second.lines()].filter(({ event }) => event === 'service.forged');
    await eventually(() => expect(forged()).toHaveLength(1));
    expect((await client.rooms.get({ roomId: victim })).status).toBe('LIVE');
  });
});
