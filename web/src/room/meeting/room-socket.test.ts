import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Socket } from 'socket.io-client';
import { aRoom } from '../../api/a-room.ts';
import { ApiError, type FailureCode } from '../../api/api-error.ts';
import type { ChatMessage } from '../../api/types.ts';
import { aMessage, aPerson } from './a-person.ts';
import { ASocket } from './a-socket.ts';
import type { Ending } from './ending.ts';
import { afterTold, type RoomTold, type RoomView, TOLD_NAMES, type ToldName } from './people.ts';
import { createRoomSocket } from './room-socket.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const roomId = 'room-1';
const AGAIN = 2_000;
const state = (...ids: string[]) => ({
  room: aRoom(1, { joinedParticipants: ids.length }),
  participants: ids.map((id) => aPerson(id)),
});
const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
const pass = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);

/** Ann's side of the room, with what it reported. */
function open() {
  const socket = new ASocket();
  const views: RoomView[] = [];
  const told: [ToldName, RoomTold[ToldName], RoomView][] = [];
  const chat: ChatMessage[] = [];
  const ins: boolean[] = [];
  const ups: boolean[] = [];
  const outs: Ending[] = [];
  const tokens = {
    asked: [] as object[],
    give: async (): Promise<string> => 'a-token',
    listeners: new Set<(token: string) => void>(),
    renewed: (token: string) => tokens.listeners.forEach((listener) => void listener(token)),
  };
  const room = createRoomSocket({
    socket: socket as unknown as Socket,
    roomId,
    me: 'ann',
    session: {
      token(options = {}) {
        tokens.asked.push(options);
        return tokens.give();
      },
      onToken(listener) {
        tokens.listeners.add(listener);
        return () => tokens.listeners.delete(listener);
      },
    },
    onView: (view) => views.push(view),
    onChat: (message) => chat.push(message),
    onTold: (...what) => told.push(what),
    onIn: (missed) => ins.push(missed),
    onUp: (up) => ups.push(up),
    onOut: (ending) => outs.push(ending),
  });
  room.open();
  const view = (): RoomView | undefined => views.at(-1);
  return { socket, room, views, view, told, chat, ins, ups, outs, tokens };
}

/** The same, in the room with ben. */
async function enter() {
  const all = open();
  all.socket.up();
  all.socket.emit('room:state', state('ann', 'ben'));
  all.socket.last().answer(state('ann', 'ben'));
  await settle();
  return all;
}

describe('coming in', () => {
  it('is asked for once the line stands', async () => {
    const { socket, room, ins, ups, view } = open();
    expect([socket.connects, socket.sent]).toEqual([1, []]);
    socket.up();
    expect(socket.sent).toMatchObject([{ name: 'room:join', payload: { roomId } }]);
    expect([room.isIn(), ins, ups]).toEqual([false, [], [true]]);

    const { room: answered, participants } = state('ann');
    socket.last().answer({ room: answered, participants });
    await settle();
    expect([room.isIn(), ins]).toEqual([true, [true]]);
    expect(view()).toEqual({ room: answered, people: participants });
    await pass(60_000);
    expect(socket.sent).toHaveLength(1);
  });

  it('shows what was told meanwhile rather than the answer', async () => {
    const { socket, view } = open();
    socket.up();
    socket.emit('room:state', state('ann'));
    socket.emit('room:user-joined', { participant: aPerson('ben') });
    socket.last().answer(state('ann'));
    await settle();
    expect(view()?.people.map(({ userId }) => userId)).toEqual(['ann', 'ben']);
  });

  it.each<[FailureCode, Ending]>([
    ['ROOM_NOT_FOUND', 'not-found'],
    ['ROOM_FULL', 'full'],
    ['KICKED', 'kicked'],
    ['TOKEN_EXPIRED', 'signed-out'],
  ])('refused by %s ends it: %s', async (code, ending) => {
    const { socket, room, outs, ins } = open();
    socket.up();
    socket.last().refuse(code);
    await settle();
    expect([outs, ins, room.isIn(), socket.active]).toEqual([[ending], [], false, false]);
  });

  it.each<FailureCode>(['STORE_UNAVAILABLE', 'BUSY', 'RATE_LIMITED', 'INTERNAL'])(
    'refused by %s is asked for again',
    async (code) => {
      const { socket, outs, ins } = open();
      socket.up();
      socket.last().refuse(code);
      await pass(AGAIN - 1);
      expect(socket.sent).toHaveLength(1);
      await pass(1);
      expect(socket.names()).toEqual(['room:join', 'room:join']);
      socket.last().answer(state('ann'));
      await settle();
      expect([outs, ins]).toEqual([[], [true]]);
    },
  );

  it('is asked for again when no answer comes over a line that stands', async () => {
    const { socket } = open();
    socket.up();
    await pass(6_000 + AGAIN);
    expect(socket.names()).toEqual(['room:join', 'room:join']);
  });

  it('is asked for again once the line stands again, and only then', async () => {
    const { socket } = open();
    socket.up();
    socket.cut();
    await pass(60_000);
    expect(socket.sent).toHaveLength(1);
    socket.up();
    expect(socket.sent).toHaveLength(2);
  });

  it('is asked for once by each connection, also when the one before was refused for now', async () => {
    const { socket } = open();
    socket.up();
    socket.last().refuse('BUSY');
    await pass(AGAIN / 2);
    socket.cut();
    socket.up();
    socket.last().answer(state('ann'));
    await pass(AGAIN);
    expect(socket.names()).toEqual(['room:join', 'room:join']);
  });
});

