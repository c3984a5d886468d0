import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ASocket,
  aFeed,
  aLobby,
  aLobbyPlace,
  anEvent,
  aParticipant,
  aRoom,
  aSeat,
  noon,
  said,
} from '../../test/support/a-room.ts';
import { type Room, type RoomEvent, summarise } from '../rooms/index.ts';
import { presentPresent, presentRoom } from '../wire/index.ts';
import { createRoomMembers, type RoomMembers } from './members.ts';
import type { LobbySocket } from './protocol.ts';

/** The room after its event `seq`, with the host, Ann and Ben in it. */
const roomAt = (seq: number, more: Partial<Room> = {}): Room =>
  aRoom({ lastSeq: seq, seats: ['host', 'ann', 'ben'].map((id) => aSeat(id)), ...more });
const joined = (userId: string, seq: number) =>
  anEvent('participant.joined', { participant: aParticipant(userId) }, { seq });
const left = (userId: string, seq: number, reason: 'left' | 'lapsed' | 'ended' = 'left') =>
  anEvent('participant.left', { participant: aParticipant(userId), reason }, { seq });
const kicked = (userId: string, seq: number) =>
  anEvent('participant.kicked', { userId, participant: aParticipant(userId), by: 'host' }, { seq });
const ended = (seq: number) =>
  anEvent('room.ended', { room: summarise(aRoom({ status: 'ENDED' })), by: 'host' }, { seq });
const chat = (...seqs: number[]) => seqs.map((seq) => ['chat:message', seq]);

