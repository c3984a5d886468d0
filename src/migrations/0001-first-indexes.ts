import { type Indexes, makeIndexes } from './make-indexes.ts';
import type { Migration } from './migration.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** Lengths of time are in seconds, as MongoDB has them. */
const indexes: Indexes = {
  rooms: [
    // Discovery: newest first, a page from any depth, with each filter that narrows much.
    { key: { access: 1, status: 1, listKey: -1 } },
    { key: { access: 1, status: 1, language: 1, listKey: -1 } },
    { key: { access: 1, status: 1, hasSeats: 1, listKey: -1 } },
    // An administrator's list, whatever the access.
    { key: { status: 1, listKey: -1 } },
    // The two sweeps look at what is due, not at every room there ever was: rooms without are not in the index.
    { key: { lapseAt: 1 }, sparse: true },
    { key: { 'outbox.at': 1 }, sparse: true },
  ],
  participants: [{ key: { roomId: 1, userId: 1 }, unique: true }],
  room_events: [
    { key: { roomId: 1, seq: 1 }, unique: true },
    // Events are for catching up after a cut, not an archive: rooms, participants and chat are what stays.
    { key: { at: 1 }, expireAfterSeconds: 7 * DAY },
  ],
  // LiveKit has long given up sending an event again by then.
  webhook_deliveries: [{ key: { claimedAt: 1 }, expireAfterSeconds: 3 * DAY }],
  revocations: [
    // The poll of what changed.
    { key: { updatedAt: 1 } },
    // Each says itself when it is over; what has no such time stays.
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
};

/** What the versions before the migrations made at every start: on their databases it finds all of it there. */
export const firstIndexes: Migration = { id: 1, name: 'first indexes', up: (db) => makeIndexes(db, indexes) };
