import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { type Access, forbidden, openWorld, type Person, type World } from './world.ts';

/** What a user may in NATS, and that they may nothing else: as nats-server itself says to a real client. */

type Names = Readonly<{ room: string; me: string; other: string; otherRoom: string }>;
type Subjects = (names: Names) => string[];

const CHANNELS = ['chat', 'whiteboard', 'system'];

const mayPublish: [string, Subjects][] = [
  ['to ask', ({ room, me }) => [`sysJsWorker.${room}.${me}`]],
  ['to look at the stream', ({ room }) => [`$JS.API.STREAM.INFO.${room}`]],
  [
    'to look at and read by their own consumers',
    ({ room, me }) =>
      CHANNELS.flatMap((channel) => [
        `$JS.API.CONSUMER.INFO.${room}.${channel}_${me}`,
        `$JS.API.CONSUMER.MSG.NEXT.${room}.${channel}_${me}`,
        `$JS.ACK.${room}.${channel}_${me}.1.2.3.4.0`,
      ]),
  ],
];

const mayNotPublish: [string, Subjects][] = [
  ['as another', ({ room, other }) => [`sysJsWorker.${room}.${other}`]],
  ['in another room', ({ otherRoom, me }) => [`sysJsWorker.${otherRoom}.${me}`]],
  [
    'to the workers in another way',
    ({ room, me }) => [
      'sysJsWorker',
      `sysJsWorker.${room}`,
      `sysJsWorker.${room}.${me}.more`,
      'sysJsWorker.dead',
      `sysJsWorkerDone.${room}.${me}`,
    ],
  ],
  [
    'into the room past the service',
    ({ room, me, other }) => [
      `chat.${room}`,
      `whiteboard.${room}`,
      `system.${room}`,
      `system.${room}.${me}`,
      `system.${room}.${other}`,
    ],
  ],
  [
    'by the consumers of another',
    ({ room, other }) =>
      CHANNELS.flatMap((channel) => [
        `$JS.API.CONSUMER.INFO.${room}.${channel}_${other}`,
        `$JS.API.CONSUMER.MSG.NEXT.${room}.${channel}_${other}`,
        `$JS.ACK.${room}.${channel}_${other}.1.2.3.4.0`,
      ]),
  ],
  [
    'by consumers in another room',
    ({ otherRoom, me }) =>
      CHANNELS.flatMap((channel) => [
        `$JS.API.STREAM.INFO.${otherRoom}`,
        `$JS.API.CONSUMER.INFO.${otherRoom}.${channel}_${me}`,
        `$JS.API.CONSUMER.MSG.NEXT.${otherRoom}.${channel}_${me}`,
      ]),
  ],
  [
    'to make, change or remove consumers',
    ({ room, me }) => [
      `$JS.API.CONSUMER.CREATE.${room}`,
      `$JS.API.CONSUMER.CREATE.${room}.mine`,
      `$JS.API.CONSUMER.CREATE.${room}.chat_${me}`,
      `$JS.API.CONSUMER.CREATE.${room}.mine.system.${room}.>`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${room}.chat_${me}`,
      `$JS.API.CONSUMER.DELETE.${room}.chat_${me}`,
      `$JS.API.CONSUMER.PAUSE.${room}.chat_${me}`,
      `$JS.API.CONSUMER.LIST.${room}`,
      `$JS.API.CONSUMER.NAMES.${room}`,
    ],
  ],
  [
    'to read or change the stream',
    ({ room }) => [
      `$JS.API.STREAM.MSG.GET.${room}`,
      `$JS.API.DIRECT.GET.${room}`,
      `$JS.API.DIRECT.GET.${room}.chat.${room}`,
      `$JS.API.STREAM.CREATE.${room}`,
      `$JS.API.STREAM.UPDATE.${room}`,
      `$JS.API.STREAM.DELETE.${room}`,
      `$JS.API.STREAM.PURGE.${room}`,
      `$JS.API.STREAM.SNAPSHOT.${room}`,
      `$JS.API.STREAM.MSG.DELETE.${room}`,
    ],
  ],
  [
    'to see what else there is',
    () => [
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      '$JS.API.STREAM.LIST',
      '$JS.API.STREAM.INFO.sysJsWorker',
      '$JS.API.ACCOUNT.PURGE.APP',
      '$SRV.PING',
      '$SRV.INFO',
    ],
  ],
  [
    'to the server',
    () => [
      '$SYS.REQ.USER.AUTH',
      '$SYS.REQ.USER.INFO',
      '$SYS.REQ.SERVER.PING',
      '$SYS.ACCOUNT.APP.CONNECT',
      '$SYS.REQ.ACCOUNT.APP.CONNZ',
    ],
  ],
  ['to other services', () => ['realtime.rooms.list', 'realtime.participants.kick', 'realtime.tokens.mint']],
  [
    'into an inbox',
    ({ me, other }) => ['_INBOX.x', `_INBOX_${me}.x`, `_INBOX_${other}.x`, '_INBOX_backend.x'],
  ],
];

const mayNotSubscribe: [string, Subjects][] = [
  ['to everything', () => ['>', '*', '*.>', '*.*', '*.*.*']],
  [
    'to the room past their consumers',
    ({ room, me }) => [
      'chat.>',
      'system.>',
      `chat.${room}`,
      `whiteboard.${room}`,
      `system.${room}`,
      `system.${room}.>`,
      `system.${room}.${me}`,
      `*.${room}`,
    ],
  ],
  [
    'to what is asked',
    ({ room, me, other }) => [
      'sysJsWorker.>',
      `sysJsWorker.${room}.*`,
      `sysJsWorker.${room}.${me}`,
      `sysJsWorker.${room}.${other}`,
      'sysJsWorker.dead',
    ],
  ],
  [
    'to the server',
    () => ['$SYS.>', '$SYS.ACCOUNT.APP.CONNECT', '$SYS.REQ.USER.AUTH', '$JS.>', '$JS.EVENT.>', '$SRV.>'],
  ],
  ['to other services', () => ['realtime.>']],
];

let world: World;
let names: Names;
let alice: Person;
let access: Access;
let connection: NatsConnection;

async function openWith(settings: Readonly<Record<string, string>>): Promise<void> {
  world = await openWorld(settings);
  alice = world.person('alice');
  const bob = world.person('bob');
  const room = await world.room(alice);
  const otherRoom = await world.room(alice);
  await world.join(room, bob);
  access = await world.join(room, alice);
  connection = await world.come(access);
  names = { room, otherRoom, me: alice.id, other: bob.id };
}

const publish = (subjects: readonly string[]) => () => {
  for (const subject of subjects) connection.publish(subject);
};
const subscribe = (subjects: readonly string[], queue?: string) => () => {
  for (const subject of subjects)
    connection.subscribe(subject, { callback() {}, ...(queue === undefined ? {} : { queue }) });
};

describe.each([
  ['an inbox of their own', 'own'],
  ['the shared inbox', 'shared'],
])('with %s a user', (_what, inbox) => {
  beforeAll(() => openWith({ NATS_INBOX: inbox }));
  afterAll(async () => world[Symbol.asyncDispose]());

  it.each(mayPublish)('may publish %s', async (_why, subjects) => {
    expect(await forbidden(connection, publish(subjects(names)))).toEqual([]);
  });

  it.each(mayNotPublish)('may not publish %s', async (_why, subjects) => {
    const tried = subjects(names);
    expect(await forbidden(connection, publish(tried))).toEqual(tried.map((one) => `publish ${one}`));
  });

  it('may subscribe to their inbox, and is told where that is', async () => {
    expect(access.inbox).toBe(inbox === 'own' ? `_INBOX_${alice.id}` : '_INBOX');
    const subjects = [`${access.inbox}.>`, `${access.inbox}.x`, `${access.inbox}.x.*`];
    expect(await forbidden(connection, subscribe(subjects))).toEqual([]);
  });

  it.each(mayNotSubscribe)('may not subscribe %s', async (_why, subjects) => {
    const tried = subjects(names);
    expect(await forbidden(connection, subscribe(tried))).toEqual(tried.map((one) => `subscription ${one}`));
    expect(await forbidden(connection, subscribe(tried, 'a-queue'))).toEqual(
      tried.map((one) => `subscription ${one}`),
    );
  });

  it('may not subscribe to the inboxes of others', async () => {
    const { me, other } = names;
    const shared = ['_INBOX.>', '_INBOX.x', '_INBOX.*.*'];
    const own = [`_INBOX_${me}.>`, `_INBOX_${me}`];
    const tried = [`_INBOX_${other}.>`, `_INBOX_${other}.x`, '_INBOX_backend.>', '_R_.>'];
    const all = [...tried, ...(inbox === 'own' ? [...shared, `_INBOX_${me}`] : own)];
    expect(await forbidden(connection, subscribe(all))).toEqual(all.map((one) => `subscription ${one}`));
  });

  it('reads the room by the names that the join told, with the NATS client as it is', async () => {
    const consumer = await jetstream(connection).consumers.get(access.stream, access.consumers.system);
    expect((await consumer.info()).name).toBe(access.consumers.system);
    for (const name of Object.values(access.consumers))
      expect(await jetstream(connection).consumers.get(access.stream, name)).toBeDefined();
  });
});

describe('with the shared inbox', () => {
  beforeAll(() => openWith({ NATS_INBOX: 'shared' }));
  afterAll(async () => world[Symbol.asyncDispose]());

  it("a user may read another's replies: the price of the seed's way", async () => {
    const bob = world.person('bob');
    const theirs = await world.come(await world.join(names.room, bob));
    const heard = new Promise<string>((resolve) =>
      theirs.subscribe('_INBOX.>', { callback: (_error, message) => resolve(message.string()) }),
    );
    await theirs.flush();
    await jetstream(connection).consumers.get(access.stream, access.consumers.chat);
    expect(await heard).toContain(access.consumers.chat);
  });
});
