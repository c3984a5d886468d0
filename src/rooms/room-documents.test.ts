import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import mongoose from 'mongoose';
import { aRoom, aSeat, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { type RoomEvent, summarise } from './events.ts';
import { participantIn, type Room, type Seat } from './room.ts';
import {
  FIELDS_AT_TIMES,
  type RoomDocument,
  roomModels,
  toChatMessage,
  toEvent,
  toFields,
  toOutboxEntry,
  toRoom,
  toSummary,
} from './room-documents.ts';

/** Not connected to anything: the models know their schemas without. */
const models = roomModels(mongoose.createConnection());

const moment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
const seats: fc.Arbitrary<Seat[]> = fc.uniqueArray(
  fc.record({
    userId: fc.uuid(),
    name: fc.string({ minLength: 1 }),
    isMuted: fc.boolean(),
    isVideoOff: fc.boolean(),
    isHandRaised: fc.boolean(),
    joinedAt: moment,
    leaseUntil: fc.option(moment),
    connections: fc.array(
      fc
        .tuple(fc.constantFrom('livekit', 'socket@a', 'socket@b'), fc.string())
        .map(([door, id]) => `${door}:${id}`),
    ),
  }),
  { selector: (seat) => seat.userId, maxLength: 4 },
);
const rooms: fc.Arbitrary<Room> = fc.record({
  id: fc.uuid(),
  title: fc.string({ minLength: 1 }),
  topic: fc.option(fc.string({ minLength: 1 })),
  language: fc.option(fc.constantFrom('vi', 'pt-BR')),
  maxParticipants: fc.integer({ min: 2, max: 100 }),
  access: fc.constantFrom('public' as const, 'private' as const),
  invited: fc.array(fc.uuid(), { maxLength: 3 }),
  e2ee: fc.boolean(),
  status: fc.constantFrom('LIVE' as const, 'ENDED' as const),
  hostId: fc.uuid(),
  hostName: fc.option(fc.string({ minLength: 1 })),
  createdAt: moment,
  endedAt: fc.option(moment),
  recording: fc.option(fc.record({ id: fc.uuid(), startedAt: moment })),
  seats,
  kicked: fc.array(fc.uuid(), { maxLength: 3 }),
  version: fc.nat(),
  lastSeq: fc.nat(),
});

const asDocument = (room: Room): RoomDocument => ({ _id: room.id, ...toFields(room), outbox: [] });
const event = (type: RoomEvent['type']): RoomEvent =>
  ({
    id: 'an-event',
    roomId: 'a-room',
    seq: 7,
    at: noon,
    type,
    data: { participant: participantIn(aRoom(), aSeat('host')) },
  }) as RoomEvent;

describe('a room', () => {
  it('comes out of its document as it went in', () => {
    fc.assert(fc.property(rooms, (room) => expect(toRoom(asDocument(room))).toEqual(room)));
  });

  it('fits its schema, field by field, and comes back through it unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(rooms, async (room) => {
        // `strict: throw`: a field that the schema does not know would throw here, as it would on a write.
        const document = new models.rooms(asDocument(room));
        await document.validate();
        expect(toRoom(document.toObject<RoomDocument>())).toEqual(room);
      }),
    );
  });

  it('that was written before the name of its host was kept has it from the seat, if the host is in', () => {
    const written = (room: Room): RoomDocument => {
      const { hostName: _, ...before } = asDocument(room);
      return before as RoomDocument;
    };
    expect(toRoom(written(aRoom()))).toEqual(aRoom());
    expect(toRoom(written(aRoom({ status: 'ENDED', seats: [] }))).hostName).toBeNull();
  });

  it('carries what lists ask for: how many are in, whether one more could be', () => {
    const two = aRoom({ maxParticipants: 3, seats: [aSeat('host'), aSeat('guest')] });
    expect(toFields(two)).toMatchObject({ joinedParticipants: 2, hasSeats: true });
    expect(toFields({ ...two, maxParticipants: 2 })).toMatchObject({ hasSeats: false });
    expect(toFields({ ...two, seats: [] })).toMatchObject({ joinedParticipants: 0, hasSeats: true });
  });

  it('carries when its next seat lapses', () => {
    const leased = (userId: string, minutes: number) =>
      aSeat(userId, { leaseUntil: minutesAfterNoon(minutes) });
    const room = aRoom({ seats: [aSeat('host'), leased('late', 2), leased('soon', 1)] });
    expect(toFields(room).lapseAt).toEqual(minutesAfterNoon(1));
  });

  it('carries no time of a next lapse when no seat will, so that the sweep does not find it', () => {
    expect(toFields(aRoom())).not.toHaveProperty('lapseAt');
    expect(toFields(aRoom({ seats: [] }))).not.toHaveProperty('lapseAt');
  });

  it('carries the doors through which someone is connected, each once, by their whole names', () => {
    const seats = [
      aSeat('host', { connections: ['livekit:PA_1', 'socket@b.2:x:y'] }),
      aSeat('guest', { connections: ['livekit:PA_2', 'livekit:PA_3'] }),
      aSeat('other', { connections: [], leaseUntil: noon }),
    ];
    expect(toFields(aRoom({ seats })).doors).toEqual(['livekit', 'socket@b.2']);
  });

  it('carries no doors when nobody is connected, and its document gets none from the schema', () => {
    const claimed = aRoom({ seats: [aSeat('host', { connections: [], leaseUntil: noon })] });
    expect(toFields(claimed)).not.toHaveProperty('doors');
    expect(new models.rooms(asDocument(claimed)).toObject()).not.toHaveProperty('doors');
  });

  it('names every field that it has at times only, so that a change can take it out of the document', () => {
    const always = Object.keys(toFields(aRoom({ seats: [] })));
    fc.assert(
      fc.property(rooms, (room) => {
        const atTimes = Object.keys(toFields(room)).filter((name) => !always.includes(name));
        expect(FIELDS_AT_TIMES).toEqual(expect.arrayContaining(atTimes));
      }),
    );
  });
});

