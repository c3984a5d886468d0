import { setTimeout as sleep } from 'node:timers/promises';
import type { QueryFilter } from 'mongoose';
import { ServiceError } from '../errors.ts';
import { fromStore } from '../mongo.ts';
import type { RoomEvent, RoomFact, RoomSummary } from './events.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Room } from './room.ts';
import {
  FIELDS_AT_TIMES,
  type OutboxEntry,
  type ParticipantRecord,
  type RoomDocument,
  type RoomEventDocument,
  type RoomModels,
  toEvent,
  toFields,
  toOutboxEntry,
  toRoom,
  toSummary,
} from './room-documents.ts';
import { createBatchReader } from './room-reader.ts';
import type { Transition } from './transitions.ts';

/** Lost races for one change before we say that the room is too busy; each costs a read and a write. */
const MAX_ATTEMPTS = 30;

/**
 * What a change came to: the room as it is now, and the events that were written with it. `before`: it was done already,
 * by whoever asked with the same id, and this is the event that told of it.
 */
export type Changed = Readonly<{ room: Room; events: readonly RoomEvent[]; before?: RoomEvent }>;

/** Randomness and time come in as parameters, so that tests decide on them. */
export type IdAndClock = Readonly<{ newId: () => string; now: () => Date }>;

type Decide = (room: Room | null) => Transition;

export type RoomListQuery = Readonly<{
  filter: QueryFilter<RoomDocument>;
  limit: number;
}>;

export type RoomStore = ReturnType<typeof createRoomStore>;

/**
 * Rooms in MongoDB. A change is decided by a pure function on the room as it stands and written on the
 * condition that the room is still at that version, together with the events that tell of it: one atomic
 * write, whatever number of instances is at it. Who loses the race decides again on the newer room.
 */
