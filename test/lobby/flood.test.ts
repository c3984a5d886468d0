import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startInstance } from '../support/service.ts';
import type { Answered } from '../support/socket.ts';
import { opened, people, sleep, texts } from './support.ts';

/** The limits of spec/2-rooms.md at the socket, as they are by default, and what becomes of those who ignore them. */

type Instance = Awaited<ReturnType<typeof startInstance>>;

let one: Instance;
let two: Instance;
beforeAll(async () => {
  // Empty counts as not set: the product's own default.
  const settings = { LIMIT_CREATE_ROOM: '1000/1s', LIMIT_JOIN: '', SHUTDOWN_GRACE: '0ms' };
  [one, two] = await Promise.all([
    startInstance({ ...settings, INSTANCE_ID: 'flooded-1' }),
    startInstance({ ...settings, INSTANCE_ID: 'flooded-2' }),
  ]);
});
afterAll(() => Promise.all([one, two].map((instance) => instance[Symbol.asyncDispose]())));

const { socketOf, comeIn } = opened();

const isRefused = ({ error }: Answered): boolean => error?.code === 'RATE_LIMITED';
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

function expectRefusal(answer: Answered | undefined, words: string, per: number): number {
  expect(answer).toEqual({
    ok: false,
    error: {
      code: 'RATE_LIMITED',
      message: expect.stringContaining(words),
      retryAfter: expect.any(Number),
    },
  });
  const retryAfter = answer?.error?.retryAfter ?? 0;
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(per);
  return retryAfter;
}

/** Is counted and refused for what it is, which takes no time: a busy machine may not write ten in a second. */
const NOTHING_SAID = { message: ' ' };

describe('the limit of the chat', () => {
  it('lets ten through in a second; the eleventh is told when to come again, and goes then', async () => {
    const [alice, bob] = await people('alice', 'bob');
    const { id } = await newRoom(alice.token, {}, one.api);
    const [a, b] = [await comeIn(id, alice, one), await comeIn(id, bob, two)];
    const ten = times(10, () => a.ask('chat:message', NOTHING_SAID));
    const eleventh = await a.ask('chat:message', { message: 'too fast' });
    expect((await Promise.all(ten)).map(({ error }) => error?.code)).toEqual(
      times(10, () => 'INVALID_REQUEST'),
    );
    await sleep(expectRefusal(eleventh, 'at most 10 a second', 1_000));
    await a.do('chat:message', { message: 'in time' });
    await b.hear('chat:message');
    expect(texts(b)).toEqual(['in time']);
  });

  it('is one over all sockets of a user, at whichever instance, and another for each user', async () => {
    const [alice, bob] = await people('alice', 'bob');
    const { id } = await newRoom(alice.token, {}, one.api);
    const [a1, a2] = [await comeIn(id, alice, one), await comeIn(id, alice, two)];
    const b = await comeIn(id, bob, two);
    const both = (payload: object) => [a1, a2].map((socket) => socket.ask('chat:message', payload));
    // Which of the twelve come last at Redis is for the two instances to say.
    const twelve = times(6, () => both(NOTHING_SAID)).flat();
    const other = await b.ask('chat:message', { message: 'mine' });
    expect((await Promise.all(twelve)).filter(isRefused)).toHaveLength(2);
    expect(other.ok).toBe(true);
  });
});

describe('the limit of joins', () => {
  it('is one over sockets and HTTP, at whichever instance: twenty a minute', async () => {
    const [alice] = await people('alice');
    const sockets = [await socketOf(alice, one), await socketOf(alice, two)];
    const bySocket = await Promise.all(
      times(10, (n) => sockets[n % 2]?.ask('room:join', { roomId: 'nowhere' })),
    );
    expect(bySocket.map((answer) => answer?.error?.code)).toEqual(times(10, () => 'ROOM_NOT_FOUND'));
    const join = (n: number) =>
      call('POST', '/rooms/nowhere/join', { token: alice.token, base: (n % 2 === 0 ? one : two).api });
    const overHttp = await Promise.all(times(10, join));
    expect(overHttp.map(({ status }) => status)).toEqual(times(10, () => 404));

    for (const socket of sockets)
      expectRefusal(await socket.ask('room:join', { roomId: 'nowhere' }), 'at most 20 a minute', 60_000);
    expect((await join(0)).status).toBe(429);
    // The other kinds of event go on.
    expect((await sockets[0]?.ask('hand:raise'))?.error?.code).toBe('NO_SEAT');
  });
});

