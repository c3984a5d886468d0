import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import type { Room } from './room.ts';
import {
  connect,
  disconnect,
  disconnectDoor,
  end,
  join,
  lapse,
  leave,
  type Transition,
} from './transitions.ts';

const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const now = minutesAfterNoon(10);
const inMs = (milliseconds: number): Date => new Date(now.getTime() + milliseconds);
const guest = { id: 'guest', name: 'Guest' };
const withGuest = (more: Partial<Room> = {}): Room =>
  aRoom({ seats: [aSeat('host'), aSeat('guest', { joinedAt: minutesAfterNoon(1) })], ...more });
const usersOf = (room: Room) => room.seats.map((seat) => seat.userId);
const typesOf = ({ facts }: Transition) => facts.map((fact) => fact.type);
const nothing = (room: Room): Transition => ({ room, facts: [] });
/** Nothing is written when nothing changed, and the store tells that by identity. */
const expectUnchanged = (transition: Transition, room: Room): void => {
  expect(transition.room).toBe(room);
  expect(transition.facts).toEqual([]);
};

describe('join', () => {
  it('seats the user, not connected yet, until the lease is over, and says so', () => {
    const { room, facts } = join(aRoom(), guest, now, rules);
    const seat = {
      userId: 'guest',
      name: 'Guest',
      isMuted: false,
      isVideoOff: false,
      isHandRaised: false,
      joinedAt: now,
      leaseUntil: inMs(60_000),
      connections: [],
    };
    expect(room.seats).toEqual([aSeat('host'), seat]);
    const { leaseUntil: _, connections: __, ...shown } = seat;
    const participant = { roomId: 'a-room', role: 'PARTICIPANT', isKicked: false, leftAt: null, ...shown };
    expect(facts).toEqual([{ type: 'participant.joined', data: { participant } }]);
  });

  it('seats a host who comes back as HOST', () => {
    const { facts } = join(aRoom({ seats: [] }), { id: 'host', name: 'Host' }, now, rules);
    expect(facts).toMatchObject([{ data: { participant: { userId: 'host', role: 'HOST' } } }]);
  });

  it('changes nothing for one who holds a seat, whatever they are called by now', () => {
    const room = withGuest();
    expectUnchanged(join(room, { id: 'guest', name: 'Renamed' }, now, rules), room);
  });

  it.each<[string, Room | null]>([
    ['ROOM_NOT_FOUND', null],
    ['ROOM_ENDED', aRoom({ status: 'ENDED', seats: [] })],
    ['KICKED', aRoom({ kicked: ['guest'] })],
    ['NOT_INVITED', aRoom({ access: 'private' })],
    ['ROOM_FULL', aRoom({ maxParticipants: 2, seats: [aSeat('host'), aSeat('other')] })],
  ])('throws the refusal of admission: %s', (code, room) => {
    expect(() => join(room, guest, now, rules)).toThrow(expect.objectContaining({ code }));
  });

  it('seats one who comes through a live link as connected, and that seat does not lapse', () => {
    const { room, facts } = join(aRoom(), guest, now, rules, 'socket@a:1');
    expect(room.seats[1]).toMatchObject({
      userId: 'guest',
      joinedAt: now,
      leaseUntil: null,
      connections: ['socket@a:1'],
    });
    expect(facts).toMatchObject([{ type: 'participant.joined', data: { participant: { userId: 'guest' } } }]);
    expectUnchanged(lapse(room, inMs(3_600_000)), room);
  });

  it('connects the seat that is held to the live link, in silence, and counts the link once', () => {
    const claimed = join(aRoom(), guest, now, rules).room;
    const { room, facts } = join(claimed, guest, inMs(1_000), rules, 'socket@a:1');
    expect(room.seats[1]).toMatchObject({ joinedAt: now, leaseUntil: null, connections: ['socket@a:1'] });
    expect(facts).toEqual([]);
    expectUnchanged(join(room, guest, inMs(2_000), rules, 'socket@a:1'), room);
  });

  it('lets nobody in by a live link whom admission refuses', () => {
    const kicked = aRoom({ kicked: ['guest'] });
    expect(() => join(kicked, guest, now, rules, 'socket@a:1')).toThrow(
      expect.objectContaining({ code: 'KICKED' }),
    );
  });

  it('leaves the room that it was given as it was', () => {
    const room = Object.freeze(aRoom({ seats: Object.freeze([aSeat('host')]) as Room['seats'] }));
    join(room, guest, now, rules);
    expect(usersOf(room)).toEqual(['host']);
  });
});

