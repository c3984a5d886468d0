import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  anEvent,
  aParticipant,
  aRoom,
  aSeat,
  minutesAfterNoon,
  noon,
  said,
} from '../../test/support/a-room.ts';
import { ServiceError } from '../errors.ts';
import * as conduct from './conduct.ts';
import { type RoomEvent, summarise } from './events.ts';
import * as host from './host-rights.ts';
import { recordWrites } from './records.ts';
import { type Participant, participantIn, type Room, roleOf, seatOf } from './room.ts';
import type { ParticipantDocument } from './room-documents.ts';
import * as transition from './transitions.ts';

type Kept = ParticipantDocument;
type Filter = { _id: string; lastSeq: { $lt: number } };
type UpdateOne = {
  updateOne: {
    filter: Filter;
    update: { $set: Partial<Kept>; $setOnInsert: Partial<Kept> };
    upsert?: boolean;
  };
};
const writesOf = (event: RoomEvent) => recordWrites(event) as unknown as UpdateOne[];

/** What MongoDB makes of the writes: the records by id, with a unique key. */
function carryOn(events: readonly RoomEvent[], records = new Map<string, Kept>()): Map<string, Kept> {
  for (const event of events)
    for (const { updateOne } of writesOf(event)) {
      const { filter, update, upsert } = updateOne;
      const { _id } = filter;
      const there = records.get(_id);
      if (!there && upsert) records.set(_id, { _id, ...update.$setOnInsert, ...update.$set } as Kept);
      // One that is there and not older: the upsert meets the unique key, which is tolerated.
      if (there && there.lastSeq < filter.lastSeq.$lt) records.set(_id, { ...there, ...update.$set });
    }
  return records;
}
const recordOf = (userId: string, ...events: RoomEvent[]) => carryOn(events).get(`a-room/${userId}`);
/** Who is kept out is the room's to say. */
const kept = ({ isKicked: _isKicked, ...participant }: Participant, more: object) => ({
  _id: 'a-room/guest',
  ...participant,
  ...more,
});

const guest = aParticipant('guest');
const joined = (seq: number) => anEvent('participant.joined', { participant: guest }, { seq });
const gone = aParticipant('guest', { leftAt: minutesAfterNoon(5) });
const kicked = aParticipant('guest', { leftAt: minutesAfterNoon(5), isKicked: true });