describe('after a cut', () => {
  it('a line that was recovered goes on where it was', async () => {
    const { socket, room, ins, ups, outs } = await enter();
    socket.cut();
    socket.up(true);
    await pass(60_000);
    expect([socket.names(), ins, ups]).toEqual([['room:join'], [true, false], [true, false, true]]);
    expect([room.isIn(), outs]).toEqual([true, []]);
  });

  it('a line that was recovered before anyone was in asks to come in', () => {
    const { socket, ins } = open();
    socket.up();
    socket.cut();
    socket.up(true);
    expect([socket.names(), ins]).toEqual([['room:join', 'room:join'], []]);
  });

  it('a new line comes in from the lobby, and may have missed something', async () => {
    const { socket, room, ins, outs, view } = await enter();
    socket.cut();
    socket.up();
    socket.emit('lobby:entered', {});
    expect([room.isIn(), outs, socket.names()]).toEqual([false, [], ['room:join', 'room:join']]);
    socket.emit('room:state', state('ann', 'cho'));
    socket.last().answer(state('ann', 'cho'));
    await settle();
    expect([room.isIn(), ins]).toEqual([true, [true, true]]);
    expect(view()?.people.map(({ userId }) => userId)).toEqual(['ann', 'cho']);
  });

  it('by the service comes back in a while; after others the library does by itself', async () => {
    const { socket, ups } = await enter();
    socket.cut('io server disconnect');
    expect(ups).toEqual([true, false]);
    await pass(AGAIN - 1);
    expect(socket.connects).toBe(1);
    await pass(1);
    expect(socket.connects).toBe(2);
    socket.up();
    socket.cut();
    await pass(60_000);
    expect(socket.connects).toBe(2);
  });
});

describe('what the service tells', () => {
  const tellings: RoomTold = {
    'room:user-joined': { participant: aPerson('cho') },
    'room:user-left': { userId: 'ben' },
    'room:user-kicked': { userId: 'ben' },
    'room:host-changed': { userId: 'ben' },
    'room:updated': { room: aRoom(1, { title: 'Evening' }) },
    'media:user-muted': { userId: 'ben', isMuted: true },
    'media:user-video': { userId: 'ben', isVideoOff: true },
    'hand:raised': { userId: 'ben' },
    'hand:lowered': { userId: 'ben' },
    'recording:started': { recordingId: 'a-recording' },
    'recording:stopped': { recordingId: 'a-recording' },
    'media:track-refused': { userId: 'ben' },
  };

  it.each(TOLD_NAMES)('by %s changes what is seen, and is told on with how it was before', async (name) => {
    const { socket, view, told } = await enter();
    const before = view() as RoomView;
    socket.emit(name, tellings[name]);
    expect(view()).toEqual(afterTold(before, name, tellings[name]));
    expect(told).toEqual([[name, tellings[name], before]]);
  });

  it('of the room as a whole stands in place of what was seen', async () => {
    const { socket, view, told } = await enter();
    const { room, participants } = state('cho');
    socket.emit('room:state', { room, participants });
    expect(view()).toEqual({ room, people: participants });
    expect(told).toEqual([]);
  });

  it('before the room was seen changes nothing', () => {
    const { socket, views, told } = open();
    socket.up();
    socket.emit('hand:raised', { userId: 'ben' });
    expect([views, told]).toEqual([[], []]);
  });

  it('is also what is said', async () => {
    const { socket, chat } = await enter();
    socket.emit('chat:message', aMessage(1));
    expect(chat).toEqual([aMessage(1)]);
  });
});

