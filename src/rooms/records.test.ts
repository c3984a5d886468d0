import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anEvent, aParticipant, aRoom, minutesAfterNoon, noon, said } from '../../test/support/a-room.ts';
import { type RoomEvent, summarise } from './events.ts';
import { recordWrites } from './records.ts';
import type { ParticipantRecord } from './room-documents.ts';

type Kept = ParticipantRecord & { lastSeq: number };
type UpdateOne = {
  updateOne: {
    filter: { _id: string; lastSeq: { $lt: number } };
    update: { $set: Partial<Kept>; $setOnInsert?: Partial<Kept> };
    upsert?: boolean;
  };
};

/** What MongoDB makes of the writes: the records by id, with a unique key. */
function carryOn(events: readonly RoomEvent[], records = new Map<string, Kept>()): Map<string, Kept> {
  for (const event of events)
    for (const { updateOne } of recordWrites(event) as unknown as UpdateOne[]) {
      const { filter, update, upsert } = updateOne;
      const there = records.get(filter._id);
      if (there && there.lastSeq < filter.lastSeq.$lt) records.set(filter._id, { ...there, ...update.$set });
      // One that is there and not older: the upsert meets the unique key, which is tolerated.
      if (!there && upsert) records.set(filter._id, { ...update.$setOnInsert, ...update.$set } as Kept);
    }
  return records;
}
const recordOf = (userId: string, ...events: RoomEvent[]) => carryOn(events).get(`a-room/${userId}`);

const guest = aParticipant('guest');
const joined = (seq: number) => anEvent('participant.joined', { participant: guest }, { seq });
const gone = aParticipant('guest', { leftAt: minutesAfterNoon(5) });
const kicked = aParticipant('guest', { leftAt: minutesAfterNoon(5), isKicked: true });

describe('the record of a participant', () => {
  it('begins when they join: who they are, and that they are in', () => {
    expect(recordOf('guest', joined(3))).toEqual({ ...guest, leftReason: null, lastSeq: 3 });
  });

  it.each<[RoomEvent['type'], RoomEvent]>([
    [
      'participant.muted',
      anEvent(
        'participant.muted',
        { participant: aParticipant('guest', { isMuted: true }), by: 'host' },
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
    const { participant } = event.data as { participant: object };
    expect(recordOf('guest', joined(3), event)).toEqual({ ...participant, leftReason: null, lastSeq: 4 });
  });

  it.each(['left', 'lapsed', 'ended'] as const)('says when and why they went: %s', (reason) => {
    const left = anEvent('participant.left', { participant: gone, reason }, { seq: 4 });
    expect(recordOf('guest', joined(3), left)).toEqual({ ...gone, leftReason: reason, lastSeq: 4 });
  });

  it('says that they were put out', () => {
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: kicked, by: 'host' },
      { seq: 4 },
    );
    expect(recordOf('guest', joined(3), event)).toEqual({ ...kicked, leftReason: 'kicked', lastSeq: 4 });
  });

  it('says that they are kept out, of one who had gone by then, and still when they went', () => {
    const left = anEvent('participant.left', { participant: gone, reason: 'left' }, { seq: 4 });
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: null, by: 'host' },
      { seq: 5 },
    );
    expect(recordOf('guest', joined(3), left, event)).toEqual({
      ...gone,
      isKicked: true,
      leftReason: 'kicked',
      lastSeq: 5,
    });
  });

  it('is not begun by a kick of one who never was in', () => {
    const event = anEvent('participant.kicked', { userId: 'guest', participant: null, by: 'host' });
    const forgiven = anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 4 });
    expect(carryOn([event, forgiven])).toEqual(new Map());
  });

  it('says when they were forgiven that they may come in, and that they did not lapse', () => {
    const event = anEvent(
      'participant.kicked',
      { userId: 'guest', participant: kicked, by: 'host' },
      { seq: 4 },
    );
    const forgiven = anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 5 });
    expect(recordOf('guest', joined(3), event, forgiven)).toMatchObject({
      isKicked: false,
      leftReason: 'kicked',
      leftAt: minutesAfterNoon(5),
    });
  });

  it('changes hands with the room: the new host is HOST, the former is not', () => {
    const host = aParticipant('host', { role: 'HOST' });
    const began = anEvent('participant.joined', { participant: host }, { seq: 2 });
    const promoted = anEvent(
      'participant.promoted',
      { participant: { ...guest, role: 'HOST' }, former: 'host' },
      { seq: 4 },
    );
    const records = carryOn([began, joined(3), promoted]);
    expect(records.get('a-room/guest')).toMatchObject({ role: 'HOST', leftAt: null, leftReason: null });
    expect(records.get('a-room/host')).toMatchObject({ role: 'PARTICIPANT', joinedAt: noon });
  });

  it('begins anew when they are back', () => {
    const left = anEvent('participant.left', { participant: gone, reason: 'lapsed' }, { seq: 4 });
    const back = { ...guest, joinedAt: minutesAfterNoon(9) };
    const again = anEvent('participant.joined', { participant: back }, { seq: 5 });
    expect(recordOf('guest', joined(3), left, again)).toEqual({ ...back, leftReason: null, lastSeq: 5 });
  });

  it('is theirs in this room alone', () => {
    const elsewhere = anEvent(
      'participant.joined',
      { participant: { ...guest, roomId: 'b' } },
      { roomId: 'b', seq: 9 },
    );
    expect([...carryOn([joined(3), elsewhere]).keys()]).toEqual(['a-room/guest', 'b/guest']);
  });

  it('comes out the same when events are carried on again, late, and in any order', () => {
    const story: RoomEvent[] = [
      joined(3),
      anEvent('hand.raised', { participant: aParticipant('guest', { isHandRaised: true }) }, { seq: 4 }),
      anEvent('participant.left', { participant: gone, reason: 'lapsed' }, { seq: 5 }),
      joined(6),
      anEvent('participant.kicked', { userId: 'guest', participant: kicked, by: 'host' }, { seq: 7 }),
    ];
    const order = fc.shuffledSubarray([...story, ...story], { minLength: 10 });
    fc.assert(fc.property(order, (carried) => expect(carryOn(carried)).toEqual(carryOn(story))));
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