describe('the record of a participant', () => {
  it('begins when they join: who they are, and that they are in', () => {
    expect(recordOf('guest', joined(3))).toEqual(kept(guest, { leftReason: null, lastSeq: 3 }));
  });

  it.each<[RoomEvent['type'], RoomEvent]>([
    [
      'participant.muted',
      anEvent(
        'participant.muted',
        { participant: aParticipant('guest', { isMuted: true }), by: 'host', again: false },
        { seq: 4 },
      ),
    ],
    [
      'participant.video-off',
      anEvent(
        'participant.video-off',
        { participant: aParticipant('guest', { isVideoOff: true }) },
        { seq: 4 },
      ),
    ],
    [
      'hand.raised',
      anEvent('hand.raised', { participant: aParticipant('guest', { isHandRaised: true }) }, { seq: 4 }),
    ],
    ['hand.lowered', anEvent('hand.lowered', { participant: aParticipant('guest') }, { seq: 4 })],
  ])('follows what they do: %s', (_type, event) => {
    const { participant } = event.data as { participant: Participant };
    expect(recordOf('guest', joined(3), event)).toEqual(kept(participant, { leftReason: null, lastSeq: 4 }));
  });

  it.each(['left', 'lapsed', 'ended'] as const)('says when and why they went: %s', (reason) => {
    const left = anEvent('participant.left', { participant: gone, reason }, { seq: 4 });
    expect(recordOf('guest', joined(3), left)).toEqual(kept(gone, { leftReason: reason, lastSeq: 4 }));
  });

  it('says that they were put out', () => {
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: kicked, by: 'host' },
      { seq: 4 },
    );
    expect(recordOf('guest', joined(3), event)).toEqual(kept(kicked, { leftReason: 'kicked', lastSeq: 4 }));
  });

  it('says nothing of a kick of one who had gone by then: they went as they went', () => {
    const left = anEvent('participant.left', { participant: gone, reason: 'left' }, { seq: 4 });
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: null, by: 'host' },
      { seq: 5 },
    );
    expect(recordOf('guest', joined(3), left, event)).toEqual(kept(gone, { leftReason: 'left', lastSeq: 4 }));
  });

  it('is not begun by a kick of one who never was in', () => {
    const event = anEvent('participant.kicked', { userId: 'guest', participant: null, by: 'host' });
    const forgiven = anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 4 });
    expect(carryOn([event, forgiven])).toEqual(new Map());
  });

  it('says still that they were put out when they were forgiven', () => {
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: kicked, by: 'host' },
      { seq: 4 },
    );
    const forgiven = anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 5 });
    expect(recordOf('guest', joined(3), event, forgiven)).toMatchObject({
      leftReason: 'kicked',
      leftAt: minutesAfterNoon(5),
      lastSeq: 4,
    });
  });

  it('changes hands with the room: the new host is HOST, the former is not', () => {
    const maker = aParticipant('host', { role: 'HOST' });
    const began = anEvent('participant.joined', { participant: maker }, { seq: 2 });
    const promoted = anEvent(
      'participant.promoted',
      { participant: { ...guest, role: 'HOST' }, former: { ...maker, role: 'PARTICIPANT' } },
      { seq: 4 },
    );
    const records = carryOn([began, joined(3), promoted]);
    expect(records.get('a-room/guest')).toMatchObject({ role: 'HOST', leftAt: null, leftReason: null });
    expect(records.get('a-room/host')).toMatchObject({
      role: 'PARTICIPANT',
      joinedAt: noon,
      leftReason: null,
      lastSeq: 4,
    });
  });

  it('changes nothing of a former host who is out when another becomes host', () => {
    const promoted = anEvent(
      'participant.promoted',
      { participant: { ...guest, role: 'HOST' }, former: null },
      { seq: 5 },
    );
    expect([...carryOn([promoted]).keys()]).toEqual(['a-room/guest']);
  });

  it('says that they were put out, whatever of before is carried on later', () => {
    const kick = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: kicked, by: 'host' },
      { seq: 4 },
    );
    // Written before the kick, by another instance, and carried on after it.
    const raised = anEvent(
      'hand.raised',
      { participant: aParticipant('guest', { isHandRaised: true }) },
      { seq: 3 },
    );
    expect(recordOf('guest', kick, joined(2), raised)).toEqual(recordOf('guest', joined(2), raised, kick));
    expect(recordOf('guest', joined(2), kick, raised)).toMatchObject({
      leftReason: 'kicked',
      leftAt: kicked.leftAt,
    });
  });

  it('begins anew when they are back', () => {
    const left = anEvent('participant.left', { participant: gone, reason: 'lapsed' }, { seq: 4 });
    const back = { ...guest, joinedAt: minutesAfterNoon(9) };
    const again = anEvent('participant.joined', { participant: back }, { seq: 5 });
    expect(recordOf('guest', joined(3), left, again)).toEqual(kept(back, { leftReason: null, lastSeq: 5 }));
  });

  it('is theirs in this room alone', () => {
    const elsewhere = anEvent(
      'participant.joined',
      { participant: { ...guest, roomId: 'b' } },
      { roomId: 'b', seq: 9 },
    );
    expect([...carryOn([joined(3), elsewhere]).keys()]).toEqual(['a-room/guest', 'b/guest']);
  });
});

/** Who does what in a room, as the rooms let them; what is refused changes nothing. */
const USERS = ['host', 'ann', 'ben'] as const;
const user = fc.constantFrom(...USERS);
type Step = (room: Room, now: Date) => transition.Transition;
const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const bySeat = (act: (room: Room, seat: Room['seats'][number]) => transition.Transition) =>
  user.map(
    (id): Step =>
      (room) => {
        const seat = seatOf(room, id);
        return seat ? act(room, seat) : transition.unchanged(room);
      },
  );