describe('the visit is over', () => {
  it.each<[string, object, Ending]>([
    ['room:user-kicked', { userId: 'ann' }, 'kicked'],
    ['room:user-left', { userId: 'ann' }, 'left'],
    ['room:ended', { roomId }, 'ended'],
    ['room:user-kicked', { userId: 'ben' }, 'left'],
  ])('by %s of %j, in the lobby: %s', async (name, payload, ending) => {
    const { socket, room, outs } = await enter();
    socket.emit(name, payload);
    expect(outs).toEqual([]);
    socket.emit('lobby:entered', {});
    socket.emit('lobby:entered', {});
    expect([outs, room.isIn(), socket.active]).toEqual([[ending], false, false]);
    await pass(60_000);
    expect(socket.connects).toBe(1);
  });

  it('once they left, whatever became of one that was let in again before', async () => {
    const { socket, outs } = await enter();
    socket.emit('room:user-kicked', { userId: 'ann' });
    socket.emit('room:user-joined', { participant: aPerson('ann') });
    socket.emit('room:user-left', { userId: 'ann' });
    socket.emit('lobby:entered', {});
    expect(outs).toEqual(['left']);
  });

  it('not because they are in the lobby before they are in', () => {
    const { socket, outs } = open();
    socket.up();
    socket.emit('lobby:entered', {});
    expect([outs, socket.active]).toEqual([[], true]);
  });
});

describe('a token that is refused', () => {
  const fresh = { fresh: true };

  it.each<FailureCode>(['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_INVALID', 'TOKEN_REVOKED'])(
    'by %s is tried with a fresh one in a while',
    async (code) => {
      const { socket, tokens, ups, outs } = open();
      socket.refuse(code);
      await pass(AGAIN - 1);
      expect([tokens.asked, ups, socket.connects]).toEqual([[fresh], [false], 1]);
      await pass(1);
      expect([socket.connects, outs]).toEqual([2, []]);
    },
  );

  it('the third time in a row is the end of the sign-in', async () => {
    const { socket, tokens, outs } = open();
    for (const times of [2, 3]) {
      socket.refuse('TOKEN_INVALID');
      await pass(AGAIN);
      expect([socket.connects, outs]).toEqual([times, []]);
    }
    socket.refuse('TOKEN_INVALID');
    await pass(60_000);
    expect([outs, socket.connects, tokens.asked]).toEqual([['signed-out'], 3, [fresh, fresh]]);
  });

  it('counts anew once they were in', async () => {
    const { socket, outs } = open();
    for (let round = 0; round < 2; round += 1) {
      socket.refuse('TOKEN_EXPIRED');
      socket.refuse('TOKEN_EXPIRED');
      socket.up();
      socket.last().answer(state('ann'));
      await settle();
      socket.cut();
    }
    expect(outs).toEqual([]);
  });

  it('ends the visit when there is no other, and not when Keycloak does not answer', async () => {
    const { socket, tokens, outs } = open();
    tokens.give = async () => Promise.reject(new ApiError('UNREACHABLE', 'away'));
    socket.refuse('TOKEN_EXPIRED');
    await pass(AGAIN);
    expect([socket.connects, outs]).toEqual([2, []]);
    tokens.give = async () => Promise.reject(new ApiError('SIGNED_OUT', 'over'));
    socket.refuse('TOKEN_EXPIRED');
    await pass(60_000);
    expect([socket.connects, outs]).toEqual([2, ['signed-out']]);
  });

  it('in the midst of a visit is tried with a fresh one too', async () => {
    const { socket, tokens, ups } = await enter();
    socket.emit('session:ended', { code: 'TOKEN_EXPIRED', message: 'over' });
    socket.cut('io server disconnect');
    await pass(AGAIN);
    expect([tokens.asked, socket.connects, ups]).toEqual([[fresh], 2, [true, false]]);
  });

  it('is not what a limit cuts for: it comes back with what it has', async () => {
    const { socket, tokens, outs } = await enter();
    socket.emit('session:ended', { code: 'RATE_LIMITED', message: 'too much' });
    socket.cut('io server disconnect');
    await pass(AGAIN);
    expect([tokens.asked, socket.connects, outs]).toEqual([[], 2, []]);
  });

  it.each([undefined, 'SHUTTING_DOWN', 'KEYCLOAK_UNAVAILABLE'] as const)(
    'is not what %s says: it is tried again later, without end',
    async (code) => {
      const { socket, tokens, outs } = open();
      for (let times = 2; times < 7; times += 1) {
        socket.refuse(code);
        await pass(AGAIN - 1);
        expect(socket.connects).toBe(times - 1);
        await pass(1);
        expect(socket.connects).toBe(times);
      }
      expect([tokens.asked, outs]).toEqual([[], []]);
    },
  );

  it('is not a line that fails: the library tries again by itself', async () => {
    const { socket, ups } = open();
    socket.fail();
    await pass(60_000);
    expect([socket.connects, ups]).toEqual([1, [false]]);
  });
});