describe('a summary', () => {
  it('of a document is that of its room', () => {
    fc.assert(
      fc.property(rooms, (room) => {
        const { seats: _seats, outbox: _outbox, ...listed } = asDocument(room);
        expect(toSummary(listed)).toEqual(summarise(room));
      }),
    );
  });

  it('holds nothing that only members may see', () => {
    const shown = Object.keys(summarise(aRoom()));
    for (const hidden of [
      'seats',
      'kicked',
      'invited',
      'version',
      'lastSeq',
      'lapseAt',
      'doors',
      'listKey',
      'outbox',
    ])
      expect(shown).not.toContain(hidden);
  });
});

describe('an event', () => {
  it('comes out of the outbox as it went in', () => {
    for (const type of ['participant.joined', 'participant.left', 'participant.promoted'] as const) {
      const written = event(type);
      expect(toEvent('a-room', toOutboxEntry(written))).toEqual(written);
    }
  });

  it('fits the schema of the outbox and that of the history', async () => {
    const entry = toOutboxEntry(event('participant.joined'));
    const room = new models.rooms({ ...asDocument(aRoom()), outbox: [entry] });
    await room.validate();
    const [kept] = room.toObject<RoomDocument>().outbox;
    expect(kept && toEvent('a-room', kept)).toEqual(event('participant.joined'));
    await new models.events({ ...entry, roomId: 'a-room' }).validate();
  });

  it('that is a message becomes one of the chat, under its own id and time, as the schema has it', async () => {
    const said: RoomEvent & { type: 'chat.message' } = {
      id: 'an-event',
      roomId: 'a-room',
      seq: 7,
      at: noon,
      type: 'chat.message',
      data: { sender: { id: 'host', name: 'Host' }, text: 'Hello' },
    };
    const message = toChatMessage(said);
    expect(message).toEqual({
      _id: 'an-event',
      roomId: 'a-room',
      seq: 7,
      sender: { id: 'host', name: 'Host' },
      text: 'Hello',
      at: noon,
    });
    const document = new models.chat(message);
    await document.validate();
    expect(document.toObject()).toEqual(message);
  });
});
