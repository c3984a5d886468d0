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
  minutesAfterNoon,
  saidBy,
} from '../../test/support/a-room.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { Arrival, HeldConnections } from '../presence/index.ts';
import { type Room, type RoomEvent, summarise } from '../rooms/index.ts';
import { createRoomMembers } from './members.ts';
import type { LobbyOffset } from './offset.ts';
import { createResume } from './resume.ts';
import { Session } from './session.ts';

const TWO_MINUTES = 120_000;
const now = minutesAfterNoon(10);
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds);

/** What was said `milliseconds` ago. */
const said = (seq: number, milliseconds = 1_000): RoomEvent => saidBy('ben', { seq, at: ago(milliseconds) });
const place = (seq: number) => ({ seq, at: ago(1_000) });
const joined = (userId: string, seq: number) =>
  anEvent('participant.joined', { participant: aParticipant(userId) }, place(seq));
const left = (userId: string, seq: number, reason: 'left' | 'lapsed' | 'ended' = 'left') =>
  anEvent('participant.left', { participant: aParticipant(userId), reason }, place(seq));
const kicked = (userId: string, seq: number, seated = true) =>
  anEvent(
    'participant.kicked',
    { userId, participant: seated ? aParticipant(userId) : null, by: 'host' },
    place(seq),
  );
const ended = (seq: number) =>
  anEvent('room.ended', { room: summarise(aRoom({ status: 'ENDED' })), by: 'host' }, place(seq));

