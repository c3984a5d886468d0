import type { Migration } from './migration.ts';

/** Records know since which event their `isKicked` holds; those from before know it since ever. */
export const kickedSeq: Migration = {
  id: 3,
  name: 'kicked seq',
  async up(db) {
    await db
      .collection('participants')
      .updateMany({ kickedSeq: { $exists: false } }, { $set: { kickedSeq: 0 } });
  },
};
