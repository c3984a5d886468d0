import { type Connection, Schema } from 'mongoose';
import type { LeaveReason, RoomEvent, RoomSummary } from './events.ts';
import { doorsOf, nextLapse, type Participant, type Room, type RoomRecording, type Seat } from './room.ts';

/**
 * How rooms lie in MongoDB, and the two small mappings between document and domain. Nothing outside the
 * stores of this folder sees a document. Their indexes are made by src/migrations.
 */

/** What a change adds to the room until it has been carried on (see outbox.ts). */
export type OutboxEntry = { _id: string; seq: number; type: string; at: Date; data: unknown };

export type RoomDocument = Omit<Room, 'id' | 'seats' | 'recording'> & {
  _id: string;
  seats: Seat[];
  /** Derived, for lists: how many are in, whether one more could be. */
  joinedParticipants: number;
  hasSeats: boolean;
  /** Derived, for lists: sorts by creation and is unique, so that a page ends and the next begins at one value. */
  listKey: string;
  /** Derived, for the sweep: when the next seat lapses; absent when none will. */
  lapseAt?: Date;
  /** Derived, for when an instance dies: the doors through which someone is connected; absent when none. */
  doors?: string[];
  /** Absent when nothing is recorded. */
  recording?: RoomRecording;
  outbox: OutboxEntry[];
};

/** Who is kept out is the room's to say (`Room.kicked`). `leftReason` says how a participant came to be out; null while they are in. */
export type ParticipantRecord = Omit<Participant, 'isKicked'> & { leftReason: LeaveReason | 'kicked' | null };
export type ParticipantDocument = ParticipantRecord & { _id: string; lastSeq: number };
export type RoomEventDocument = OutboxEntry & { roomId: string };
export type ChatDocument = {
  _id: string;
  roomId: string;
  seq: number;
  sender: { id: string; name: string };
  text: string;
  at: Date;
};

const seat = new Schema<Seat>(
  {
    userId: { type: String, required: true },
    name: { type: String, required: true },
    isMuted: { type: Boolean, required: true },
    isVideoOff: { type: Boolean, required: true },
    isHandRaised: { type: Boolean, required: true },
    joinedAt: { type: Date, required: true },
    leaseUntil: { type: Date, default: null },
    connections: { type: [String], required: true },
  },
  { _id: false },
);

const outboxFields = {
  _id: { type: String, required: true },
  seq: { type: Number, required: true },
  type: { type: String, required: true },
  at: { type: Date, required: true },
  data: { type: Schema.Types.Mixed, required: true },
} as const;

const room = new Schema<RoomDocument>(
  {
    _id: { type: String, required: true },
    title: { type: String, required: true },
    topic: { type: String, default: null },
    language: { type: String, default: null },
    maxParticipants: { type: Number, required: true },
    access: { type: String, required: true },
    invited: { type: [String], required: true },
    e2ee: { type: Boolean, required: true },
    status: { type: String, required: true },
    hostId: { type: String, required: true },
    hostName: { type: String, default: null },
    createdAt: { type: Date, required: true },
    endedAt: { type: Date, default: null },
    seats: { type: [seat], required: true },
    kicked: { type: [String], required: true },
    version: { type: Number, required: true },
    lastSeq: { type: Number, required: true },
    joinedParticipants: { type: Number, required: true },
    hasSeats: { type: Boolean, required: true },
    listKey: { type: String, required: true },
    lapseAt: { type: Date },
    // Without this mongoose would write an empty list into each new room, and each into the index.
    doors: { type: [String], default: undefined },
    recording: {
      type: new Schema<RoomRecording>(
        { id: { type: String, required: true }, startedAt: { type: Date, required: true } },
        { _id: false },
      ),
    },
    outbox: { type: [new Schema<OutboxEntry>(outboxFields)], required: true },
  },
  { versionKey: false, strict: 'throw', minimize: false },
);

