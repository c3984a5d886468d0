import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { runReadyService } from '../support/service-process.ts';
import { type Answered, openSocket, type TestSocket } from '../support/socket.ts';
import { RawSocket } from './raw-socket.ts';
import { type Person, people } from './support.ts';

/** Whatever a client sends, it is answered, and the instance goes on: in a process of its own, which may be killed. */

/** So that refusals for being too fast do not hide the others. */
const GENEROUS = { LIMIT_CHAT: '100000/1s', LIMIT_SOCKET_EVENT: '100000/1s', LOG_LEVEL: 'warn' };
type Service = Awaited<ReturnType<typeof runReadyService>>;

const isText = (text: unknown) => typeof text === 'string';
const WRONG_IDS = [
  undefined,
  null,
  7,
  true,
  '',
  'a/b',
  'a b',
  '../x',
  'x'.repeat(101),
  {},
  [],
  ['x'],
  { $ne: null },
];
const WRONG_USERS = [undefined, null, 7, '', 'x'.repeat(256), {}, [], { $gt: '' }];
const WRONG_FLAGS = [undefined, null, 'true', 0, 1, {}, []];
const WRONG_SDPS = [
  undefined,
  null,
  7,
  '',
  'x'.repeat(60_001),
  {},
  [],
  { type: 'offer' },
  { type: 7, sdp: 'v=0' },
  { type: 'x'.repeat(21), sdp: 'v=0' },
  { type: 'offer', sdp: 'x'.repeat(60_001) },
];
const sdp = {
  good: { sdp: 'v=0', targetUserId: 'x' },
  wrong: { sdp: WRONG_SDPS, targetUserId: WRONG_USERS },
};

/** Each event with a payload that is as it must be, and what its fields must not be. */
const EVENTS: Record<string, { good: Record<string, unknown>; wrong: Record<string, unknown[]> }> = {
  'room:join': { good: { roomId: 'nowhere' }, wrong: { roomId: WRONG_IDS } },
  'room:leave': { good: { roomId: 'nowhere' }, wrong: { roomId: WRONG_IDS } },
  'chat:message': {
    good: { message: 'hello' },
    wrong: { message: [undefined, null, 7, '', '   ', '\n\t', 'x'.repeat(4_001), {}, [], ['x']] },
  },
  'webrtc:offer': sdp,
  'webrtc:answer': sdp,
  'webrtc:ice-candidate': {
    good: { candidate: 'candidate:1', targetUserId: 'x' },
    wrong: {
      candidate: [
        undefined,
        7,
        true,
        'x'.repeat(4_097),
        [],
        { candidate: 7 },
        { candidate: 'x'.repeat(4_097) },
      ],
      targetUserId: WRONG_USERS,
    },
  },
  'media:toggle-mic': { good: { isMuted: true }, wrong: { isMuted: WRONG_FLAGS } },
  'media:toggle-video': { good: { isVideoOff: true }, wrong: { isVideoOff: WRONG_FLAGS } },
  'hand:raise': { good: {}, wrong: {} },
  'hand:lower': { good: {}, wrong: {} },
  'auth:renew': {
    good: { token: 'garbage' },
    wrong: { token: [undefined, null, 7, '', 'x'.repeat(16_385), {}, []] },
  },
};
const NAMES = Object.keys(EVENTS);

/** Packets that are none of Socket.IO's, or not a client's to send. */
const NO_EVENTS = [
  '42["disconnect"]',
  '42["disconnecting"]',
  '42["newListener"]',
  '42["connect_error",{}]',
  '42[7]',
  '42[null]',
  '42[]',
  '42{}',
  '42"x"',
  '42',
  '4',
  '49',
  '9',
  '',
  '42["hand:raise"',
  '429999999999999999999["hand:raise"]',
  '42-1["hand:raise"]',
  '42/other,["hand:raise"]',
  '40',
  '40{"token":7}',
  '40/other,{}',
  '41',
  '430[]',
  '4399999[{"ok":true}]',
  '44{"message":"x"}',
  '451-["chat:message",{"_placeholder":true,"num":0}]',
  '451-["chat:message",{"_placeholder":true,"num":7}]',
  '4599999999-["chat:message"]',
  '45-1-["chat:message"]',
  '461-0[{"_placeholder":true,"num":0}]',
  '2probe',
  '5',
  '6',
  '1',
  `42["hand:raise",${'['.repeat(30_000)}`,
  'b'.repeat(1_000),
];