describe('leave', () => {
  it('frees the seat and says why and when', () => {
    const raised = aSeat('guest', { isHandRaised: true, isMuted: true });
    const { room, facts } = leave(aRoom({ seats: [aSeat('host'), raised] }), 'guest', now, 'left');
    expect(usersOf(room)).toEqual(['host']);
    expect(room).toMatchObject({ status: 'LIVE', hostId: 'host', endedAt: null });
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      type: 'participant.left',
      data: {
        reason: 'left',
        participant: { userId: 'guest', leftAt: now, isHandRaised: false, isMuted: true, isKicked: false },
      },
    });
  });

  it('changes nothing for one who is out already', () => {
    const room = aRoom();
    expectUnchanged(leave(room, 'guest', now, 'left'), room);
  });

  it('changes nothing in an ended room', () => {
    const room = aRoom({ status: 'ENDED', endedAt: noon, seats: [] });
    expectUnchanged(leave(room, 'host', now, 'left'), room);
  });

  it('makes the longest-present host, wherever they sit, and says so after the leaving: nobody in the room was it before', () => {
    const seats = [
      aSeat('host'),
      aSeat('late', { joinedAt: minutesAfterNoon(5) }),
      aSeat('early', { joinedAt: minutesAfterNoon(1) }),
    ];
    const transition = leave(aRoom({ seats }), 'host', now, 'left');
    expect(transition.room).toMatchObject({ hostId: 'early', hostName: 'Name of early' });
    expect(transition.facts).toMatchObject([
      { type: 'participant.left', data: { participant: { userId: 'host', role: 'HOST' } } },
      {
        type: 'participant.promoted',
        data: { participant: { userId: 'early', role: 'HOST', leftAt: null }, former: null },
      },
    ]);
  });

  it('counts from the present stay: who came back is not longest-present by their first visit', () => {
    const first = aRoom({
      seats: [
        aSeat('host'),
        aSeat('guest', { joinedAt: minutesAfterNoon(1) }),
        aSeat('other', { joinedAt: minutesAfterNoon(2) }),
      ],
    });
    const away = leave(first, 'guest', minutesAfterNoon(3), 'left').room;
    const back = join(away, guest, minutesAfterNoon(4), rules).room;
    expect(leave(back, 'host', now, 'left').room.hostId).toBe('other');
  });

  it('ends the room with the last one, whose host they stay', () => {
    const { room, facts } = leave(aRoom(), 'host', now, 'left');
    expect(room).toMatchObject({ status: 'ENDED', endedAt: now, seats: [] });
    expect(room).toMatchObject({ hostId: 'host', hostName: 'Name of host' });
    expect(facts).toMatchObject([
      { type: 'participant.left', data: { reason: 'left' } },
      {
        type: 'room.ended',
        data: { by: null, room: { status: 'ENDED', joinedParticipants: 0, endedAt: now } },
      },
    ]);
  });
});

describe('end', () => {
  it('puts everybody out and names who did it', () => {
    const { room, facts } = end(withGuest(), 'host', now);
    expect(room).toMatchObject({ status: 'ENDED', endedAt: now, seats: [] });
    expect(facts).toMatchObject([
      { type: 'participant.left', data: { reason: 'ended', participant: { userId: 'host', leftAt: now } } },
      { type: 'participant.left', data: { reason: 'ended', participant: { userId: 'guest', leftAt: now } } },
      { type: 'room.ended', data: { by: 'host', room: { id: 'a-room', status: 'ENDED' } } },
    ]);
  });

  it('tells of the room without what only its members may see', () => {
    const { facts } = end(aRoom({ kicked: ['enemy'], invited: ['friend'] }), 'host', now);
    const told = JSON.stringify(facts.at(-1));
    for (const hidden of ['enemy', 'friend', 'version', 'lastSeq', 'seats'])
      expect(told).not.toContain(hidden);
  });

  it('leaves an ended room as it ended', () => {
    const room = aRoom({ status: 'ENDED', endedAt: noon, seats: [] });
    expectUnchanged(end(room, 'someone', now), room);
  });
});

describe('connect', () => {
  it('notes the connection, and the seat lapses no more', () => {
    const claimed = join(aRoom(), guest, now, rules).room;
    const { room, facts } = connect(claimed, 'guest', 'livekit:1');
    expect(room.seats[1]).toMatchObject({ connections: ['livekit:1'], leaseUntil: null });
    expect(room.seats[0]).toBe(claimed.seats[0]);
    expect(facts).toEqual([]);
    expectUnchanged(lapse(room, inMs(3_600_000)), room);
  });

  it('counts a connection once', () => {
    const room = withGuest();
    expectUnchanged(connect(room, 'guest', 'livekit:guest'), room);
  });

  it('lets nobody in', () => {
    const room = aRoom();
    expectUnchanged(connect(room, 'stranger', 'livekit:1'), room);
  });
});