describe('a token', () => {
  it('that ends soon is renewed', async () => {
    const { socket, tokens, outs } = await enter();
    tokens.give = async () => Promise.reject(new ApiError('UNREACHABLE', 'away'));
    socket.emit('auth:expiring', { expiresAt: '' });
    await settle();
    expect([tokens.asked, outs]).toEqual([[{ fresh: true }], []]);
  });

  it('that is new is shown, if there is a line to show it on', async () => {
    const { socket, tokens, outs } = await enter();
    tokens.renewed('b');
    expect(socket.last()).toMatchObject({ name: 'auth:renew', payload: { token: 'b' } });
    socket.last().refuse('IDENTITY_MISMATCH');
    await settle();
    socket.cut();
    tokens.renewed('c');
    expect([socket.names(), outs]).toEqual([['room:join', 'auth:renew'], []]);
  });
});

describe('what one does', () => {
  const refusal = (code: FailureCode) => expect.objectContaining({ name: 'ApiError', code });

  it('answers a message as it was written', async () => {
    const { socket, room } = await enter();
    const said = room.say('Hello');
    expect(socket.last()).toMatchObject({ name: 'chat:message', payload: { message: 'Hello' } });
    socket.last().answer({ message: aMessage(1) });
    expect(await said).toEqual(aMessage(1));
  });

  it.each([
    [true, 'hand:raise'],
    [false, 'hand:lower'],
  ])('with a hand (%p) is %s', async (on, name) => {
    const { socket, room } = await enter();
    const done = room.setHandRaised(on);
    expect(socket.last()).toMatchObject({ name, payload: {} });
    socket.last().answer();
    await done;
  });

  it('may be refused, with all that the service says of it', async () => {
    const { socket, room } = await enter();
    const said = expect(room.say('')).rejects.toMatchObject({
      name: 'ApiError',
      code: 'INVALID_REQUEST',
      message: 'Say something.',
      retryAfter: 700,
      fields: [{ path: 'message', message: 'is empty' }],
    });
    socket.last().refuse('INVALID_REQUEST', {
      message: 'Say something.',
      retryAfter: 700,
      fields: [{ path: 'message', message: 'is empty' }],
    });
    await said;
  });

  it('is refused at once while the line is down, and not sent later', async () => {
    const { socket, room } = await enter();
    socket.cut();
    await expect(room.say('Hello')).rejects.toEqual(refusal('UNREACHABLE'));
    socket.up(true);
    await pass(60_000);
    expect(socket.names()).toEqual(['room:join']);
  });

  it('is not waited for longer than six seconds', async () => {
    const { room } = await enter();
    let failure: unknown;
    room.say('Hello').catch((error: unknown) => {
      failure = error;
    });
    await pass(5_999);
    expect(failure).toBeUndefined();
    await pass(1);
    expect(failure).toEqual(refusal('UNREACHABLE'));
  });

  describe('with microphone and camera', () => {
    const media = (isMuted: boolean, isVideoOff: boolean) => ({ isMuted, isVideoOff });
    const said = (socket: ASocket) => socket.sent.slice(1).map(({ name, payload }) => [name, payload]);

    it.each([
      [media(false, false), []],
      [media(true, false), [['media:toggle-mic', { isMuted: true }]]],
      [media(false, true), [['media:toggle-video', { isVideoOff: true }]]],
      [
        media(true, true),
        [
          ['media:toggle-mic', { isMuted: true }],
          ['media:toggle-video', { isVideoOff: true }],
        ],
      ],
    ])('is told as far as others see it otherwise: %j', async (is, expected) => {
      const { socket, room } = await enter();
      void room.tellMedia(is);
      expect(said(socket)).toEqual(expected);
    });

    it('is told on from how the others see it', async () => {
      const { socket, room } = await enter();
      socket.emit('media:user-muted', { userId: 'ann', isMuted: true });
      void room.tellMedia(media(true, false));
      expect(said(socket)).toEqual([]);
      void room.tellMedia(media(false, false));
      expect(said(socket)).toEqual([['media:toggle-mic', { isMuted: false }]]);
    });

    it('is told as it is now, though the others have yet to hear how it was just before', async () => {
      const { socket, room } = await enter();
      void room.tellMedia(media(true, false));
      void room.tellMedia(media(false, false));
      expect(said(socket)).toEqual([
        ['media:toggle-mic', { isMuted: true }],
        ['media:toggle-mic', { isMuted: false }],
      ]);
    });

    it('is told to nobody before one is in, or when one is not seen there', async () => {
      const { socket, room } = open();
      socket.up();
      socket.emit('room:state', state('ann', 'ben'));
      await room.tellMedia(media(true, true));
      socket.last().answer(state('ann', 'ben'));
      await settle();
      socket.emit('room:state', state('ben'));
      await room.tellMedia(media(true, true));
      expect(said(socket)).toEqual([]);
    });

    it('fails only by what does not pass by itself', async () => {
      const { socket, room } = await enter();
      for (const code of ['RATE_LIMITED', 'STORE_UNAVAILABLE'] as const) {
        const told = room.tellMedia(media(false, true));
        socket.last().refuse(code);
        await told;
      }
      const told = expect(room.tellMedia(media(true, true))).rejects.toEqual(refusal('NO_SEAT'));
      const [microphone, camera] = socket.sent.slice(-2);
      microphone?.answer();
      camera?.refuse('NO_SEAT');
      await told;
    });
  });
});

