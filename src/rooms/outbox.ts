import type { AnyBulkWriteOperation } from 'mongoose';
import { fromStore, isDuplicateKey } from '../mongo.ts';
import type { RoomEvent } from './events.ts';
import { recordWrites } from './records.ts';
import {
  type RoomDocument,
  type RoomModels,
  toChatMessage,
  toEvent,
  toOutboxEntry,
} from './room-documents.ts';

export type OutboxStore = ReturnType<typeof createOutboxStore>;

/**
 * The outbox: events lie in their room's document from the moment of the change until they have been carried
 * on, into the history (`room_events`) and the participants' records. Every step may be done again, by
 * this instance or by another after a crash, and comes out the same.
 */
export function createOutboxStore({ rooms, participants, events, chat }: RoomModels) {
  /** Writes events into the history and the chat, and brings the participants' records up to them. */
  async function carryOn(batch: readonly RoomEvent[]): Promise<void> {
    const history = batch.map((event) => ({ ...toOutboxEntry(event), roomId: event.roomId }));
    const messages = batch.flatMap((event) => (event.type === 'chat.message' ? [toChatMessage(event)] : []));
    const records = batch.flatMap(recordWrites);
    const bare = { ordered: false, lean: true } as const;
    await Promise.all([
      tolerateDuplicates(events.insertMany(history, bare)),
      messages.length > 0 ? tolerateDuplicates(chat.insertMany(messages, bare)) : null,
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

async function tolerateDuplicates(work: Promise<unknown>): Promise<void> {
  try {
    await fromStore(work);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
