import { type Indexes, makeIndexes } from './make-indexes.ts';
import type { Migration } from './migration.ts';

const indexes: Indexes = {
  recordings: [
    // A room's recordings, newest first.
    { key: { roomId: 1, startedAt: -1 } },
    // Those under way whose instance may be dead: the others have no lease, and are not in the index.
    { key: { leaseUntil: 1 }, sparse: true },
    // Egress tells of a recording by its own id of it.
    { key: { egressId: 1 }, partialFilterExpression: { egressId: { $type: 'string' } } },
  ],
};

export const recordings: Migration = {
  id: 4,
  name: 'recordings',
  up: (db) => makeIndexes(db, indexes),
};