let service: Service;
let alice: Person;
let bob: Person;
let roomId: string;
/** Alice and Bob are in a room, Carol is not. */
let a: TestSocket;
let b: TestSocket;
let c: TestSocket;
beforeAll(async () => {
  service = await runReadyService({ ...GENEROUS, INSTANCE_ID: 'bad-input' });
  const [one, two, three] = await people('alice', 'bob', 'carol');
  [alice, bob] = [one, two];
  roomId = (await newRoom(alice.token, {}, `${service.url}/api/realtime`)).id;
  [a, b, c] = (await Promise.all([one, two, three].map(({ token }) => openSocket(token, service.url)))) as [
    TestSocket,
    TestSocket,
    TestSocket,
  ];
  for (const socket of [a, b]) await socket.do('room:join', { roomId });
}, 40_000);
afterAll(async () => {
  for (const { socket } of [a, b, c]) socket.disconnect();
  await service[Symbol.asyncDispose]();
});

const send = async ({ socket }: TestSocket, name: string, ...args: unknown[]): Promise<Answered> =>
  (await socket.timeout(8_000).emitWithAck(name, ...args)) as Answered;
const rawAs = ({ token }: Person): Promise<RawSocket> => RawSocket.open(service.url, token);
const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text;
};

/** Fails unless it is an answer as docs/sockets.md has it, and none that says that we are at fault. */
function expectAnswer(answer: Answered): void {
  if (answer.ok) return;
  const { code, message, fields, ...more } = answer.error ?? { code: '', message: '' };
  expect(answer).toEqual({ ok: false, error: expect.anything() });
  expect([code, message]).toEqual([
    expect.stringMatching(/^[A-Z_]+$/),
    expect.stringMatching(/^[A-Z0-9].*\.$/),
  ]);
  expect(code).not.toBe('INTERNAL');
  expect(more).toEqual({});
  expect(fields !== undefined).toBe(code === 'INVALID_REQUEST');
  for (const field of fields ?? []) expect([field.path, field.message].every(isText)).toBe(true);
}

function expectInvalid(answer: Answered, ...paths: string[]): void {
  expectAnswer(answer);
  expect(answer.error?.code).toBe('INVALID_REQUEST');
  // Of a value with fields of its own one of those may be named, and one value may have several faults.
  const told = new Set(answer.error?.fields?.map(({ path }) => path.split('.')[0] ?? ''));
  expect([...told].toSorted()).toEqual(paths.toSorted());
}

/** The instance takes people in, and those who were there are still there. */
async function goesOn(): Promise<void> {
  expect([service.child.exitCode, service.child.signalCode]).toEqual([null, null]);
  await using fresh = await openSocket(bob.token, service.url);
  expect((await fresh.ask('hand:raise')).error?.code).toBe('NO_SEAT');
  const message = crypto.randomUUID();
  await a.do('chat:message', { message });
  await b.hear('chat:message', (heard) => heard['message'] === message);
}

