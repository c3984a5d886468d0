import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aRoom, aSeat, noon } from '../../test/support/a-room.ts';
import { ServiceError } from '../errors.ts';
import * as conduct from './conduct.ts';
import type { Room, Seat } from './room.ts';
import { type OutboxEntry, type RoomDocument, type RoomModels, toFields } from './room-documents.ts';
import { createRoomStore } from './room-store.ts';
import * as transition from './transitions.ts';

type Written = {
  $set: Partial<RoomDocument>;
  $unset?: Record<string, 1>;
  $push?: { outbox: { $each: OutboxEntry[] } };
};

/** The collection of rooms in memory, with the one promise that the store builds on: a write is conditional. */
function memoryRooms(...rooms: Room[]) {
  const documents = new Map(
    rooms.map((room) => [room.id, { _id: room.id, ...toFields(room), outbox: [] } as RoomDocument]),
  );
  const counts = { reads: 0, writes: 0, lost: 0 };
  /** Runs before a write is done, as another instance might. */
  const meanwhile: (() => void)[] = [];
  const model = {
    collection: { name: 'rooms' },
    db: {
      collection: () => ({
        find: ({ _id }: { _id: { $in: string[] } }) => ({
          async toArray() {
            counts.reads += 1;
            return _id.$in
              .flatMap((id) => structuredClone(documents.get(id)) ?? [])
              .map(({ outbox: _, ...rest }) => rest);
          },
        }),
      }),
    },
    async updateOne(
      { _id, version }: { _id: string; version: number },
      { $set, $unset = {}, $push }: Written,
    ) {
      meanwhile.shift()?.();
      const document = documents.get(_id);
      if (document?.version !== version) {
        counts.lost += 1;
        return { matchedCount: 0 };
      }
      counts.writes += 1;
      const kept = Object.entries({ ...document, ...$set }).filter(([name]) => !(name in $unset));
      const outbox = [...document.outbox, ...($push?.outbox.$each ?? [])];
      documents.set(_id, { ...(Object.fromEntries(kept) as RoomDocument), outbox });
      return { matchedCount: 1 };
    },
    async insertOne(document: RoomDocument) {
      documents.set(document._id, document);
    },
    findOne: ({ _id, 'outbox._id': id }: { _id: string; 'outbox._id': string }) => {
      const document = documents.get(_id);
      return queryOf(document?.outbox.some((entry) => entry._id === id) ? document : null);
    },
  };
  const history: OutboxEntry[] = [];
  const events = {
    findOne: ({ _id }: { _id: string }) => queryOf(history.find((entry) => entry._id === _id) ?? null),
  };
  return {
    models: { rooms: model, participants: {}, events } as unknown as RoomModels,
    /** What is in the outbox goes into the history. */
    carryOn(id = 'a-room') {
      const document = documents.get(id) as RoomDocument;
      history.push(...document.outbox);
      documents.set(id, { ...document, outbox: [] });
    },
    counts,
    meanwhile,
    document: (id = 'a-room') => documents.get(id) as RoomDocument,
    /** Another instance changes the room. */
    touch(id = 'a-room') {
      const document = documents.get(id) as RoomDocument;
      documents.set(id, { ...document, version: document.version + 1 });
    },
  };
}

const queryOf = (found: unknown) => ({ lean: () => ({ exec: async () => found }) });

function storeOf(...rooms: Room[]) {
  const memory = memoryRooms(...rooms);
  let ids = 0;
  const source = { newId: () => `event-${++ids}`, now: () => noon };
  return {
    ...memory,
    another: () => createRoomStore(memory.models, source),
    store: createRoomStore(memory.models, source),
  };
}
const existing = (decide: (room: Room) => transition.Transition) => (room: Room | null) => {
  if (!room) throw new ServiceError('ROOM_NOT_FOUND', 'none');
  return decide(room);
};
const say = (text: string) => existing((room) => conduct.say(room, room.seats[0] as Seat, text));
const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const joins = (id: string) => existing((room) => transition.join(room, { id, name: id }, noon, rules));