describe('the limit of all other events', () => {
  const KINDS: [name: string, payload: object][] = [
    ['room:leave', { roomId: 'nowhere' }],
    ['webrtc:offer', { sdp: 'x', targetUserId: 'x' }],
    ['webrtc:answer', { sdp: 'x', targetUserId: 'x' }],
    ['webrtc:ice-candidate', { candidate: 'x', targetUserId: 'x' }],
    ['media:toggle-mic', { isMuted: true }],
    ['media:toggle-video', { isVideoOff: true }],
    ['hand:raise', {}],
    ['hand:lower', {}],
    ['auth:renew', { token: 'x' }],
    ['nonsense', {}],
  ];

  it('lets fifty of each kind through in a second, whatever comes of them, and is counted for each kind', async () => {
    const [alice] = await people('alice');
    const flood = async (name: string, payload: object) => {
      const socket = await socketOf(alice, one);
      const answers = await Promise.all(times(70, () => socket.ask(name, payload)));
      // Slowed, and not cut: it waits for its answers.
      expect(socket.cuts).toEqual([]);
      return answers.map(isRefused);
    };
    const all = await Promise.all(KINDS.map(([name, payload]) => flood(name, payload)));
    for (const refused of all) {
      expect(refused.slice(0, 50)).not.toContain(true);
      expect(refused).toContain(true);
    }
  });

  it('is one over two instances, and unknown events share one', async () => {
    const [alice] = await people('alice');
    const [at1, at2] = [await socketOf(alice, one), await socketOf(alice, two)];
    const answersTo = (nameOf: (n: number) => string) =>
      Promise.all(times(70, (n) => (n % 2 === 0 ? at1 : at2).ask(nameOf(n))));
    const all = await Promise.all([answersTo(() => 'hand:raise'), answersTo((n) => `unknown ${n}`)]);
    for (const answers of all) expectRefusal(answers.find(isRefused), 'at most 50 a second', 1_000);
  });
});

describe('a socket that floods', () => {
  it('is cut, and told why; the others in its room notice nothing, and it may come back', async () => {
    const [alice, bob, carol] = await people('alice', 'bob', 'carol');
    const { id } = await newRoom(alice.token, {}, one.api);
    const a = await comeIn(id, alice, one);
    const b = await comeIn(id, bob, one);
    const c = await comeIn(id, carol, two);

    for (let n = 0; n < 2_000; n += 1) a.socket.emit('hand:raise');
    for (const message of ['one', 'two', 'three']) await b.do('chat:message', { message });
    await eventually(() => expect(a.cuts).toEqual(['io server disconnect']));
    expect(a.heard.at(-1)?.name).toBe('session:ended');
    expect(a.all('session:ended')).toEqual([{ code: 'RATE_LIMITED', message: expect.any(String) }]);
    expect(a.socket.active).toBe(false);

    await b.do('chat:message', { message: 'four' });
    for (const socket of [b, c])
      await eventually(() => expect(texts(socket)).toEqual(['one', 'two', 'three', 'four']));
    expect([b.cuts, c.cuts]).toEqual([[], []]);
    await a.comeBack();
    expect(a.socket.recovered).toBe(true);
    await eventually(async () => expect((await a.ask('hand:lower')).ok).toBe(true));
  });

  it('is cut, and told why, when it goes on although each answer says that it is refused', async () => {
    const [alice] = await people('alice');
    const socket = await socketOf(alice, one);
    let refusals = 0;
    const flood = async () => {
      // The one that is allowed keeps the refusals from being answered later and later.
      for (;;)
        for (const answer of await Promise.all(
          ['chat:message', 'hand:raise'].map((name) => socket.ask(name)),
        ))
          refusals += isRefused(answer) ? 1 : 0;
    };
    const ended = flood().catch(() => {});
    await eventually(() => expect(socket.cuts).toEqual(['io server disconnect']), 25_000);
    expect(socket.all('session:ended')).toEqual([{ code: 'RATE_LIMITED', message: expect.any(String) }]);
    expect(refusals).toBeGreaterThan(20);
    await ended;
  });
});