describe.each(NAMES)('%s', (name) => {
  const { good, wrong } = EVENTS[name] as (typeof EVENTS)[string];
  const fields = Object.keys(wrong);

  it('with a payload that is no object is refused', async () => {
    for (const payload of [7, true, 'text', '', [], [good], [[[]]]])
      for (const socket of [a, c]) expectInvalid(await send(socket, name, payload), '');
    const binary = await send(c, name, Buffer.from('x'));
    if (fields.length > 0) expectInvalid(binary, ...fields);
  });

  it('without a payload is refused, where it needs one', async () => {
    for (const args of [[], [null], [undefined], [undefined, good]]) {
      const answer = await send(c, name, ...args);
      if (fields.length > 0) expectInvalid(answer, '');
      else expect(answer.error?.code).toBe('NO_SEAT');
    }
  });

  it('with another value than a field must have is refused, by the name of the field', async () => {
    for (const field of fields)
      for (const value of wrong[field] ?? [])
        try {
          expectInvalid(await a.ask(name, { ...good, [field]: value }), field);
        } catch (error) {
          throw new Error(`${field}: ${short(value)}`, { cause: error });
        }
  });

  it('with several faults is told of each', async () => {
    const answer = await c.ask(name, {});
    if (fields.length > 0) expectInvalid(answer, ...fields);
    else expect(answer.error?.code).toBe('NO_SEAT');
  });

  it('with more than it must have is taken as if it had not', async () => {
    const plain = await c.ask(name, good);
    const more = { ...good, extra: 1, 'a.b': {}, constructor: 'x', toString: null, binary: Buffer.from('x') };
    expect(await c.ask(name, more)).toEqual(plain);
    expect(await send(c, name, good, 'more', { arguments: true })).toEqual(plain);
    await using raw = await rawAs(bob);
    const hostile = `{"__proto__":{"ok":true,"roomId":"${roomId}"},${JSON.stringify(good).slice(1)}`;
    expect(await raw.ask(name, hostile.replace(',}', '}'))).toEqual(plain);
    if (fields.length > 0)
      expectInvalid(await raw.ask(name, `{"__proto__":${JSON.stringify(good)}}`), ...fields);
  });

  it('nested thousands deep is answered', async () => {
    await using raw = await rawAs(bob);
    const deep = '['.repeat(15_000) + ']'.repeat(15_000);
    expectInvalid(await raw.ask(name, deep), '');
    for (const field of [...fields, 'extra'].filter((one) => one !== 'candidate'))
      expectAnswer(
        await raw.ask(name, `{"${field}":${deep},${JSON.stringify(good).slice(1)}`.replace(',}', '}')),
      );
  });

  it('without an acknowledgement does no harm', async () => {
    for (const payload of [undefined, null, 7, [], {}, good]) c.socket.emit(name, payload);
    expect((await c.ask('hand:raise')).error?.code).toBe('NO_SEAT');
  });
});

describe('what is in a payload', () => {
  it('names a room or a user that every object has something of: there is none', async () => {
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
      expect((await c.ask('room:join', { roomId: id })).error?.code).toBe('ROOM_NOT_FOUND');
      const answer = await a.ask('webrtc:offer', { sdp: 'x', targetUserId: id });
      expect(answer.error?.code).toBe('NO_SUCH_PARTICIPANT');
    }
  });

  it('says nothing of who sends it', async () => {
    const forged = { sender: { id: bob.id, name: 'Bob' }, id: 'mine', createdAt: 0, senderUserId: bob.id };
    const { message } = await a.do('chat:message', { message: 'truly', ...forged });
    const told = await b.hear('chat:message', (heard) => heard['message'] === 'truly');
    expect(told).toEqual(message);
    expect(told['sender']).toEqual({ id: alice.id, name: 'alice Test' });
    for (const [name, body] of [
      ['webrtc:offer', { sdp: 'truly' }],
      ['webrtc:ice-candidate', { candidate: 'truly' }],
    ] as const) {
      await a.do(name, { ...body, ...forged, targetUserId: bob.id });
      expect(await b.hear(name)).toEqual({ ...body, senderUserId: alice.id });
    }
  });

  it('is chat of up to 4,000 characters, told and kept as it was written', async () => {
    const odd = [
      'x'.repeat(4_000),
      '😀'.repeat(2_000),
      ' <b>&amp;\u0000\u2028</b> ',
      '{"$ne":null}',
      'é e\u0301',
    ];
    const acknowledged: unknown[] = [];
    for (const message of odd) {
      const answer = await a.do('chat:message', { message });
      acknowledged.push(answer['message']);
      expect(answer['message']).toMatchObject({ message });
      expect(await b.hear('chat:message', (heard) => heard['message'] === message)).toEqual(
        answer['message'],
      );
    }
    const kept = await call('GET', `/rooms/${roomId}/chat?limit=${odd.length}`, {
      token: bob.token,
      base: `${service.url}/api/realtime`,
    });
    expect(kept.body['messages']).toEqual(acknowledged.toReversed());
    expectInvalid(await a.ask('chat:message', { message: 'x'.repeat(4_001) }), 'message');
  });

  it('is chat that is no proper Unicode: told and kept alike, or refused', async () => {
    const answer = await a.ask('chat:message', { message: 'half a \ud83d' });
    if (!answer.ok) return expectInvalid(answer, 'message');
    const kept = await call('GET', `/rooms/${roomId}/chat?limit=1`, {
      token: bob.token,
      base: `${service.url}/api/realtime`,
    });
    expect(kept.body['messages']).toEqual([answer['message']]);
  });
});