const participant = new Schema<ParticipantDocument>(
  {
    _id: { type: String, required: true },
    roomId: { type: String, required: true },
    userId: { type: String, required: true },
    name: { type: String, required: true },
    role: { type: String, required: true },
    isMuted: { type: Boolean, required: true },
    isVideoOff: { type: Boolean, required: true },
    isHandRaised: { type: Boolean, required: true },
    joinedAt: { type: Date, required: true },
    leftAt: { type: Date, default: null },
    leftReason: { type: String, default: null },
    lastSeq: { type: Number, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

const roomEvent = new Schema<RoomEventDocument>(
  { ...outboxFields, roomId: { type: String, required: true } },
  { versionKey: false, strict: 'throw', minimize: false },
);

const chatMessage = new Schema<ChatDocument>(
  {
    _id: { type: String, required: true },
    roomId: { type: String, required: true },
    seq: { type: Number, required: true },
    sender: {
      type: new Schema(
        { id: { type: String, required: true }, name: { type: String, required: true } },
        { _id: false },
      ),
      required: true,
    },
    text: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

export function roomModels(connection: Connection) {
  return {
    rooms: connection.model<RoomDocument>('Room', room, 'rooms'),
    participants: connection.model<ParticipantDocument>('Participant', participant, 'participants'),
    events: connection.model<RoomEventDocument>('RoomEvent', roomEvent, 'room_events'),
    chat: connection.model<ChatDocument>('ChatMessage', chatMessage, 'chat_messages'),
  };
}
export type RoomModels = ReturnType<typeof roomModels>;

export function toRoom(document: RoomDocument): Room {
  const {
    _id,
    joinedParticipants: _j,
    hasSeats: _h,
    listKey: _k,
    lapseAt: _l,
    doors: _d,
    outbox: _o,
    ...fields
  } = document;
  return {
    id: _id,
    ...fields,
    hostName: fields.hostName ?? nameOfHost(fields),
    recording: fields.recording ?? null,
  };
}

/** For documents from before it was kept; the room's next change writes it. */
function nameOfHost({ seats, hostId }: Pick<RoomDocument, 'seats' | 'hostId'>): string | null {
  return seats.find(({ userId }) => userId === hostId)?.name ?? null;
}

/** The room without what else the document holds, for lists. */
export function toSummary(document: Omit<RoomDocument, 'seats' | 'outbox'>): RoomSummary {
  const {
    _id,
    hasSeats: _h,
    listKey: _l,
    lapseAt: _a,
    doors: _d,
    version: _v,
    lastSeq: _s,
    kicked: _k,
    invited: _i,
    ...fields
  } = document;
  return { id: _id, ...fields, recording: fields.recording ?? null };
}

/** The later a room was made, the greater its key; rooms of one millisecond are told apart by their id. */
export function listKeyOf({ createdAt, id }: Pick<Room, 'createdAt' | 'id'>): string {
  return `${createdAt.toISOString()}/${id}`;
}

/** Every field that a change may touch, with those derived from them. */
export function toFields(room: Room): Omit<RoomDocument, '_id' | 'outbox'> {
  const { id: _id, seats, recording, ...fields } = room;
  const lapseAt = nextLapse(room);
  const doors = doorsOf(room);
  return {
    ...fields,
    seats: [...seats],
    joinedParticipants: seats.length,
    hasSeats: seats.length < room.maxParticipants,
    listKey: listKeyOf(room),
    ...(lapseAt === null ? {} : { lapseAt }),
    ...(doors.length === 0 ? {} : { doors }),
    ...(recording === null ? {} : { recording }),
  };
}

/** Fields that a room has only at times: what a change leaves out of `toFields` is taken out of the document. */
export const FIELDS_AT_TIMES = ['lapseAt', 'doors', 'recording'] as const;

export function toOutboxEntry(event: RoomEvent): OutboxEntry {
  return { _id: event.id, seq: event.seq, type: event.type, at: event.at, data: event.data };
}

export function toEvent(roomId: string, entry: OutboxEntry): RoomEvent {
  // Written by `toOutboxEntry` only, so type and data belong together.
  return {
    id: entry._id,
    roomId,
    seq: entry.seq,
    at: entry.at,
    type: entry.type,
    data: entry.data,
  } as RoomEvent;
}

export function toChatMessage(event: RoomEvent & { type: 'chat.message' }): ChatDocument {
  const { id, roomId, seq, at, data } = event;
  return { _id: id, roomId, seq, sender: data.sender, text: data.text, at };
}