const step: fc.Arbitrary<Step> = fc.oneof(
  user.map(
    (id): Step =>
      (room, now) =>
        transition.join(room, { id, name: id }, now, rules),
  ),
  user.map(
    (id): Step =>
      (room, now) =>
        transition.leave(room, id, now, 'lapsed'),
  ),
  user.map(
    (id): Step =>
      (room, now) =>
        host.kick(room, room.hostId, id, now),
  ),
  user.map(
    (id): Step =>
      (room) =>
        host.forgive(room, room.hostId, id),
  ),
  user.map(
    (id): Step =>
      (room) =>
        host.mute(room, room.hostId, id),
  ),
  user.map(
    (id): Step =>
      (room) =>
        host.handOver(room, room.hostId, id),
  ),
  bySeat((room, seat) => conduct.setMuted(room, seat, !seat.isMuted)),
  bySeat((room, seat) => conduct.setHandRaised(room, seat, !seat.isHandRaised)),
  bySeat((room, seat) => conduct.setVideoOff(room, seat, !seat.isVideoOff)),
);

/** The events of all that happens, from the host's coming in; and the room as it is in the end. */
function happening(steps: readonly Step[]): { events: RoomEvent[]; room: Room } {
  let room = aRoom({ seats: [aSeat('host')] });
  const events: RoomEvent[] = [
    anEvent('participant.joined', { participant: participantIn(room, aSeat('host')) }, { seq: 1 }),
  ];
  for (const [index, next] of steps.entries()) {
    const { room: after, facts } = attempt(room, next, minutesAfterNoon(index + 1));
    for (const { type, data } of facts) events.push(anEvent(type, data, { seq: events.length + 1 }));
    room = after;
  }
  return { events, room };
}

function attempt(room: Room, next: Step, now: Date): transition.Transition {
  try {
    return next(room, now);
  } catch (error) {
    if (error instanceof ServiceError) return transition.unchanged(room);
    throw error;
  }
}

/** What happens in a room, and an order in which it may be carried on: some of it twice. */
const carried = fc.array(step, { maxLength: 25 }).chain((steps) => {
  const { events, room } = happening(steps);
  const again = fc.subarray(events);
  return again
    .chain((twice) => fc.shuffledSubarray([...events, ...twice], { minLength: events.length + twice.length }))
    .map((order) => ({ events, room, order }));
});
const asObject = (records: ReadonlyMap<string, Kept>) => Object.fromEntries(records);

describe('records of events that are carried on in any order, and again', () => {
  it('are in the end as if each had come once, in its turn', () => {
    fc.assert(
      fc.property(carried, ({ events, order }) => {
        expect(asObject(carryOn(order))).toEqual(asObject(carryOn(events)));
      }),
      { numRuns: 500 },
    );
  });

  it('are in the end as the room is: who is in, and how they are', () => {
    fc.assert(
      fc.property(carried, ({ room, order }) => {
        const records = [...carryOn(order).values()];
        expect(records.filter(({ leftAt }) => leftAt === null)).toHaveLength(room.seats.length);
        for (const seat of room.seats) {
          const { isKicked: _isKicked, ...participant } = participantIn(room, seat);
          expect(records).toContainEqual(expect.objectContaining(participant));
        }
        for (const { userId, role, leftAt } of records)
          if (leftAt === null) expect(role).toBe(roleOf(room, userId));
      }),
      { numRuns: 500 },
    );
  });
});

describe('each write of a record', () => {
  it('is the whole of it, if what is there is older', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        for (const event of happening(steps).events)
          for (const { updateOne } of writesOf(event)) {
            const { filter, update, upsert } = updateOne;
            expect([filter.lastSeq, update.$set.lastSeq, upsert]).toEqual([
              { $lt: event.seq },
              event.seq,
              true,
            ]);
            expect(update.$set).not.toHaveProperty('isKicked');
            expect(update.$setOnInsert).toMatchObject({ roomId: 'a-room' });
          }
      }),
    );
  });
});

it.each<RoomEvent>([
  anEvent('room.created', { room: summarise(aRoom()) }),
  anEvent('room.updated', { room: summarise(aRoom()), by: 'host' }),
  anEvent('room.ended', { room: summarise(aRoom()), by: null }),
  said(3),
])('what happens to the room as a whole touches no record: $type', (event) => {
  expect(recordWrites(event)).toEqual([]);
});