describe('an event', () => {
  it('of a name that there is not is refused', async () => {
    const names = [
      '',
      'nonsense',
      'room:state',
      'session:ended',
      'error',
      'message',
      '__proto__',
      'constructor',
    ];
    for (const name of [...names, 'toString', 'x'.repeat(60_000)]) {
      await using raw = await rawAs(bob);
      for (const args of [[], ['{}'], ['null', '1', '[]']])
        expectInvalid(await raw.ask(name, ...args), 'event');
      raw.send(`42${JSON.stringify([name, {}])}`);
      expectInvalid(await raw.ask(name), 'event');
    }
  });

  it('that is none harms nobody but its sender', async () => {
    for (const packet of NO_EVENTS) {
      await using raw = await rawAs(bob);
      raw.send(packet);
      raw.send(new Uint8Array([4, 0, 255]));
      // Its line may be cut for it; a new one is taken.
      await raw.ask('hand:raise').catch(() => {});
      if (service.child.exitCode !== null) throw new Error(`killed by ${packet.slice(0, 60)}`);
    }
    await goesOn();
  });

  it('of more than 64 KiB cuts its sender, and nobody else', async () => {
    const cuts = c.cuts.length;
    c.socket.emit('chat:message', { message: 'x'.repeat(65 * 1_024) });
    await eventually(() => expect(c.cuts.length).toBe(cuts + 1));
    await c.connected();
    await using raw = await rawAs(bob);
    raw.send(new Uint8Array(65 * 1_024));
    await eventually(() => expect(raw.isOpen).toBe(false));
    await goesOn();
    expect([a.cuts, b.cuts]).toEqual([[], []]);
  });

  it('with whatever payload is answered as documented, and never as our fault', async () => {
    const fields = [...new Set(Object.values(EVENTS).flatMap(({ wrong }) => Object.keys(wrong)))];
    const almost = fc.record(
      Object.fromEntries(fields.map((field) => [field, fc.anything({ maxDepth: 3 })])),
      {
        requiredKeys: [],
      },
    );
    const payload = fc.oneof(
      almost,
      fc.anything({ withTypedArray: true, withDate: true, withNullPrototype: true }),
      fc.jsonValue({ maxDepth: 5 }),
      fc.constantFrom(...Object.values(EVENTS).map(({ good }) => good)),
    );
    const event = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
      { weight: 1, arbitrary: fc.string() },
    );
    await fc.assert(
      fc.asyncProperty(
        event,
        fc.array(payload, { maxLength: 2 }),
        fc.boolean(),
        async (name, args, inside) => {
          fc.pre(!RESERVED.includes(name));
          const sent = args.map(withoutFunctions);
          fc.pre(!sent.some((one) => isIn(one)));
          expectAnswer(await send(inside ? a : c, name, ...sent));
        },
      ),
      { numRuns: 200 },
    );
    await goesOn();
  });
});

/** The client itself sends none of these; the packets above do. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
/** Of these the client cannot make a packet, or it would put Carol into the room. */
const isIn = (sent: unknown): boolean => (sent as { roomId?: unknown } | null)?.roomId === roomId;
function withoutFunctions(sent: unknown): unknown {
  const text = JSON.stringify(sent, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

it('a candidate that is nested thousands deep is answered, and the instance goes on', async () => {
  await using own = await runReadyService({ ...GENEROUS, INSTANCE_ID: 'deep' });
  const room = await newRoom(alice.token, {}, `${own.url}/api/realtime`);
  await using sender = await RawSocket.open(own.url, alice.token);
  await using target = await openSocket(bob.token, own.url);
  expect((await sender.ask('room:join', JSON.stringify({ roomId: room.id }))).ok).toBe(true);
  await target.do('room:join', { roomId: room.id });
  for (const depth of [10, 1_000, 3_000, 5_000, 8_000]) {
    const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const answer = await sender.ask(
      'webrtc:ice-candidate',
      `{"candidate":{"candidate":"x","deep":${deep}},"targetUserId":"${bob.id}"}`,
    );
    expectAnswer(answer);
  }
  expect([own.child.exitCode, target.cuts]).toEqual([null, []]);
});