export function createRoomStore(
  models: Pick<RoomModels, 'rooms' | 'participants' | 'events'>,
  source: IdAndClock,
) {
  const { rooms, participants, events: history } = models;
  const queue = new KeyedQueue();

  // Past mongoose: hydrating and casting would cost more than the read. What lies there was written by us.
  const bare = rooms.db.collection<RoomDocument>(rooms.collection.name);
  const read = createBatchReader((ids) =>
    fromStore(bare.find({ _id: { $in: ids } }, { projection: { outbox: 0 } }).toArray()),
  );

  async function find(roomId: string): Promise<Room | null> {
    const document = await read(roomId);
    return document ? toRoom(document) : null;
  }

  async function insert(room: Room, facts: readonly RoomFact[]): Promise<Changed> {
    const events = toEvents(room, facts, source);
    const written = { ...room, lastSeq: room.lastSeq + events.length };
    await fromStore(
      rooms.insertOne({ _id: room.id, ...toFields(written), outbox: events.map(toOutboxEntry) }),
    );
    return { room: written, events };
  }

  async function attempt(
    room: Room,
    { room: decided, facts }: Transition,
    once?: string,
  ): Promise<Changed | null> {
    const events = toEvents(room, facts, source, once);
    const next: Room = { ...decided, version: room.version + 1, lastSeq: room.lastSeq + events.length };
    const fields = toFields(next);
    const written = await fromStore(
      rooms.updateOne(
        { _id: room.id, version: room.version },
        {
          $set: fields,
          ...absent(fields),
          ...(events.length > 0 ? { $push: { outbox: { $each: events.map(toOutboxEntry) } } } : {}),
        },
      ),
    );
    return written.matchedCount === 1 ? { room: next, events } : null;
  }

  /** The room's event of this id. It is in the outbox first and in the history before it leaves that. */
  async function findEvent(roomId: string, id: string): Promise<RoomEvent | null> {
    const waiting = rooms
      .findOne({ _id: roomId, 'outbox._id': id }, { outbox: 1 })
      .lean<Pick<RoomDocument, 'outbox'>>();
    const inHand = (await fromStore(waiting.exec()))?.outbox.find((entry) => entry._id === id);
    if (inHand) return toEvent(roomId, inHand);
    const told = history.findOne({ _id: id, roomId }).lean<OutboxEntry & RoomEventDocument>();
    const stored = await fromStore(told.exec());
    return stored && toEvent(roomId, stored);
  }

  /**
   * @param decide gets the room as it is, null when there is none; throws to refuse; may run several times
   * @param once names this change: the first event that tells of it gets this id, and where there is such an event the
   *   change was done, and is not done again, nor decided on. Looked for after the room is read; whoever does the same
   *   between that and our write makes the write miss its version. Holds for as long as the history does (a week).
   * @throws ServiceError of `decide`; BUSY; STORE_UNAVAILABLE
   */
  async function change(roomId: string, decide: Decide, once?: string): Promise<Changed> {
    // What changes nothing (a seat that is held, a refusal) waits for nobody.
    const seen = await find(roomId);
    const before = await doneBefore(seen, once);
    if (before) return before;
    const transition = decide(seen);
    if (seen === null || transition.room === seen) return { room: transition.room, events: [] };
    return queue.run(roomId, async (waited) => {
      const first = waited ? null : await attempt(seen, transition, once);
      return first ?? decideAgain(roomId, decide, once);
    });
  }

  /** The room was changed by another since it was read: reads, decides and writes until no other comes between. */
  async function decideAgain(roomId: string, decide: Decide, once?: string): Promise<Changed> {
    for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
      const room = await find(roomId);
      const before = await doneBefore(room, once);
      if (before) return before;
      const transition = decide(room);
      if (room === null || transition.room === room) return { room: transition.room, events: [] };
      const changed = await attempt(room, transition, once);
      if (changed) return changed;
      await sleep(Math.random() * Math.min(4 * (tries + 1), 50));
    }
    throw new ServiceError('BUSY', 'This room changes too fast right now. Try again.');
  }

  async function doneBefore(room: Room | null, once: string | undefined): Promise<Changed | null> {
    if (room === null || once === undefined) return null;
    const before = await findEvent(room.id, once);
    return before && { room, events: [], before };
  }

  async function list({ filter, limit }: RoomListQuery): Promise<RoomSummary[]> {
    const documents = await fromStore(
      rooms
        .find(filter, { outbox: 0, seats: 0, kicked: 0, invited: 0 })
        .sort({ listKey: -1 })
        .limit(limit)
        .lean<RoomDocument[]>()
        .exec(),
    );
    return documents.map(toSummary);
  }

  /** Ids of rooms with a seat whose lease is over, the longest overdue first. */
  async function dueToLapse(now: Date, limit: number): Promise<string[]> {
    const due = rooms
      .find({ lapseAt: { $lte: now } }, { _id: 1 })
      .sort({ lapseAt: 1 })
      .limit(limit)
      .lean();
    return (await fromStore(due.exec())).map((document) => document._id);
  }

  /** Ids of rooms that someone is connected to through `door`. */
  async function withDoor(door: string, limit: number): Promise<string[]> {
    const open = rooms.find({ doors: door }, { _id: 1 }).limit(limit).lean();
    return (await fromStore(open.exec())).map((document) => document._id);
  }

  /** Those of the rooms that exist, each with the `seq` of its newest event. */
  async function summaries(roomIds: readonly string[]): Promise<{ room: RoomSummary; seq: number }[]> {
    const documents = rooms
      .find({ _id: { $in: roomIds } }, { outbox: 0, seats: 0, kicked: 0, invited: 0 })
      .lean<RoomDocument[]>();
    return (await fromStore(documents.exec())).map((document) => ({
      room: toSummary(document),
      seq: document.lastSeq,
    }));
  }

  /** The newest `seq` of each of the rooms, in one read. */
  async function lastSeqs(roomIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = rooms
      .find({ _id: { $in: roomIds } }, { lastSeq: 1 })
      .lean<Pick<RoomDocument, '_id' | 'lastSeq'>[]>();
    return new Map((await fromStore(found.exec())).map(({ _id, lastSeq }) => [_id, lastSeq]));
  }

  async function findRecord(roomId: string, userId: string): Promise<ParticipantRecord | null> {
    const record = participants.findOne({ roomId, userId }, { _id: 0, lastSeq: 0 }).lean<ParticipantRecord>();
    return fromStore(record.exec());
  }

  return { find, insert, change, list, dueToLapse, withDoor, summaries, lastSeqs, findRecord };
}

/** `$unset` of the fields that the room has no longer. */
function absent(fields: ReturnType<typeof toFields>) {
  const gone = FIELDS_AT_TIMES.filter((name) => fields[name] === undefined);
  return gone.length === 0 ? {} : { $unset: Object.fromEntries(gone.map((name) => [name, 1])) };
}

function toEvents(
  room: Room,
  facts: readonly RoomFact[],
  { newId, now }: IdAndClock,
  once?: string,
): RoomEvent[] {
  const at = now();
  return facts.map((fact, index) => ({
    ...fact,
    id: (index === 0 ? once : undefined) ?? newId(),
    roomId: room.id,
    seq: room.lastSeq + index + 1,
    at,
  }));
}
