import { type Indexes, makeIndexes } from './make-indexes.ts';
import type { Migration } from './migration.ts';

const indexes: Indexes = {
  media_sessions: [
    // By whoever holds its id.
    { key: { sessionId: 1 }, unique: true },
    // How many a user has in a room.
    { key: { roomId: 1, userId: 1 } },
    // When LiveKit says who is gone.
    { key: { participantId: 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
};

export const mediaSessions: Migration = {
  id: 3,
  name: 'media sessions',
  up: (db) => makeIndexes(db, indexes),
};
