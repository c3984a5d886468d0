import { readCursor, writeCursor } from '../cursor.ts';
import { fromStore } from '../mongo.ts';
import { LISTED, type RoomEvent } from './events.ts';
import type { Participant, Room, User } from './room.ts';
import {
  type ChatDocument,
  type OutboxEntry,
  type ParticipantRecord,
  type RoomDocument,
  type RoomEventDocument,
  type RoomModels,
  toChatMessage,
  toEvent,
} from './room-documents.ts';

/** What was said in a room. `id` and `createdAt` are those of the event that told of it. */
export type ChatMessage = Readonly<{
  id: string;
  roomId: string;
  sender: User;
  text: string;
  createdAt: Date;
}>;

/** One page, newest first. `next` leads to the page after it, null at the end. */
export type Page<T> = Readonly<{ items: readonly T[]; next: string | null }>;
export type PageRequest = Readonly<{ cursor?: string | undefined; limit: number }>;

export type History = ReturnType<typeof createHistory>;

/**
 * What happened in rooms, as it was written. An event is in its room's outbox first and in the collections a
 * moment later; the outbox is read before them, so that what was acknowledged is always found.
 */
export function createHistory({ rooms, participants, events, chat }: RoomModels) {
  async function inOutbox(roomId: string): Promise<RoomEvent[]> {
    const room = rooms.findById(roomId, { outbox: 1 }).lean<Pick<RoomDocument, 'outbox'>>();
    return ((await fromStore(room.exec()))?.outbox ?? []).map((entry) => toEvent(roomId, entry));
  }

  return {
    /** The room's events after `seq`, in order and without a gap, up to `limit` of them. */
    async eventsAfter(roomId: string, seq: number, limit: number): Promise<RoomEvent[]> {
      const waiting = await inOutbox(roomId);
      const stored = await fromStore(
        events
          .find({ roomId, seq: { $gt: seq } })
          .sort({ seq: 1 })
          .limit(limit)
          .lean<(OutboxEntry & RoomEventDocument)[]>()
          .exec(),
      );
      const bySeq = new Map(
        [...waiting, ...stored.map((entry) => toEvent(roomId, entry))].map((event) => [event.seq, event]),
      );
      const found: RoomEvent[] = [];
      for (let next = seq + 1; found.length < limit; next += 1) {
        const event = bySeq.get(next);
        if (!event) break;
        found.push(event);
      }
      return found;
    },

    /**
     * Rooms in which something that lists show happened since, and when it last did; the longest ago first.
     * @param limit events that are looked at, the newest of them
     */
    async roomsChangedSince(since: Date, limit: number): Promise<ReadonlyMap<string, Date>> {
      const type = { $in: [...LISTED] };
      // What is not carried on yet first: what leaves the outbox meanwhile is found in the history.
      const waiting = rooms
        .find({ 'outbox.at': { $gte: since } }, { outbox: 1 })
        .limit(limit)
        .lean<Pick<RoomDocument, '_id' | 'outbox'>[]>();
      const inHand = (await fromStore(waiting.exec())).flatMap(({ _id, outbox }) =>
        outbox
          .filter((entry) => LISTED.some((listed) => listed === entry.type))
          .map(({ at }) => ({ roomId: _id, at })),
      );
      const changed = events
        .find({ at: { $gte: since }, type }, { roomId: 1, at: 1 })
        .sort({ at: -1 })
        .limit(limit)
        .lean<{ roomId: string; at: Date }[]>();
      const found = [...inHand, ...(await fromStore(changed.exec()))];
      const newest = new Map<string, Date>();
      for (const { roomId, at } of found.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
        newest.delete(roomId);
        newest.set(roomId, at);
      }
      return newest;
    },

    async chat(roomId: string, { cursor, limit }: PageRequest): Promise<Page<ChatMessage>> {
      const before = seqOf(cursor);
      const waiting = (await inOutbox(roomId)).flatMap((event) =>
        event.type === 'chat.message' && event.seq < before ? [toChatMessage(event)] : [],
      );
      const stored = await fromStore(
        chat
          .find({ roomId, seq: { $lt: before } })
          .sort({ seq: -1 })
          .limit(limit + 1)
          .lean<ChatDocument[]>()
          .exec(),
      );
      return toPage([...waiting, ...stored], limit, toMessage);
    },

    /** Who was in and is not now. Their records may lag behind the room. */
    async formerParticipants(
      roomId: string,
      { cursor, limit }: PageRequest,
      { seats, kicked }: Pick<Room, 'seats' | 'kicked'>,
    ): Promise<Page<Participant>> {
      const before = seqOf(cursor);
      const except = seats.map((seat) => seat.userId);
      // Who left just now; their record follows, and until then says that they are in, or nothing.
      const leaving = new Map((await inOutbox(roomId)).flatMap(leftBy).map((one) => [one.userId, one]));
      const others = [...except, ...leaving.keys()];
      const stored = await fromStore(
        participants
          .find({
            roomId,
            lastSeq: { $lt: before },
            leftAt: { $ne: null },
            ...(others.length === 0 ? {} : { userId: { $nin: others } }),
          })
          .sort({ lastSeq: -1 })
          .limit(limit + 1)
          .lean<(ParticipantRecord & { lastSeq: number })[]>()
          .exec(),
      );
      const rows = [
        ...[...leaving.values()].filter(({ userId, seq }) => seq < before && !except.includes(userId)),
        ...stored.map((record) => ({ ...record, seq: record.lastSeq })),
      ];
      return toPage(rows, limit, (row) => toParticipant(row, kicked.includes(row.userId)));
    },

    /** Whether the user ever took a seat in the room. */
    async wasIn(roomId: string, userId: string): Promise<boolean> {
      const waiting = await inOutbox(roomId);
      const joined = waiting.some(
        ({ type, data }) => type === 'participant.joined' && data.participant.userId === userId,
      );
      return joined || (await fromStore(participants.exists({ roomId, userId }).exec())) !== null;
    },
  };
}