describe('a socket that was cut off and is back', () => {
  let lobby: ReturnType<typeof aLobby>;
  let feed: ReturnType<typeof aFeed>;
  let written: RoomEvent[];
  let down: boolean;
  /** The room as it is by now, whether its user is admitted, and what the presence was told. */
  let room: Room;
  let refusal: ErrorCode | null;
  let arrived: string[];
  let resumedLobby: LobbyOffset[];
  /** What is done when admission is asked, and how often the store was read. */
  let meanwhile: () => void;
  let reads: number;
  let resume: ReturnType<typeof createResume>;

  beforeEach(() => {
    lobby = aLobby();
    feed = aFeed();
    written = [];
    down = false;
    room = aRoom({ seats: ['host', 'ann', 'ben'].map((id) => aSeat(id)), lastSeq: 5 });
    refusal = null;
    [arrived, resumedLobby, reads] = [[], [], 0];
    meanwhile = () => {};
    const history = {
      async eventsAfter(roomId: string, seq: number, limit: number) {
        reads += 1;
        if (down) throw new ServiceError('STORE_UNAVAILABLE', 'away');
        return written.filter((event) => event.roomId === roomId && event.seq > seq).slice(0, limit);
      },
    };
    resume = createResume({
      history,
      held: {
        async resume(id: string, roomId: string, user: { id: string }): Promise<Arrival> {
          arrived.push(`${user.id} in ${roomId} by ${id}`);
          meanwhile();
          if (refusal !== null) return { admitted: false, code: refusal };
          return { admitted: true, room: { ...room, lastSeq: written.at(-1)?.seq ?? room.lastSeq } };
        },
      } as unknown as HeldConnections,
      members: createRoomMembers({
        io: lobby.io,
        feed: feed.feed,
        history,
        onOut() {},
        lobby: aLobbyPlace(now),
        async subscribed() {},
      }),
      updates: {
        ...aLobbyPlace(now),
        async resume(_socket, offset) {
          resumedLobby.push(offset);
        },
      },
      within: TWO_MINUTES,
      now: () => now,
    });
  });

  /** Comes back as Ann with this offset; settles as the door does once it is connected. */
  async function comesBack(offset: unknown, userId = 'ann') {
    const socket = lobby.socket('new', { offset });
    const session = new Session(socket, aPrincipal(userId), { warnBefore: 0, now: () => now });
    const resumption = await resume(socket, session);
    expect(socket.heard).toEqual([]);
    await resumption?.settle(session);
    return { socket, session, recovered: resumption?.recovered ?? null };
  }
  const namesTo = (socket: ASocket) => socket.heard.map(([name]) => name);

  describe('to its room', () => {
    it('goes on where it was: told what it missed, each once and in order, then what happens', async () => {
      written = [said(4), said(5), said(6), said(7)];
      const { socket, session, recovered } = await comesBack('room/a-room/5');
      feed.tell(said(8));
      expect(recovered).toBe(true);
      expect(socket.heard.map((told) => told[2])).toEqual([6, 7, 8].map((seq) => `room/a-room/${seq}`));
      expect([session.roomId, [...socket.rooms].toSorted()]).toEqual([
        'a-room',
        ['in-room:a-room', 'member:a-room:ann', 'new'],
      ]);
      expect(arrived).toEqual(['ann in a-room by new']);
    });

    it('is in the room as it was written when it came: what its user did before is over', async () => {
      meanwhile = () => written.push(left('ann', 6, 'lapsed'), joined('ann', 7));
      const { socket, session } = await comesBack('room/a-room/5');
      // Told to all only now.
      expect(namesTo(socket)).toEqual(['room:user-left', 'room:user-joined']);
      feed.tell(said(8));
      expect([session.roomId, socket.rooms.has('in-room:a-room')]).toEqual(['a-room', true]);
      expect(namesTo(socket)).toEqual(['room:user-left', 'room:user-joined', 'chat:message']);
    });

    it('goes on when it missed nothing', async () => {
      const { socket, recovered } = await comesBack('room/a-room/5');
      expect([recovered, socket.heard]).toEqual([true, []]);
    });

    it('goes on though its seat had lapsed: it is told of that too', async () => {
      written = [left('ann', 6, 'lapsed'), said(7), joined('ann', 8)];
      const { socket, session } = await comesBack('room/a-room/5');
      expect(namesTo(socket)).toEqual(['room:user-left', 'chat:message', 'room:user-joined']);
      expect(session.roomId).toBe('a-room');
    });

    it('begins anew after more than two minutes from the first that it missed', async () => {
      written = [said(6, TWO_MINUTES)];
      expect((await comesBack('room/a-room/5')).recovered).toBe(true);
      written = [said(6, TWO_MINUTES + 1), said(7)];
      const { recovered, session } = await comesBack('room/a-room/5');
      expect([recovered, session.roomId]).toEqual([null, null]);
      expect(arrived).toHaveLength(1);
    });

    it('begins anew when it missed too much', async () => {
      written = Array.from({ length: 2_000 }, (_, index) => said(index + 6));
      expect((await comesBack('room/a-room/5')).recovered).toBeNull();
      expect((await comesBack('room/a-room/6')).recovered).toBe(true);
      expect(arrived).toHaveLength(1);
    });

    it('fails while the store does not answer, so that its client comes again', async () => {
      down = true;
      await expect(comesBack('room/a-room/5')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(arrived).toEqual([]);
    });

    it('is put out by a kick, though it claims to know of more than there is', async () => {
      const { socket } = await comesBack('room/a-room/999999999999999');
      feed.tell(kicked('ann', 6));
      expect(namesTo(socket)).toEqual(['room:user-kicked', 'lobby:entered']);
      expect([...socket.rooms].toSorted()).toEqual(['lobby', 'new']);
    });
  });

  describe('to a room whose user is out by now', () => {
    beforeEach(() => {
      refusal = 'KICKED';
    });

    it.each<[string, RoomEvent, string]>([
      ['was kicked', kicked('ann', 7), 'room:user-kicked'],
      ['left by another way', left('ann', 7), 'room:user-left'],
      ['lapsed, and may not come back', left('ann', 7, 'lapsed'), 'room:user-left'],
    ])('hears what it would have heard, up to that, and is in the lobby: %s', async (_how, event, name) => {
      written = [said(6), event, said(8), kicked('ben', 9)];
      const { socket, session, recovered } = await comesBack('room/a-room/5');
      expect(recovered).toBe(false);
      expect(namesTo(socket)).toEqual(['chat:message', name, 'lobby:entered']);
      expect([session.roomId, [...socket.rooms].toSorted()]).toEqual([null, ['lobby', 'new']]);
    });

    it('hears what it would have heard, up to the first time that it was out', async () => {
      written = [said(6), left('ann', 7, 'lapsed'), said(8), joined('ann', 9), said(10), kicked('ann', 11)];
      const { socket } = await comesBack('room/a-room/5');
      expect(namesTo(socket).slice(0, 2)).toEqual(['chat:message', 'room:user-left']);
      expect(namesTo(socket).at(-1)).toBe('lobby:entered');
    });

    it('hears that the room ended', async () => {
      refusal = 'ROOM_ENDED';
      written = [
        said(6),
        left('host', 7, 'ended'),
        left('ann', 8, 'ended'),
        left('ben', 9, 'ended'),
        ended(10),
      ];
      const { socket } = await comesBack('room/a-room/5');
      expect(namesTo(socket)).toEqual(['chat:message', 'room:ended', 'lobby:entered']);
    });

    it('hears of what put it out only as it came: the missed are read again', async () => {
      written = [said(6)];
      meanwhile = () => written.push(kicked('ann', 7), said(8));
      const { socket, recovered } = await comesBack('room/a-room/5');
      expect(recovered).toBe(false);
      expect(namesTo(socket)).toEqual(['chat:message', 'room:user-kicked', 'lobby:entered']);
    });

    it.each(['left', 'lapsed'] as const)(
      'hears, as the last one (%s), that the room ended with it',
      async (reason) => {
        refusal = 'ROOM_ENDED';
        written = [said(6), left('ben', 7), left('ann', 8, reason), ended(9)];
        const { socket, recovered } = await comesBack('room/a-room/5');
        expect(recovered).toBe(false);
        expect(namesTo(socket)).toEqual([
          'chat:message',
          'room:user-left',
          'room:user-left',
          'room:ended',
          'lobby:entered',
        ]);
      },
    );

    it('hears that the room ended with it though that came only as it came', async () => {
      refusal = 'ROOM_ENDED';
      meanwhile = () => written.push(left('ann', 6, 'lapsed'), ended(7));
      const { socket } = await comesBack('room/a-room/5');
      expect(namesTo(socket)).toEqual(['room:user-left', 'room:ended', 'lobby:entered']);
    });

    it('hears nothing of the end of a room that it was out of before', async () => {
      refusal = 'ROOM_ENDED';
      written = [left('ann', 6), said(7), left('ben', 8), ended(9)];
      expect(namesTo((await comesBack('room/a-room/5')).socket)).toEqual(['room:user-left', 'lobby:entered']);
    });

    it('fails while the store does not answer as it is told, so that the door lets it begin anew', async () => {
      meanwhile = () => {
        down = true;
      };
      await expect(comesBack('room/a-room/5')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    it('hears nothing when it was told of its going already', async () => {
      written = [said(8)];
      const { socket, recovered } = await comesBack('room/a-room/7');
      expect(recovered).toBe(false);
      expect(namesTo(socket)).toEqual(['lobby:entered']);
    });

    it('hears nothing of a room that there is not', async () => {
      refusal = 'ROOM_NOT_FOUND';
      expect(namesTo((await comesBack('room/no-room/1')).socket)).toEqual(['lobby:entered']);
    });
  });

  /** spec: what is said in a room is for those who were admitted. */
  describe('and claims a room that it was not in', () => {
    const heardBy = async (userId: string, offset: string) =>
      namesTo((await comesBack(offset, userId)).socket);

    it('hears nothing of it', async () => {
      refusal = 'NO_SEAT';
      written = [said(6), left('ann', 7), said(8)];
      expect(await heardBy('eve', 'room/a-room/0')).toEqual(['lobby:entered']);
    });

    it('hears nothing of it though it ended', async () => {
      refusal = 'ROOM_ENDED';
      written = [said(6), left('ann', 7, 'ended'), ended(8)];
      expect(await heardBy('eve', 'room/a-room/0')).toEqual(['lobby:entered']);
    });

    it('hears nothing of what was said after its user was put out, though the room ended', async () => {
      refusal = 'ROOM_ENDED';
      written = [kicked('eve', 6), said(7), left('ann', 8, 'ended'), ended(9)];
      expect(await heardBy('eve', 'room/a-room/6')).toEqual(['lobby:entered']);
    });

    it('hears nothing of it though its user was kept out of it', async () => {
      refusal = 'KICKED';
      written = [said(6), kicked('eve', 7, false)];
      expect(await heardBy('eve', 'room/a-room/0')).toEqual(['lobby:entered']);
    });
  });

  describe('to the lobby', () => {
    it('goes on from when it was told last', async () => {
      const { recovered, session } = await comesBack(`lobby/${ago(60_000).getTime()}`);
      expect([recovered, session.roomId]).toEqual([true, null]);
      expect(resumedLobby).toEqual([{ in: 'lobby', at: ago(60_000), last: null }]);
      expect([arrived, reads]).toEqual([[], 0]);
    });

    it('goes on after the change of the list that it was told last', async () => {
      await comesBack(`lobby/${ago(60_000).getTime()}/a-room/7/abcdef`);
      expect(resumedLobby).toEqual([
        { in: 'lobby', at: ago(60_000), last: { roomId: 'a-room', seq: 7, heard: ['abcdef'] } },
      ]);
    });

    it('begins anew after more than two minutes', async () => {
      expect((await comesBack(`lobby/${ago(TWO_MINUTES).getTime()}`)).recovered).toBe(true);
      expect((await comesBack(`lobby/${ago(TWO_MINUTES + 1).getTime()}`)).recovered).toBeNull();
    });
  });

  it.each([undefined, null, '', 7, {}, 'room/a-room', 'nonsense', ['room/a-room/1']])(
    'and says nothing of where it was begins anew: %j',
    async (offset) => {
      const { recovered, socket } = await comesBack(offset);
      expect([recovered, socket.heard, arrived]).toEqual([null, [], []]);
    },
  );
});
