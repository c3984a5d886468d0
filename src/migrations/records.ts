import { fromStore } from '../mongo.ts';
import type { Db, Migration } from './migration.ts';

/** What was applied: one document for each migration. `ms` is how long it took. */
type AppliedDocument = { _id: number; name: string; appliedAt: Date; ms: number };

/** Which migrations a database has had. */
export function createRecords(db: Db, migrations: readonly Migration[]) {
  const documents = db.collection<AppliedDocument>('migrations');
  return {
    /**
     * @returns those that are still to be done, in their order, and the numbers of applied ones that are not among
     *   ours: a newer version has done them, and left ours able to run (see `Migration`)
     */
    async read(): Promise<{ pending: Migration[]; unknown: number[] }> {
      const applied = new Set((await fromStore(documents.find().toArray())).map(({ _id }) => _id));
      const pending = migrations.filter(({ id }) => !applied.delete(id));
      return { pending, unknown: [...applied] };
    },

    /** What another has recorded meanwhile stays as it is. */
    async applied({ id, name }: Migration, appliedAt: Date, ms: number): Promise<void> {
      const record = { $setOnInsert: { name, appliedAt, ms } };
      await fromStore(documents.updateOne({ _id: id }, record, { upsert: true }));
    },
  };
}
