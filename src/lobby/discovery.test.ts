import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Server } from 'socket.io';
import { type Socket as Client, io as connect } from 'socket.io-client';
import { aRoom } from '../../test/support/a-room.ts';
import { eventually } from '../../test/support/eventually.ts';
import { readableLogger } from '../../test/support/readable-logger.ts';
import { presentRoom } from '../wire/index.ts';
import { openDiscovery } from './discovery.ts';
import type { ListUpdate } from './list-updates.ts';

const update = (title: string): ListUpdate => ({ action: 'updated', room: presentRoom(aRoom({ title })) });
/** Between the packets of one payload (Engine.IO, protocol 4). */
const SEPARATOR = '\x1e';
/** As JSON brings it. */
const sent = (one: ListUpdate): unknown => JSON.parse(JSON.stringify(one));

describe('who watches without signing in', () => {
  let url: string;
  let tell: (update: ListUpdate) => void;
  let lines: () => Record<string, unknown>[];
  let close: () => Promise<void>;
  const clients: Client[] = [];

  beforeEach(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    const io = new Server(server);
    const { logger, lines: read } = readableLogger();
    lines = read;
    const onTold = (listener: typeof tell): void => {
      tell = listener;
    };
    const discovery = openDiscovery({ io, updates: { onTold }, logger, most: 3 });
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = async () => {
      await discovery[Symbol.asyncDispose]();
      await io.close();
    };
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await close();
  });

  /** A client, and what it heard. */
  function open(options: Parameters<typeof connect>[1] = {}) {
    const client = connect(`${url}/discovery`, { forceNew: true, reconnectionDelay: 20, ...options });
    clients.push(client);
    const heard: unknown[][] = [];
    client.onAny((...message: unknown[]) => heard.push(message));
    const cuts: string[] = [];
    client.on('disconnect', (reason) => cuts.push(reason));
    return { client, heard, cuts };
  }
  async function watch(options?: Parameters<typeof open>[0]) {
    const opened = open(options);
    await eventually(() => expect(opened.client.connected).toBe(true));
    return opened;
  }
  /** One that polls and speaks by hand. */
  async function poll() {
    const address = `${url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(address)).text()).slice(1)) as { sid: string };
    return {
      read: async () => (await fetch(`${address}&sid=${sid}`)).text(),
      /** @returns the status, which is 400 once the connection is cut */
      say: async (body: string) => (await fetch(`${address}&sid=${sid}`, { method: 'POST', body })).status,
    };
  }
  const refusalOf = ({ client }: ReturnType<typeof open>) =>
    new Promise<{ code: string; message: string }>((resolve, reject) => {
      client.once('connect_error', (error: Error & { data?: unknown }) => resolve(error.data as never));
      client.once('connect', () => reject(new Error('it was let in')));
    });

  it('hears what the lobby hears and nothing else, without a place to go on from', async () => {
    const { heard } = await watch();
    tell(update('one'));
    tell(update('two'));
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard).toEqual(['one', 'two'].map((title) => ['room:list-update', sent(update(title))]));
  });

  it.each(['room:join', 'chat:message', 'auth:renew', 'no such event'])(
    'is answered %s by being told to sign in',
    async (name) => {
      const { client, cuts } = await watch();
      client.emit(name, { roomId: 'a-room' });
      const answered = (await client.timeout(2_000).emitWithAck(name, { roomId: 'a-room' })) as unknown;
      expect(answered).toEqual({
        ok: false,
        error: { code: 'UNAUTHENTICATED', message: expect.stringMatching(/^[A-Z].*\.$/) },
      });
      expect(cuts).toEqual([]);
    },
  );

  it('and sends on and on is told why and cut, and does not come back by itself', async () => {
    const { client, heard, cuts } = await watch();
    for (let times = 0; times < 99; times += 1) client.emit('nonsense');
    await client
      .timeout(2_000)
      .emitWithAck('nonsense')
      .catch(() => {});
    await eventually(() => expect(cuts).toEqual(['io server disconnect']));
    expect(heard.at(-1)).toEqual(['session:ended', { code: 'RATE_LIMITED', message: expect.any(String) }]);
    expect(client.active).toBe(false);
  });

  it('and comes and goes on and on over one connection is cut', async () => {
    const { say } = await poll();
    let times = 0;
    while ((await say('40/discovery,')) === 200) {
      await say('41/discovery,');
      times += 1;
    }
    expect([100, 101]).toContain(times);
  });

  it('has one place for each connection, however often it asks at once', async () => {
    const { say, read } = await poll();
    await say(Array.from({ length: 50 }, () => '40/discovery,').join(SEPARATOR));
    const answers = (await read()).split(SEPARATOR);
    expect(answers.filter((packet) => packet.startsWith('40/discovery,{"sid"'))).toHaveLength(1);
    expect(answers.filter((packet) => packet.includes('"code":"INVALID_REQUEST"'))).toHaveLength(49);
    await Promise.all([watch(), watch()]);
  });

  it('is refused when there are as many as there may be, told what to do, and logged by the second', async () => {
    const [first] = await Promise.all([watch(), watch(), watch()]);
    const [fourth, fifth] = [open(), open()];
    for (const refused of await Promise.all([refusalOf(fourth), refusalOf(fifth)]))
      expect(refused).toEqual({
        code: 'BUSY',
        message: expect.stringContaining('GET /rooms'),
        retryAfter: 30_000,
      });
    expect(fourth.client.active).toBe(false);
    const logged: Record<string, unknown>[] = [];
    await eventually(() => {
      logged.push(...lines());
      expect(logged).toMatchObject([{ event: 'discovery.full', watching: 3, turnedAway: 2 }]);
    });

    first.client.disconnect();
    await eventually(async () => {
      fourth.client.connect();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(fourth.client.connected).toBe(true);
    });
  });

  it('and does not take what it is told is cut; others hear all of it', async () => {
    const { heard, cuts } = await watch();
    const { say } = await poll();
    await say('40/discovery,');
    for (let times = 0; times < 1_600; times += 1) tell(update(String(times)));
    // A heartbeat: it lives, and asks for nothing.
    await eventually(async () => expect(await say('3')).toBe(400));
    await eventually(() => expect(heard).toHaveLength(1_600));
    expect(cuts).toEqual([]);
    expect(lines()).toMatchObject([{ event: 'discovery.behind', cut: 1 }]);
  });
});
