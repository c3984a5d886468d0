import type { AnyBulkWriteOperation } from 'mongoose';
import { fromStore, isDuplicateKey } from '../mongo.ts';
import type { RoomEvent } from './events.ts';
import {
  type ParticipantDocument,
  type ParticipantRecord,
  type RoomDocument,
  type RoomModels,
  toEvent,
  toOutboxEntry,
} from './room-documents.ts';

export type OutboxStore = ReturnType<typeof createOutboxStore>;

/**
 * The outbox: events lie in their room's document from the moment of the change until they have been carried
 * on, into the history (`room_events`) and the participants' records. Every step may be done again, by
 * this instance or by another after a crash, and comes out the same.
 */
export function createOutboxStore({ rooms, participants, events }: RoomModels) {
  /** Writes events into the history and brings the participants' records up to them. */
  async function carryOn(batch: readonly RoomEvent[]): Promise<void> {
    const history = batch.map((event) => ({ ...toOutboxEntry(event), roomId: event.roomId }));
    const records = batch.flatMap((event) => {
      const record = recordOf(event);
      return record ? [recordWrite(record, event.seq)] : [];
    });
    await Promise.all([
      tolerateDuplicates(events.insertMany(history, { ordered: false, lean: true })),
      records.length > 0 ? tolerateDuplicates(participants.bulkWrite(records, { ordered: false })) : null,
    ]);
  }

  /** Takes events out of their rooms' outboxes. */
  async function clear(batch: readonly RoomEvent[]): Promise<void> {
    const byRoom = Map.groupBy(batch, (event) => event.roomId);
    const writes: AnyBulkWriteOperation<RoomDocument>[] = [...byRoom].map(([roomId, done]) => ({
      updateOne: {
        filter: { _id: roomId },
        update: { $pull: { outbox: { _id: { $in: done.map((event) => event.id) } } } },
      },
    }));
    if (writes.length > 0) await fromStore(rooms.bulkWrite(writes, { ordered: false }));
  }

  /** Events that have lain since before `before`: their instance died, or something they ask for failed. */
  async function left(before: Date, limit: number): Promise<RoomEvent[]> {
    const documents = await fromStore(
      rooms
        .find({ 'outbox.at': { $lt: before } }, { outbox: 1 })
        .limit(limit)
        .lean<Pick<RoomDocument, '_id' | 'outbox'>[]>()
        .exec(),
    );
    return documents.flatMap(({ _id, outbox }) =>
      outbox.filter((entry) => entry.at < before).map((entry) => toEvent(_id, entry)),
    );
  }

  return { carryOn, clear, left };
}

function recordOf(event: RoomEvent): ParticipantRecord | null {
  switch (event.type) {
    case 'participant.joined':
    case 'participant.promoted':
      return { ...event.data.participant, leftReason: null };
    case 'participant.left':
      return { ...event.data.participant, leftReason: event.data.reason };
    default:
      return null;
  }
}

/** Older than what is there: the filter misses, the upsert meets the unique key, and nothing changes. */
function recordWrite(
  participant: ParticipantRecord,
  seq: number,
): AnyBulkWriteOperation<ParticipantDocument> {
  const { roomId, userId, ...fields } = participant;
  return {
    updateOne: {
      filter: { _id: `${roomId}/${userId}`, lastSeq: { $lt: seq } },
      update: { $set: { ...fields, lastSeq: seq }, $setOnInsert: { roomId, userId } },
      upsert: true,
    },
  };
}

async function tolerateDuplicates(work: Promise<unknown>): Promise<void> {
  try {
    await fromStore(work);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
