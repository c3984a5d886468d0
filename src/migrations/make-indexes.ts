import type { mongo } from 'mongoose';
import type { Db } from './migration.ts';

/** The indexes of each collection, by its name. */
export type Indexes = Readonly<Record<string, mongo.IndexDescription[]>>;

/**
 * Makes the indexes, and the collections where there are none yet. An index that is there with the same options
 * is left as it is; one with the same keys and other options is an error.
 */
export async function makeIndexes(db: Db, indexes: Indexes): Promise<void> {
  for (const [collection, descriptions] of Object.entries(indexes))
    await db.collection(collection).createIndexes(descriptions);
}