describe('closing', () => {
  /** Nothing is left that could open it again. */
  async function expectQuiet({ socket, tokens, outs }: ReturnType<typeof open>) {
    expect(jest.getTimerCount()).toBe(0);
    const { connects } = socket;
    await pass(60_000);
    expect([socket.connects, socket.active, tokens.listeners.size, outs]).toEqual([connects, false, 0, []]);
  }

  it('stops everything', async () => {
    const all = await enter();
    expect(all.tokens.listeners.size).toBe(1);
    all.room.close();
    expect(all.room.isIn()).toBe(false);
    await expectQuiet(all);
  });

  it('stops the waiting before it connects again', async () => {
    const all = await enter();
    all.socket.cut('io server disconnect');
    all.room.close();
    await expectQuiet(all);
  });

  it('stops the waiting before it asks to come in again', async () => {
    const all = open();
    all.socket.up();
    all.socket.last().refuse('BUSY');
    await settle();
    all.room.close();
    await expectQuiet(all);
  });

  it('while it asks to come in stops that', async () => {
    const all = open();
    all.socket.up();
    all.room.close();
    await settle();
    await expectQuiet(all);
    expect(all.ins).toEqual([]);
  });

  it('while it waits for a fresh token does not connect with it', async () => {
    const all = open();
    let give: (token: string) => void = () => {};
    all.tokens.give = () =>
      new Promise((resolve) => {
        give = resolve;
      });
    all.socket.refuse('TOKEN_EXPIRED');
    all.room.close();
    give('b');
    await settle();
    await expectQuiet(all);
  });
});