describe('disconnect', () => {
  it('begins the grace with the last connection', () => {
    const { room, facts } = disconnect(withGuest(), 'guest', 'livekit:guest', now, rules);
    expect(room.seats[1]).toMatchObject({ connections: [], leaseUntil: inMs(15_000) });
    expect(facts).toEqual([]);
  });

  it('begins no grace while another connection stands', () => {
    const two = aSeat('guest', { connections: ['livekit:1', 'lobby:1'] });
    const { room } = disconnect(aRoom({ seats: [aSeat('host'), two] }), 'guest', 'livekit:1', now, rules);
    expect(room.seats[1]).toMatchObject({ connections: ['lobby:1'], leaseUntil: null });
  });

  it.each([
    ['a connection that was never counted', 'guest', 'livekit:other'],
    ["another user's connection", 'guest', 'livekit:host'],
    ['one who holds no seat', 'stranger', 'livekit:1'],
  ])('changes nothing for %s', (_what, userId, connection) => {
    const room = withGuest();
    expectUnchanged(disconnect(room, userId, connection, now, rules), room);
  });

  it('does not begin the grace anew when it is told twice', () => {
    const once = disconnect(withGuest(), 'guest', 'livekit:guest', now, rules).room;
    expectUnchanged(disconnect(once, 'guest', 'livekit:guest', inMs(5_000), rules), once);
  });

  it('keeps the seat of one who comes back in the grace', () => {
    const cut = disconnect(withGuest(), 'guest', 'livekit:guest', now, rules).room;
    const back = connect(cut, 'guest', 'livekit:2').room;
    expectUnchanged(lapse(back, inMs(3_600_000)), back);
    expect(usersOf(back)).toEqual(['host', 'guest']);
  });
});

describe('disconnectDoor', () => {
  it('drops every connection of that door and of no other', () => {
    const seats = [
      aSeat('host', { connections: ['livekit:1', 'lobby:1'] }),
      aSeat('guest', { connections: ['livekit:2', 'livekit:3'] }),
      aSeat('other', { connections: ['lobby:livekit:4'] }),
    ];
    const { room, facts } = disconnectDoor(aRoom({ seats }), 'livekit', now, rules);
    expect(room.seats).toMatchObject([
      { connections: ['lobby:1'], leaseUntil: null },
      { connections: [], leaseUntil: inMs(15_000) },
      { connections: ['lobby:livekit:4'], leaseUntil: null },
    ]);
    expect(facts).toEqual([]);
  });

  it('leaves alone the lease of a seat that was never connected', () => {
    const claimed = join(aRoom(), guest, now, rules).room;
    const { room } = disconnectDoor(claimed, 'livekit', inMs(1_000), rules);
    expect(room.seats[1]).toBe(claimed.seats[1]);
  });

  it('takes the whole name of a door', () => {
    const room = aRoom();
    expectUnchanged(disconnectDoor(room, 'live', now, rules), room);
  });
});

describe('lapse', () => {
  const leased = (userId: string, leaseUntil: Date | null) => aSeat(userId, { leaseUntil, connections: [] });

  it('frees a seat at the moment its lease is over, not a millisecond before', () => {
    const room = aRoom({ seats: [aSeat('host'), leased('guest', inMs(0))] });
    expectUnchanged(lapse(room, inMs(-1)), room);
    expect(usersOf(lapse(room, inMs(0)).room)).toEqual(['host']);
  });

  it('says that the seat lapsed', () => {
    const transition = lapse(aRoom({ seats: [aSeat('host'), leased('guest', noon)] }), now);
    expect(transition.facts).toMatchObject([
      {
        type: 'participant.left',
        data: { reason: 'lapsed', participant: { userId: 'guest', isKicked: false } },
      },
    ]);
  });

  it('frees several at once, and the heir is of those who stay', () => {
    const seats = [
      leased('host', noon),
      { ...leased('second', noon), joinedAt: minutesAfterNoon(1) },
      aSeat('third', { joinedAt: minutesAfterNoon(2) }),
      aSeat('fourth', { joinedAt: minutesAfterNoon(3) }),
    ];
    const transition = lapse(aRoom({ seats }), now);
    expect(usersOf(transition.room)).toEqual(['third', 'fourth']);
    expect(transition.room.hostId).toBe('third');
    expect(typesOf(transition)).toEqual(['participant.left', 'participant.left', 'participant.promoted']);
  });

  it('ends the room when all lapse at once, and promotes nobody', () => {
    const transition = lapse(aRoom({ seats: [leased('host', noon), leased('guest', noon)] }), now);
    expect(transition.room).toMatchObject({ status: 'ENDED', endedAt: now, seats: [] });
    expect(typesOf(transition)).toEqual(['participant.left', 'participant.left', 'room.ended']);
  });

  it('promotes nobody when the host stays', () => {
    const transition = lapse(aRoom({ seats: [aSeat('host'), leased('guest', noon)] }), now);
    expect(transition).toMatchObject({ room: { hostId: 'host' }, facts: [{ type: 'participant.left' }] });
  });

  it('changes nothing while every seat is connected or within its lease', () => {
    const room = aRoom({ seats: [aSeat('host'), leased('guest', inMs(1))] });
    expect(lapse(room, now)).toEqual(nothing(room));
    expectUnchanged(lapse(room, now), room);
  });
});