/** Whom an event took out of the room, with its `seq`. */
function leftBy(event: RoomEvent): (Participant & { seq: number })[] {
  if (event.type === 'participant.left') return [{ ...event.data.participant, seq: event.seq }];
  if (event.type === 'participant.kicked' && event.data.participant)
    return [{ ...event.data.participant, seq: event.seq }];
  return [];
}

const toMessage = ({ _id, roomId, sender, text, at }: ChatDocument): ChatMessage => ({
  id: _id,
  roomId,
  sender: { id: sender.id, name: sender.name },
  text,
  createdAt: at,
});

function toParticipant(record: Omit<Participant, 'isKicked'>, isKicked: boolean): Participant {
  return {
    roomId: record.roomId,
    userId: record.userId,
    name: record.name,
    role: record.role,
    isMuted: record.isMuted,
    isVideoOff: record.isVideoOff,
    isHandRaised: record.isHandRaised,
    isKicked,
    joinedAt: record.joinedAt,
    leftAt: record.leftAt,
  };
}

/** @param rows in any order, some perhaps twice, told apart by their `seq` */
function toPage<R extends { seq: number }, T>(
  rows: readonly R[],
  limit: number,
  shown: (row: R) => T,
): Page<T> {
  const inOrder = [...new Map(rows.map((row) => [row.seq, row])).values()].toSorted((a, b) => b.seq - a.seq);
  const page = inOrder.slice(0, limit);
  const last = page.at(-1);
  const next = last && inOrder.length > limit ? writeCursor(`${last.seq}`) : null;
  return { items: page.map(shown), next };
}

/** The `seq` that a cursor stands for: what comes next is older. */
function seqOf(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  return Number(readCursor(cursor, /^\d{1,15}$/));
}
