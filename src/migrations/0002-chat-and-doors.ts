import { type Indexes, makeIndexes } from './make-indexes.ts';
import type { Migration } from './migration.ts';

const indexes: Indexes = {
  // A room's chat, newest first, a page from any depth; and no message twice, however often it is carried on.
  chat_messages: [{ key: { roomId: 1, seq: -1 }, unique: true }],
  // Who was in a room, those with news first.
  participants: [{ key: { roomId: 1, lastSeq: -1 } }],
  // The rooms that someone is in through a door that closed: rooms that nobody is connected to are not in the index.
  rooms: [{ key: { doors: 1 }, sparse: true }],
};

export const chatAndDoors: Migration = {
  id: 2,
  name: 'chat and doors',
  up: (db) => makeIndexes(db, indexes),
};
