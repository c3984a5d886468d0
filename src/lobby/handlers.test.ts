import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ASocket,
  aFeed,
  aLobby,
  aLobbyPlace,
  anEvent,
  aParticipant,
  aPrincipal,
  aRoom,
  aSeat,
  noon,
} from '../../test/support/a-room.ts';
import type { AccessTokens } from '../auth/index.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { Presence } from '../presence/index.ts';
import { createHeldConnections, type HeldConnections } from '../presence/index.ts';
import { type Room, type RoomEvent, type Rooms, summarise } from '../rooms/index.ts';
import { presentParticipant, presentPresent, presentRoom } from '../wire/index.ts';
import type { SocketHandlers } from './dispatch.ts';
import { createHandlers } from './handlers.ts';
import { createRoomMembers } from './members.ts';
import { Session } from './session.ts';

const offer = { sdp: 'v=0', targetUserId: 'ben' };

describe('what a socket asks for', () => {
  let lobby: ReturnType<typeof aLobby>;
  let feed: ReturnType<typeof aFeed>;
  let socket: ASocket;
  let session: Session;
  let handlers: SocketHandlers;
  let room: Room;
  /** The connections that are counted, and what the rooms were asked. */
  let counted: Set<string>;
  let asked: string[];
  let departed: string[];
  /** The sockets that heard what is sent to the one who joined, when their seat was claimed. */
  let hearsAsItJoins: string[];
  let refusal: ErrorCode | null;
  let othersReachable: boolean;
  let sessions: Map<string, Session>;
  let held: HeldConnections;
  let reading: { down: boolean };
  let written: RoomEvent[];
  let joining: Promise<void>;
  let subscribing: Promise<void>;

  beforeEach(() => {
    lobby = aLobby();
    feed = aFeed();
    room = aRoom({ lastSeq: 5, seats: ['host', 'ann', 'ben'].map((id) => aSeat(id)) });
    counted = new Set();
    written = [];
    departed = [];
    hearsAsItJoins = [];
    [asked, refusal, othersReachable, reading, joining, subscribing] = [
      [],
      null,
      true,
      { down: false },
      Promise.resolve(),
      Promise.resolve(),
    ];
    sessions = new Map();
    const does = async <T>(what: string, answer: T): Promise<T> => {
      asked.push(what);
      if (refusal) throw new ServiceError(refusal, refusal);
      return answer;
    };
    const rooms = {
      async join(roomId: string, user: { id: string }, connection?: string) {
        hearsAsItJoins = [...lobby.listening(`member:${roomId}:${user.id}`)];
        await does(`join ${roomId} ${user.id}`, null);
        await joining;
        counted.add(connection ?? '');
        return { room: { ...room, id: roomId }, participant: aParticipant(user.id) };
      },
      leave: (roomId: string, userId: string) => does(`leave ${roomId} ${userId}`, room),
      say: (roomId: string, userId: string, text: string) =>
        does(`say ${roomId} ${userId} ${text}`, {
          id: 'a-message',
          roomId,
          sender: { id: userId, name: 'Ann' },
          text,
          createdAt: noon,
        }),
      setMuted: (roomId: string, userId: string, on: boolean) =>
        does(`setMuted ${roomId} ${userId} ${on}`, undefined),
      setVideoOff: (roomId: string, userId: string, on: boolean) =>
        does(`setVideoOff ${roomId} ${userId} ${on}`, undefined),
      setHandRaised: (roomId: string, userId: string, on: boolean) =>
        does(`setHandRaised ${roomId} ${userId} ${on}`, undefined),
    } as unknown as Rooms;
    const presence = {
      async departed({ door, id }: { door: string; id: string }) {
        departed.push(id);
        counted.delete(`${door}:${id}`);
      },
    } as unknown as Presence;
    held = createHeldConnections({ rooms, presence, door: 'socket@one', onError: () => {} });
    const members = createRoomMembers({
      io: lobby.io,
      feed: feed.feed,
      history: {
        async eventsAfter() {
          if (reading.down) throw new ServiceError('STORE_UNAVAILABLE', 'away');
          return written;
        },
      },
      onOut(gone) {
        const theirs = sessions.get(gone.id);
        if (theirs) theirs.roomId = null;
        held.forget(gone.id);
      },
      lobby: aLobbyPlace(noon),
      async subscribed() {
        asked.push('subscribed');
        await subscribing;
      },
    });
    const tokens: AccessTokens = {
      async verify(token: string) {
        const [, userId = '', expiresAt = ''] = /^(\w+) until (\d+)$/.exec(token) ?? [];
        if (userId === '') throw new ServiceError('TOKEN_INVALID', 'none of ours');
        return aPrincipal(userId, { expiresAt: Number(expiresAt) });
      },
    } as AccessTokens;
    handlers = createHandlers({
      io: lobby.io,
      rooms,
      members,
      held,
      tokens,
      othersReachable: () => othersReachable,
    });
    ({ socket, session } = aSocketOf('1', 'ann'));
  });

  function aSocketOf(id: string, userId: string) {
    const one = lobby.socket(id);
    one.join('lobby');
    const its = new Session(one, aPrincipal(userId), { warnBefore: 0, now: () => noon });
    sessions.set(id, its);
    return { socket: one, session: its };
  }
  const joins = (its = session, roomId = 'a-room') => handlers['room:join'](its, { roomId });
  const refused = (code: ErrorCode) => expect.objectContaining({ code });
  const namesTo = (one: ASocket) => one.heard.map(([name]) => name);
  const happens = (event: RoomEvent) => feed.tell(event);

  describe('room:join', () => {
    it('takes a seat, connected from the first, and answers the room, who is in, and who one is there', async () => {
      expect(await joins()).toEqual({
        room: presentRoom(room),
        participants: presentPresent(room),
        participant: presentParticipant(aParticipant('ann')),
      });
      expect([asked, [...counted], session.roomId]).toEqual([
        ['subscribed', 'join a-room ann'],
        ['socket@one:1'],
        'a-room',
      ]);
      expect(socket.rooms.has('in-room:a-room')).toBe(true);
      expect(socket.rooms.has('lobby')).toBe(false);
    });

    it('once more answers the same, and shows it nothing twice', async () => {
      expect(await joins()).toEqual(await joins());
      expect(namesTo(socket)).toEqual(['room:state']);
    });

    it('of another room is refused while it is in one, which it stays in', async () => {
      await joins();
      await expect(joins(session, 'b-room')).rejects.toEqual(refused('IN_ANOTHER_ROOM'));
      expect([asked, session.roomId]).toEqual([['subscribed', 'join a-room ann'], 'a-room']);
    });

    it('claims the seat when others can reach it, at whichever instance: they may greet it at once', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      subscribing = promise;
      const entering = joins();
      await new Promise(setImmediate);
      expect(asked).toEqual(['subscribed']);
      resolve();
      await entering;
      expect([asked, hearsAsItJoins]).toEqual([['subscribed', 'join a-room ann'], ['1']]);
    });

    it('hears a greeting that comes before it is shown the room', async () => {
      const tab = aSocketOf('2', 'ben');
      await joins(tab.session);
      const { promise, resolve } = Promise.withResolvers<void>();
      joining = promise;
      const entering = joins();
      await new Promise(setImmediate);
      await handlers['webrtc:offer'](tab.session, { ...offer, targetUserId: 'ann' });
      resolve();
      await entering;
      expect(namesTo(socket)).toEqual(['webrtc:offer', 'room:state']);
    });

    it('once more and failed leaves it where it is, and in hearing', async () => {
      await joins();
      refusal = 'STORE_UNAVAILABLE';
      await expect(joins()).rejects.toEqual(refused('STORE_UNAVAILABLE'));
      refusal = null;
      expect([session.roomId, [...counted], [...socket.rooms].toSorted()]).toEqual([
        'a-room',
        ['socket@one:1'],
        ['1', 'in-room:a-room', 'member:a-room:ann'],
      ]);
    });

    describe('once more while its user leaves at another door', () => {
      const leaves = anEvent(
        'participant.left',
        { participant: aParticipant('ann'), reason: 'left' },
        { seq: 6 },
      );
      const isIn = () => [session.roomId, [...counted], [...socket.rooms].toSorted()];
      const wholly = ['a-room', ['socket@one:1'], ['1', 'in-room:a-room', 'member:a-room:ann']];
      /** Joins once more, and is told of the leaving while its seat is not answered yet. */
      const toldAsItJoins = async () => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        joining = promise;
        const entering = joins();
        await Promise.resolve();
        happens(leaves);
        return { entering, resolve, reject };
      };

      it('stays in, though it is told of that after it took its seat anew', async () => {
        await joins();
        room = aRoom({ ...room, lastSeq: 7 });
        await joins();
        happens(leaves);
        expect(isIn()).toEqual(wholly);
        expect(namesTo(socket)).toEqual(['room:state', 'room:user-left']);
      });

      it('comes in from the lobby, when it is told of that before it has its seat anew', async () => {
        await joins();
        const { entering, resolve } = await toldAsItJoins();
        expect(session.roomId).toBeNull();
        room = aRoom({ ...room, lastSeq: 7 });
        resolve();
        await entering;
        expect(isIn()).toEqual(wholly);
        expect(namesTo(socket)).toEqual(['room:state', 'room:user-left', 'lobby:entered', 'room:state']);
        happens(anEvent('hand.raised', { participant: aParticipant('ben') }, { seq: 8 }));
        expect(namesTo(socket).at(-1)).toBe('hand:raised');
      });

      it('and goes meanwhile leaves nothing behind', async () => {
        await joins();
        const { entering, resolve } = await toldAsItJoins();
        socket.cut();
        await held.gone('1');
        resolve();
        await expect(entering).rejects.toEqual(refused('NO_SEAT'));
        expect([[...counted], feed.follows()]).toEqual([[], []]);
      });

      it('and is refused has no connection that would be counted again', async () => {
        await joins();
        const { entering, reject } = await toldAsItJoins();
        counted.clear();
        reject(new ServiceError('KICKED', 'out'));
        await expect(entering).rejects.toEqual(refused('KICKED'));
        await held.gone('1');
        expect([session.roomId, departed]).toEqual([null, []]);
      });
    });

    it('is refused as admission has it, and it stays in the lobby', async () => {
      refusal = 'ROOM_FULL';
      await expect(joins()).rejects.toEqual(refused('ROOM_FULL'));
      expect([session.roomId, [...counted], [...socket.rooms].toSorted()]).toEqual([
        null,
        [],
        ['1', 'lobby'],
      ]);
      refusal = null;
      await joins();
      expect(session.roomId).toBe('a-room');
    });

    it('leaves nothing counted of a socket that goes meanwhile', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      joining = promise;
      const entering = joins();
      socket.cut();
      // As the door does when a socket goes.
      await held.gone('1');
      resolve();
      await expect(entering).rejects.toEqual(refused('NO_SEAT'));
      expect([...counted]).toEqual([]);
      expect([socket.rooms.size, feed.follows()]).toEqual([0, []]);
    });

    it('leaves nothing behind of a socket that goes while it is only heard of', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      subscribing = promise;
      const entering = joins();
      socket.cut();
      await held.gone('1');
      resolve();
      await expect(entering).rejects.toEqual(refused('NO_SEAT'));
      expect([[...counted], socket.rooms.size, feed.follows(), session.roomId]).toEqual([[], 0, [], null]);
    });

    it('is refused to one who is put out as they come in: they hear that, and are in the lobby', async () => {
      await joins(aSocketOf('2', 'ben').session);
      const kick = anEvent(
        'participant.kicked',
        { userId: 'ann', participant: aParticipant('ann'), by: 'host' },
        { seq: 6 },
      );
      happens(kick);
      written = [kick];
      await expect(joins()).rejects.toEqual(refused('NO_SEAT'));
      expect(namesTo(socket)).toEqual(['room:state', 'room:user-kicked', 'lobby:entered']);
      expect([session.roomId, [...socket.rooms].toSorted()]).toEqual([null, ['1', 'lobby']]);
    });

    it('lets it in at the next try, when the store did not answer as it came in', async () => {
      const other = aSocketOf('2', 'ben');
      await joins(other.session);
      happens(anEvent('hand.raised', { participant: aParticipant('host') }, { seq: 6 }));
      reading.down = true;
      await expect(joins()).rejects.toEqual(refused('STORE_UNAVAILABLE'));
      expect([session.roomId, [...counted], [...socket.rooms].toSorted()]).toEqual([
        null,
        ['socket@one:2'],
        ['1', 'lobby'],
      ]);
      reading.down = false;
      await joins();
      expect(socket.rooms.has('in-room:a-room')).toBe(true);
      happens(anEvent('hand.lowered', { participant: aParticipant('host') }, { seq: 7 }));
      expect(namesTo(socket)).toContain('hand:lowered');
    });
  });

  describe('room:leave', () => {
    it('gives up the seat, and it is in the lobby then', async () => {
      await joins();
      expect(await handlers['room:leave'](session, { roomId: 'a-room' })).toEqual({});
      expect(asked.at(-1)).toBe('leave a-room ann');
      expect([session.roomId, [...socket.rooms].toSorted()]).toEqual([null, ['1', 'lobby']]);
      expect(namesTo(socket).at(-1)).toBe('lobby:entered');
    });

    it('is done once when the event was quicker', async () => {
      await joins();
      const leaving = handlers['room:leave'](session, { roomId: 'a-room' });
      happens(anEvent('participant.left', { participant: aParticipant('ann'), reason: 'left' }, { seq: 6 }));
      await leaving;
      expect(namesTo(socket)).toEqual(['room:state', 'room:user-left', 'lobby:entered']);
    });

    it('of the last one lets them hear that the room ended with them', async () => {
      room = aRoom({ lastSeq: 5, seats: [aSeat('ann')] });
      await joins();
      const leaving = handlers['room:leave'](session, { roomId: 'a-room' });
      happens(anEvent('participant.left', { participant: aParticipant('ann'), reason: 'left' }, { seq: 6 }));
      happens(anEvent('room.ended', { room: summarise(aRoom({ status: 'ENDED' })), by: null }, { seq: 7 }));
      await leaving;
      expect(namesTo(socket)).toEqual(['room:state', 'room:user-left', 'room:ended', 'lobby:entered']);
    });

    it('is refused of a room that it is not in', async () => {
      await expect(handlers['room:leave'](session, { roomId: 'a-room' })).rejects.toEqual(refused('NO_SEAT'));
      await joins();
      await expect(handlers['room:leave'](session, { roomId: 'b-room' })).rejects.toEqual(refused('NO_SEAT'));
      expect(session.roomId).toBe('a-room');
    });

    it('and failed leaves it where it is', async () => {
      await joins();
      refusal = 'STORE_UNAVAILABLE';
      await expect(handlers['room:leave'](session, { roomId: 'a-room' })).rejects.toEqual(
        refused('STORE_UNAVAILABLE'),
      );
      expect([session.roomId, socket.rooms.has('in-room:a-room')]).toEqual(['a-room', true]);
    });
  });

  it.each<
    [string, (handlers: SocketHandlers, session: Session) => Promise<unknown>, asks: string, answers: object]
  >([
    [
      'chat:message',
      (of, its) => of['chat:message'](its, { message: 'Hello' }),
      'say a-room ann Hello',
      { message: { id: 'a-message', message: 'Hello', sender: { id: 'ann', name: 'Ann' }, createdAt: noon } },
    ],
    [
      'media:toggle-mic',
      (of, its) => of['media:toggle-mic'](its, { isMuted: true }),
      'setMuted a-room ann true',
      { isMuted: true },
    ],
    [
      'media:toggle-video',
      (of, its) => of['media:toggle-video'](its, { isVideoOff: false }),
      'setVideoOff a-room ann false',
      { isVideoOff: false },
    ],
    ['hand:raise', (of, its) => of['hand:raise'](its, undefined), 'setHandRaised a-room ann true', {}],
    ['hand:lower', (of, its) => of['hand:lower'](its, {}), 'setHandRaised a-room ann false', {}],
  ])(
    '%s is done in the room that it is in, by its user; elsewhere refused',
    async (_name, ask, asks, answers) => {
      await expect(ask(handlers, session)).rejects.toEqual(refused('NO_SEAT'));
      expect(asked).toEqual([]);
      await joins();
      expect(await ask(handlers, session)).toEqual(answers);
      expect(asked.at(-1)).toBe(asks);
    },
  );

  describe('webrtc', () => {
    it.each(['webrtc:offer', 'webrtc:answer'] as const)(
      '%s goes to the one it is for, and says whose it is',
      async (name) => {
        const [tab, other] = [aSocketOf('2', 'ben'), aSocketOf('3', 'host')];
        for (const its of [session, tab.session, other.session]) await joins(its);
        expect(await handlers[name](session, offer)).toEqual({});
        expect(tab.socket.heard.at(-1)).toEqual([name, { sdp: 'v=0', senderUserId: 'ann' }]);
        expect(namesTo(other.socket)).not.toContain(name);
        expect(namesTo(socket)).not.toContain(name);
        expect(lobby.beyond).toEqual([
          { to: 'member:a-room:ben', message: [name, { sdp: 'v=0', senderUserId: 'ann' }] },
        ]);
      },
    );

    it('webrtc:ice-candidate may say that there are no more', async () => {
      await joins();
      await handlers['webrtc:ice-candidate'](session, { candidate: null, targetUserId: 'ben' });
      expect(lobby.beyond[0]?.message).toEqual([
        'webrtc:ice-candidate',
        { candidate: null, senderUserId: 'ann' },
      ]);
    });

    it('reaches nobody who is not in the same room', async () => {
      await joins();
      await joins(aSocketOf('2', 'cem').session, 'b-room');
      for (const targetUserId of ['cem', 'a-stranger', 'in-room:a-room', 'ben:', ''])
        await expect(handlers['webrtc:offer'](session, { ...offer, targetUserId })).rejects.toEqual(
          refused('NO_SUCH_PARTICIPANT'),
        );
      expect(lobby.beyond).toEqual([]);
    });

    it('reaches nobody from the lobby, nor from one who was put out', async () => {
      await expect(handlers['webrtc:offer'](session, offer)).rejects.toEqual(refused('NO_SEAT'));
      await joins();
      happens(
        anEvent(
          'participant.kicked',
          { userId: 'ann', participant: aParticipant('ann'), by: 'host' },
          { seq: 6 },
        ),
      );
      await expect(handlers['webrtc:offer'](session, offer)).rejects.toEqual(refused('NO_SEAT'));
    });

    it('reaches those of this instance while the others cannot be reached, and is refused for others', async () => {
      const tab = aSocketOf('2', 'ben');
      await joins();
      await joins(tab.session);
      othersReachable = false;
      await handlers['webrtc:offer'](session, offer);
      expect(tab.socket.heard.at(-1)?.[0]).toBe('webrtc:offer');
      expect(lobby.beyond).toEqual([]);
      await expect(handlers['webrtc:offer'](session, { ...offer, targetUserId: 'host' })).rejects.toEqual(
        refused('RELAY_UNAVAILABLE'),
      );
    });
  });

  describe('auth:renew', () => {
    const inAnHour = noon.getTime() / 1_000 + 3_600;

    it('takes a new token of the same user, and says until when it holds', async () => {
      expect(await handlers['auth:renew'](session, { token: `ann until ${inAnHour}` })).toEqual({
        expiresAt: new Date(inAnHour * 1_000),
      });
      expect(session.principal.expiresAt).toBe(inAnHour);
      session.close();
    });

    it.each<[string, string, ErrorCode]>([
      ["another's", `ben until ${inAnHour}`, 'IDENTITY_MISMATCH'],
      ['none of ours', 'nonsense', 'TOKEN_INVALID'],
    ])('refuses %s, and goes on by the old one', async (_whose, token, code) => {
      const before = session.principal;
      await expect(handlers['auth:renew'](session, { token })).rejects.toEqual(refused(code));
      expect(session.principal).toBe(before);
    });
  });
});