describe('the sockets of this instance that are in rooms', () => {
  let lobby: ReturnType<typeof aLobby>;
  let feed: ReturnType<typeof aFeed>;
  let written: RoomEvent[];
  let reading: { held: Promise<void>; down: boolean; began: () => void };
  let out: string[];
  let lobbyPlace: ReturnType<typeof aLobbyPlace>;
  let subscribing: Promise<void>;
  let members: RoomMembers;

  beforeEach(() => {
    lobby = aLobby();
    feed = aFeed();
    written = [];
    reading = { held: Promise.resolve(), down: false, began: () => {} };
    out = [];
    lobbyPlace = aLobbyPlace(noon);
    subscribing = Promise.resolve();
    members = createRoomMembers({
      io: lobby.io,
      feed: feed.feed,
      history: {
        async eventsAfter(roomId, seq, limit) {
          const found = written.filter((event) => event.roomId === roomId && event.seq > seq).slice(0, limit);
          reading.began();
          await reading.held;
          if (reading.down) throw new Error('the store is down');
          return found;
        },
      },
      onOut: (socket: LobbySocket) => out.push(socket.id),
      lobby: { place: () => lobbyPlace.place() },
      subscribed: () => subscribing,
    });
  });

  /** Writes events, which the feed tells. */
  const happens = (...events: RoomEvent[]): void => {
    written.push(...events);
    feed.tell(...events);
  };
  const aSocketIn = async (id: string, userId: string, room: Room, knows?: number): Promise<ASocket> => {
    const socket = lobby.socket(id);
    socket.join('lobby');
    await members.enter(socket, userId, room, knows);
    return socket;
  };
  /** What a socket was told since it was shown the room: each with its place. */
  const toldTo = (socket: ASocket) =>
    socket.heard
      .filter(([name]) => name !== 'room:state')
      .map(([name, , offset]) => [name, Number(`${offset}`.split('/').at(-1))]);
  const namesTo = (socket: ASocket) => toldTo(socket).map(([name]) => name);
  /** Holds the next read of the store until it is let go, and waits until it has begun. */
  const holdReading = () => {
    const gate = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    reading.held = gate.promise;
    reading.began = began.resolve;
    return { letGo: gate.resolve, began: began.promise };
  };

  describe('one that comes in', () => {
    it('is shown the room and who is in, with a place to go on from, and is in the lobby no more', async () => {
      const room = roomAt(5);
      const socket = await aSocketIn('1', 'ann', room);
      expect(socket.heard).toEqual([
        ['room:state', { room: presentRoom(room), participants: presentPresent(room) }, 'room/a-room/5'],
      ]);
      expect([...socket.rooms].toSorted()).toEqual(['1', 'in-room:a-room', 'member:a-room:ann']);
    });

    it('hears what happens from then on, each with its place', async () => {
      const socket = await aSocketIn('1', 'ann', roomAt(5));
      happens(said(6), said(7));
      expect(toldTo(socket)).toEqual(chat(6, 7));
      expect(socket.heard.at(-1)?.[2]).toBe('room/a-room/7');
    });

    it('hears nothing of what lay in the room as it was shown, though others hear it only now', async () => {
      const first = await aSocketIn('1', 'ann', roomAt(5));
      const second = await aSocketIn('2', 'ben', roomAt(7));
      happens(said(6), said(7), said(8));
      expect(toldTo(first)).toEqual(chat(6, 7, 8));
      expect(toldTo(second)).toEqual(chat(8));
    });

    it('hears what others were told of already while its room was read', async () => {
      const first = await aSocketIn('1', 'ann', roomAt(5));
      happens(said(6), said(7));
      const second = await aSocketIn('2', 'ben', roomAt(5));
      happens(said(8));
      expect(toldTo(second)).toEqual(chat(6, 7, 8));
      expect(toldTo(first)).toEqual(chat(6, 7, 8));
    });

    it('catches up before it hears what happens meanwhile: each once, and in order', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ben', roomAt(5));
      await began;
      happens(said(7), said(8));
      expect(toldTo(late)).toEqual([]);
      letGo();
      await entering;
      happens(said(9));
      expect(toldTo(late)).toEqual(chat(6, 7, 8, 9));
    });

    it('is told once of what the store had before the feed told it', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      happens(said(6));
      written.push(said(7));
      const late = await aSocketIn('2', 'ben', roomAt(5));
      feed.tell(said(7));
      happens(said(8));
      expect(toldTo(late)).toEqual(chat(6, 7, 8));
    });

    it('catches up with more than one read has', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      const many = Array.from({ length: 1_200 }, (_, index) => index + 6);
      happens(...many.map((seq) => said(seq)));
      const late = await aSocketIn('2', 'ben', roomAt(5));
      happens(said(1_206));
      expect(toldTo(late)).toEqual(chat(...many, 1_206));
    });

    it('does not wait for ever for what the store has lost', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      feed.tell(said(6));
      const late = await aSocketIn('2', 'ben', roomAt(5));
      happens(said(7));
      expect(toldTo(late)).toEqual(chat(7));
    });

    it('is told nothing of other rooms', async () => {
      const socket = await aSocketIn('1', 'ann', roomAt(5));
      await aSocketIn('2', 'ben', roomAt(5, { id: 'b-room' }));
      happens(said(6, 'b-room'));
      expect(toldTo(socket)).toEqual([]);
    });
  });

  describe('one that is back', () => {
    it('is not shown the room, and is told what it missed, each once, then what happens', async () => {
      await aSocketIn('1', 'ben', roomAt(5));
      happens(said(6), said(7), said(8));
      const back = await aSocketIn('2', 'ann', roomAt(8), 6);
      happens(said(9));
      expect(back.heard.map(([name]) => name)).not.toContain('room:state');
      expect(toldTo(back)).toEqual(chat(7, 8, 9));
    });

    it('is told what it missed where nobody else is in the room', async () => {
      written.push(said(6), said(7), said(8));
      const back = await aSocketIn('1', 'ann', roomAt(8), 6);
      happens(said(9));
      expect(toldTo(back)).toEqual(chat(7, 8, 9));
    });

    it('hears with the others what nobody here was told yet', async () => {
      const first = await aSocketIn('1', 'ben', roomAt(5));
      const back = await aSocketIn('2', 'ann', roomAt(7), 5);
      happens(said(6), said(7));
      expect([toldTo(first), toldTo(back)]).toEqual([chat(6, 7), chat(6, 7)]);
    });

    it('stays in, though a leaving of theirs from before their return is told here only now', async () => {
      await aSocketIn('1', 'ben', roomAt(3));
      // Ann's seat lapsed (4), and coming back she took it anew (5); both are news here.
      const back = await aSocketIn('2', 'ann', roomAt(5), 3);
      happens(left('ann', 4, 'lapsed'), joined('ann', 5), said(6));
      expect(out).toEqual([]);
      expect(namesTo(back)).toEqual(['room:user-left', 'room:user-joined', 'chat:message']);
    });

    it('stays in, though it is told of a leaving of theirs from before their return as it catches up', async () => {
      written.push(left('ann', 4, 'lapsed'), joined('ann', 5));
      const back = await aSocketIn('1', 'ann', roomAt(5), 3);
      happens(said(6));
      expect(out).toEqual([]);
      expect(namesTo(back)).toEqual(['room:user-left', 'room:user-joined', 'chat:message']);
    });
  });

  describe('one whose user is out', () => {
    it.each<[string, RoomEvent, string]>([
      ['left', left('ann', 6), 'room:user-left'],
      ['lapsed', left('ann', 6, 'lapsed'), 'room:user-left'],
      ['was kicked', kicked('ann', 6), 'room:user-kicked'],
    ])(
      'hears of it and is in the lobby then, as are all their sockets, and no others: %s',
      async (_how, event, name) => {
        const [one, two] = [await aSocketIn('1', 'ann', roomAt(5)), await aSocketIn('2', 'ann', roomAt(5))];
        const other = await aSocketIn('3', 'ben', roomAt(5));
        happens(event, said(7));
        for (const socket of [one, two]) {
          expect(namesTo(socket)).toEqual([name, 'lobby:entered']);
          expect([...socket.rooms].toSorted()).toEqual([socket.id, 'lobby']);
          expect(socket.heard.at(-1)).toEqual(['lobby:entered', {}, `lobby/${noon.getTime()}`]);
        }
        expect(out).toEqual(['1', '2']);
        expect(namesTo(other)).toEqual([name, 'chat:message']);
        expect(other.rooms.has('lobby')).toBe(false);
      },
    );

    it('hears nothing of a kick of one who held no seat', async () => {
      const socket = await aSocketIn('1', 'ann', roomAt(5));
      happens(anEvent('participant.kicked', { userId: 'eve', participant: null, by: 'host' }, { seq: 6 }));
      expect([toldTo(socket), out]).toEqual([[], []]);
    });

    it.each(['left', 'lapsed'] as const)(
      'with the last one (%s), hears that they left and that the room ended with it, and is in the lobby then',
      async (reason) => {
        const room = roomAt(5, { seats: [aSeat('ann')] });
        const [one, two] = [await aSocketIn('1', 'ann', room), await aSocketIn('2', 'ann', room)];
        happens(left('ann', 6, reason));
        expect([out, namesTo(one)]).toEqual([[], ['room:user-left']]);
        happens(ended(7));
        for (const socket of [one, two]) {
          expect(namesTo(socket)).toEqual(['room:user-left', 'room:ended', 'lobby:entered']);
          expect([...socket.rooms].toSorted()).toEqual([socket.id, 'lobby']);
        }
        expect([out, feed.follows()]).toEqual([['1', '2'], []]);
      },
    );

    it('before the last one hears nothing of the end', async () => {
      const room = roomAt(5, { seats: [aSeat('ann'), aSeat('ben')] });
      const [ann, ben] = [await aSocketIn('1', 'ann', room), await aSocketIn('2', 'ben', room)];
      happens(left('ann', 6, 'lapsed'), left('ben', 7, 'lapsed'), ended(8));
      expect(namesTo(ann)).toEqual(['room:user-left', 'lobby:entered']);
      expect(namesTo(ben)).toEqual(['room:user-left', 'room:user-left', 'room:ended', 'lobby:entered']);
    });

    it('is put out by a kick, though another who held no seat was kept out before', async () => {
      const socket = await aSocketIn('1', 'ann', roomAt(5));
      happens(anEvent('participant.kicked', { userId: 'eve', participant: null, by: 'host' }, { seq: 6 }));
      happens(left('ben', 7), kicked('ann', 8));
      expect(namesTo(socket)).toEqual(['room:user-left', 'room:user-kicked', 'lobby:entered']);
    });

    it('while it comes in hears nothing of what was said after that', async () => {
      await aSocketIn('1', 'ben', roomAt(5));
      happens(said(6), kicked('ann', 7), said(8));
      const late = await aSocketIn('2', 'ann', roomAt(5));
      expect(namesTo(late)).toEqual(['chat:message', 'room:user-kicked', 'lobby:entered']);
    });

    it('as the last one while it comes in hears that the room ended', async () => {
      await aSocketIn('1', 'ann', roomAt(5, { seats: [aSeat('ann')] }));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ann', roomAt(5, { seats: [aSeat('ann')] }));
      await began;
      happens(left('ann', 7), ended(8));
      letGo();
      await entering;
      // The room was followed no more, and is anew, from where it was read.
      feed.tell(said(6), left('ann', 7), ended(8));
      expect(namesTo(late)).toEqual(['chat:message', 'room:user-left', 'room:ended', 'lobby:entered']);
      expect([...late.rooms].toSorted()).toEqual(['2', 'lobby']);
    });

    it('since the host ended the room hears that it ended, once, and is in the lobby then', async () => {
      const [host, ann] = [await aSocketIn('1', 'host', roomAt(5)), await aSocketIn('2', 'ann', roomAt(5))];
      happens(left('host', 6, 'ended'), left('ann', 7, 'ended'), left('ben', 8, 'ended'), ended(9));
      for (const socket of [host, ann]) {
        expect(namesTo(socket)).toEqual(['room:ended', 'lobby:entered']);
        expect([...socket.rooms].toSorted()).toEqual([socket.id, 'lobby']);
      }
      expect(out).toEqual(['1', '2']);
      expect(feed.follows()).toEqual([]);
    });

    it('by something that happens while it comes in is put out all the same', async () => {
      await aSocketIn('1', 'ben', roomAt(5));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ann', roomAt(5));
      await began;
      happens(kicked('ann', 7));
      letGo();
      await entering;
      happens(said(8));
      expect(namesTo(late)).toEqual(['chat:message', 'room:user-kicked', 'lobby:entered']);
      expect([out, [...late.rooms].toSorted()]).toEqual([['2'], ['2', 'lobby']]);
    });
  });

  describe('a room', () => {
    it('is followed from the first socket to the last', async () => {
      const [one, two] = [await aSocketIn('1', 'ann', roomAt(5)), await aSocketIn('2', 'ben', roomAt(5))];
      expect(feed.follows()).toEqual(['a-room']);
      members.leave('a-room', one);
      expect(feed.follows()).toEqual(['a-room']);
      members.leave('a-room', two);
      expect(feed.follows()).toEqual([]);
    });

    it('is followed no more once its last socket was put out', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      happens(kicked('ann', 6));
      expect(feed.follows()).toEqual([]);
    });

    it('is followed anew when one comes in after that', async () => {
      members.leave('a-room', await aSocketIn('1', 'ann', roomAt(5)));
      const again = await aSocketIn('2', 'ann', roomAt(9));
      happens(said(10));
      expect(toldTo(again)).toEqual(chat(10));
    });

    it('goes on for one that is still coming in when the last of the others leaves', async () => {
      const first = await aSocketIn('1', 'ann', roomAt(5));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ben', roomAt(5));
      await began;
      members.leave('a-room', first);
      letGo();
      await entering;
      expect(feed.follows()).toEqual(['a-room']);
      // It begins where Ben's room was read; what he was told since is not told again.
      feed.tell(said(6));
      happens(said(7));
      expect(toldTo(late)).toEqual(chat(6, 7));
    });

    it('that a socket left which was never in it stays as it is', async () => {
      await aSocketIn('1', 'ann', roomAt(5));
      members.leave('a-room', lobby.socket('2'));
      members.leave('b-room', lobby.socket('2'));
      expect(feed.follows()).toEqual(['a-room']);
    });
  });

  describe('a socket that is cut while it comes in', () => {
    it('leaves nothing behind', async () => {
      const socket = lobby.socket('1');
      socket.cut();
      await members.enter(socket, 'ann', roomAt(5));
      expect([feed.follows(), members.isHere('a-room', 'ann'), socket.rooms.size]).toEqual([[], false, 0]);
    });

    it('leaves nothing behind when it is cut as it catches up', async () => {
      const first = await aSocketIn('1', 'ben', roomAt(5));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ann', roomAt(5));
      await began;
      late.cut();
      members.leave('a-room', late);
      letGo();
      await entering;
      expect([members.isHere('a-room', 'ann'), late.rooms.size]).toEqual([false, 0]);
      expect(feed.follows()).toEqual(['a-room']);
      members.leave('a-room', first);
      expect(feed.follows()).toEqual([]);
    });

    it('leaves nothing behind when its user is out by then', async () => {
      await aSocketIn('1', 'ben', roomAt(5));
      happens(kicked('ann', 6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ann', roomAt(5));
      await began;
      late.cut();
      letGo();
      await entering;
      expect(late.rooms.size).toBe(0);
    });

    it('leaves nothing behind when the last of the others leaves too', async () => {
      const first = await aSocketIn('1', 'ben', roomAt(5));
      happens(said(6));
      const { letGo, began } = holdReading();
      const late = lobby.socket('2');
      const entering = members.enter(late, 'ann', roomAt(5));
      await began;
      late.cut();
      members.leave('a-room', first);
      letGo();
      await entering;
      expect(feed.follows()).toEqual([]);
    });
  });

  it('one that cannot catch up, since the store does not answer, leaves nothing behind', async () => {
    reading.down = true;
    const socket = lobby.socket('1');
    await expect(members.enter(socket, 'ann', roomAt(5), 3)).rejects.toThrow('the store is down');
    expect([feed.follows(), members.isHere('a-room', 'ann')]).toEqual([[], false]);
  });

  describe('who holds a seat', () => {
    it('is known from the room as it was read and from what happens since', async () => {
      await aSocketIn('1', 'host', roomAt(5));
      const seated = () => ['host', 'ann', 'ben', 'cem'].filter((id) => members.isSeated('a-room', id));
      expect(seated()).toEqual(['host', 'ann', 'ben']);
      happens(joined('cem', 6));
      expect(seated()).toEqual(['host', 'ann', 'ben', 'cem']);
      happens(left('ann', 7), kicked('ben', 8));
      expect(seated()).toEqual(['host', 'cem']);
      happens(joined('ann', 9));
      expect(seated()).toEqual(['host', 'ann', 'cem']);
    });

    it('is nobody in a room that no socket here is in', () => {
      expect(members.isSeated('a-room', 'host')).toBe(false);
    });

    it('is here or at another instance', async () => {
      const socket = await aSocketIn('1', 'ann', roomAt(5));
      expect(['ann', 'ben'].map((id) => members.isHere('a-room', id))).toEqual([true, false]);
      members.leave('a-room', socket);
      expect(members.isHere('a-room', 'ann')).toBe(false);
    });
  });

  it('a socket that is sent to the lobby has a place to go on from', () => {
    const [one, two] = [lobby.socket('1'), lobby.socket('2')];
    members.toLobby(one);
    lobbyPlace = aLobbyPlace(noon, { roomId: 'b-room', seq: 7, heard: ['abcdef'] });
    members.toLobby(two);
    expect([one, two].map((socket) => socket.rooms.has('lobby'))).toEqual([true, true]);
    expect(one.heard).toEqual([['lobby:entered', {}, `lobby/${noon.getTime()}`]]);
    expect(two.heard).toEqual([['lobby:entered', {}, `lobby/${noon.getTime()}/b-room/7/abcdef`]]);
  });

  describe('one that listens before it is in', () => {
    it('hears what is sent to its user there, and nothing else, once others can reach it', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      subscribing = promise;
      const socket = lobby.socket('1');
      let isReached = false;
      const listening = members.listen(socket, 'a-room', 'ann').then(() => {
        isReached = true;
      });
      await new Promise(setImmediate);
      expect([isReached, [...socket.rooms]]).toEqual([false, ['1', 'member:a-room:ann']]);
      resolve();
      await listening;
      expect([members.isHere('a-room', 'ann'), feed.follows()]).toEqual([false, []]);
    });

    it('does not any more when it is not in after all', async () => {
      const socket = lobby.socket('1');
      await members.listen(socket, 'a-room', 'ann');
      members.stopListening(socket, 'a-room', 'ann');
      expect([...socket.rooms]).toEqual(['1']);
    });

    it('goes on to when it is in, and another socket of its user that is not in stops alone', async () => {
      const [one, two] = [await aSocketIn('1', 'ann', roomAt(5)), lobby.socket('2')];
      await members.listen(two, 'a-room', 'ann');
      members.stopListening(one, 'a-room', 'ann');
      members.stopListening(two, 'a-room', 'ann');
      expect([one.rooms.has('member:a-room:ann'), two.rooms.has('member:a-room:ann')]).toEqual([true, false]);
    });
  });
});
