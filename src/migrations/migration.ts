import type { mongo } from 'mongoose';

export type Db = mongo.Db;

/**
 * One change of what lies in the database. Its number and name never change once it was released, and neither does
 * what it does: the next change is the next migration.
 *
 * It leaves the version before it able to run, since in a rolling deploy both run for a while. It bears being
 * begun again: after a failure half-way, or after a pause so long that another instance took over.
 */
export type Migration = Readonly<{
  /** 1, 2, 3, …: the order in which they are done. */
  id: number;
  name: string;
  up(db: Db): Promise<void>;
}>;
