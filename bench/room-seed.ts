import { randomUUID } from 'node:crypto';
import mongoose, { type Connection } from 'mongoose';
import type { Room } from '../src/rooms/room.ts';
import { roomModels, toFields } from '../src/rooms/room-documents.ts';
import { connect, join, newSeat } from '../src/rooms/transitions.ts';
import type { BenchUser } from './issuer.ts';

/** The default of the product: a host and five more. */
export const SEATS = 6;
/** Documents of one insert. */
const BATCH = 500;
/** Only for seats without a connection; every seat made here has one. Milliseconds. */
const rules = { seatLease: 60_000, emptyGrace: 60_000 };

/** A LIVE public room whose first user is host; each user holds a seat and is connected. */
export function roomOf([host, ...others]: readonly [BenchUser, ...BenchUser[]]): Room {
  const now = new Date();
  const empty: Room = {
    id: randomUUID(),
    title: 'A room of the bench',
    topic: null,
    language: null,
    maxParticipants: SEATS,
    access: 'public',
    invited: [],
    e2ee: false,
    status: 'LIVE',
    hostId: host.id,
    hostName: host.name,
    createdAt: now,
    endedAt: null,
    recording: null,
    seats: [newSeat(host, now, rules)],
    kicked: [],
    version: 1,
    lastSeq: 0,
  };
  const full = others.reduce((room, user) => join(room, user, now, rules).room, empty);
  return [host, ...others].reduce((room, { id }) => connect(room, id, `livekit:PA_${id}`).room, full);
}

export type RoomSeed = AsyncDisposable &
  Readonly<{
    /** Writes rooms as the service itself writes them. */
    insert(rooms: readonly Room[]): Promise<void>;
    /** Rooms with events that the service has not carried on yet. */
    unsettled(): Promise<number>;
    connection: Connection;
  }>;

/** Access to the service's database, by the service's own model of it. */
export async function openRoomSeed(mongoUrl: string): Promise<RoomSeed> {
  const connection = await mongoose
    .createConnection(mongoUrl, { autoIndex: false, serverSelectionTimeoutMS: 5_000 })
    .asPromise();
  const { rooms: model } = roomModels(connection);
  return {
    connection,
    async insert(rooms) {
      const documents = rooms.map((room) => ({ _id: room.id, ...toFields(room), outbox: [] }));
      for (let start = 0; start < documents.length; start += BATCH)
        await model.insertMany(documents.slice(start, start + BATCH), { lean: true });
    },
    unsettled: () => model.countDocuments({ 'outbox.0': { $exists: true } }).exec(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