describe('a change', () => {
  it('is written with the events that tell of it, numbered on from the newest', async () => {
    const { store, document } = storeOf(aRoom({ version: 4, lastSeq: 9 }));
    const { room, events } = await store.change('a-room', joins('guest'));
    expect(room).toMatchObject({ version: 5, lastSeq: 10 });
    expect(events).toMatchObject([
      { id: 'event-1', roomId: 'a-room', seq: 10, at: noon, type: 'participant.joined' },
    ]);
    expect(document()).toMatchObject({
      version: 5,
      lastSeq: 10,
      joinedParticipants: 2,
      outbox: [{ seq: 10 }],
    });
  });

  it('numbers several events one by one', async () => {
    const { store } = storeOf(aRoom({ lastSeq: 9 }));
    const { events, room } = await store.change(
      'a-room',
      existing((was) => transition.end(was, 'host', noon)),
    );
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [10, 'participant.left'],
      [11, 'room.ended'],
    ]);
    expect(room.lastSeq).toBe(11);
  });

  it('that changes nothing writes nothing, and tells of nothing', async () => {
    const { store, counts } = storeOf(aRoom());
    const { room, events } = await store.change('a-room', joins('host'));
    expect([room.version, events]).toEqual([1, []]);
    expect(counts).toMatchObject({ reads: 1, writes: 0 });
  });

  it('that is refused writes nothing', async () => {
    const { store, counts } = storeOf(aRoom({ kicked: ['guest'] }));
    await expect(store.change('a-room', joins('guest'))).rejects.toMatchObject({ code: 'KICKED' });
    await expect(store.change('no-room', joins('guest'))).rejects.toMatchObject({ code: 'ROOM_NOT_FOUND' });
    expect(counts.writes).toBe(0);
  });

  it('costs one read and one write when nobody else is at it', async () => {
    const { store, counts } = storeOf(aRoom());
    await store.change('a-room', joins('guest'));
    expect(counts).toEqual({ reads: 1, writes: 1, lost: 0 });
  });

  it('takes out of the document what the room has no longer', async () => {
    const { store, document } = storeOf(
      aRoom({ seats: [aSeat('host'), aSeat('guest', { leaseUntil: noon, connections: [] })] }),
    );
    expect(document()).toMatchObject({ lapseAt: noon, doors: ['livekit'] });
    await store.change(
      'a-room',
      existing((room) => transition.lapse(room, noon)),
    );
    expect(document()).not.toHaveProperty('lapseAt');
    await store.change(
      'a-room',
      existing((room) => transition.disconnectDoor(room, 'livekit', noon, rules)),
    );
    expect(document()).not.toHaveProperty('doors');
    expect(document()).toHaveProperty('lapseAt');
  });

  it('that loses the race is decided again, on the room as it is by then', async () => {
    const { store, another, counts, document } = storeOf(aRoom({ maxParticipants: 2 }));
    const first = another().change('a-room', joins('quick'));
    await expect(store.change('a-room', joins('slow'))).rejects.toMatchObject({ code: 'ROOM_FULL' });
    await first;
    expect(document().seats.map((seat) => seat.userId)).toEqual(['host', 'quick']);
    expect(counts).toMatchObject({ writes: 1, lost: 1 });
  });

  it('waits its turn behind others of its instance, and loses no race against them', async () => {
    const { store, counts } = storeOf(aRoom({ maxParticipants: 100 }));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.change('a-room', joins(`guest-${index}`))),
    );
    expect(counts).toMatchObject({ writes: 20, lost: 0 });
  });

  it('that loses every race gives up, and says that the room is busy', async () => {
    const { store, meanwhile, counts, touch } = storeOf(aRoom());
    meanwhile.push(...Array.from({ length: 100 }, () => () => touch()));
    await expect(store.change('a-room', joins('guest'))).rejects.toMatchObject({ code: 'BUSY' });
    expect(counts).toMatchObject({ writes: 0, lost: 31 });
  });

  it('has its events numbered without a gap, and told to one alone, whoever is at it besides', async () => {
    const sayings = fc.array(fc.constantFrom(0, 1, 2), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(sayings, async (bys) => {
        const { another, document } = storeOf(aRoom({ lastSeq: 2 }));
        const stores = [another(), another(), another()];
        const changes = await Promise.all(
          bys.map((by, index) => stores[by]?.change('a-room', say(`message ${index}`))),
        );
        const seqs = bys.map((_, index) => index + 3);
        expect(document().outbox.map(({ seq }) => seq)).toEqual(seqs);
        expect(document()).toMatchObject({ lastSeq: bys.length + 2, version: bys.length + 1 });
        const told = changes.flatMap((change) => change?.events.map(({ seq }) => seq) ?? []);
        expect(told.toSorted((a, b) => a - b)).toEqual(seqs);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a new room', () => {
  it('lies there with its first events, and knows the newest of them', async () => {
    const { store, document } = storeOf();
    const seat = aSeat('host');
    const room = aRoom({ lastSeq: 0 });
    const facts = transition.join({ ...room, seats: [] }, { id: 'host', name: seat.name }, noon, rules).facts;
    const inserted = await store.insert(room, facts);
    expect(inserted.room.lastSeq).toBe(1);
    expect(document()).toMatchObject({ lastSeq: 1, outbox: [{ seq: 1, type: 'participant.joined' }] });
    expect(await store.find('a-room')).toEqual(inserted.room);
  });
});

describe('a change with an id', () => {
  const host = aRoom({ seats: [aSeat('host')] });

  it('gives that id to the event that tells of it', async () => {
    const { store } = storeOf(host);
    const { events, before } = await store.change('a-room', say('Hello'), 'an-id');
    expect([events.map(({ id }) => id), before]).toEqual([['an-id'], undefined]);
  });

  it.each([
    ['waits in the outbox', false],
    ['is in the history', true],
  ])('whose event %s is not done again', async (_where, isCarriedOn) => {
    const { store, counts, carryOn } = storeOf(host);
    const { events } = await store.change('a-room', say('Hello'), 'an-id');
    if (isCarriedOn) carryOn();
    const again = await store.change('a-room', say('Hello'), 'an-id');
    expect(again.before).toEqual(events[0]);
    expect(again.events).toEqual([]);
    expect(counts.writes).toBe(1);
  });

  it('is not even decided on again: who did it may not be there any more', async () => {
    const { store } = storeOf(host);
    await store.change('a-room', say('Goodbye'), 'an-id');
    const refuses = () => {
      throw new ServiceError('NO_SEAT', 'gone');
    };
    expect((await store.change('a-room', refuses, 'an-id')).before).toMatchObject({ id: 'an-id' });
  });

  it('that another instance does right before the write is not done twice', async () => {
    const { store, another, meanwhile, document } = storeOf(host);
    const other = another();
    let otherIsDone: Promise<unknown> | undefined;
    meanwhile.push(() => {
      otherIsDone = other.change('a-room', say('Hello'), 'an-id');
    });
    const { room } = await store.change('a-room', say('Hello'), 'an-id');
    await otherIsDone;
    expect(document().outbox.map(({ _id }) => _id)).toEqual(['an-id']);
    expect(room.id).toBe('a-room');
  });
});
