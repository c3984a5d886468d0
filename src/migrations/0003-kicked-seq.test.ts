import { expect, it } from '@jest/globals';
import { kickedSeq } from './0003-kicked-seq.ts';
import { migrations } from './index.ts';
import type { Db } from './migration.ts';

type Fields = Record<string, unknown>;
type Filter = Record<string, { $exists: boolean }>;

/** A database with these participants, as far as the migration uses one. */
function databaseWith(participants: Fields[]): Db {
  const all = { participants };
  return {
    collection: (name: keyof typeof all) => ({
      async updateMany(filter: Filter, { $set }: { $set: Fields }) {
        for (const document of all[name])
          if (Object.entries(filter).every(([field, { $exists }]) => field in document === $exists))
            Object.assign(document, $set);
      },
    }),
  } as unknown as Db;
}

it('the third migration gives records a kickedSeq that any event is newer than, and touches those with one never', async () => {
  const participants = [
    { _id: 'a-room/ann', isKicked: true, lastSeq: 7 },
    { _id: 'a-room/ben', isKicked: false, lastSeq: 5, kickedSeq: 4 },
  ];
  const db = databaseWith(participants);
  const expected = [
    { _id: 'a-room/ann', isKicked: true, lastSeq: 7, kickedSeq: 0 },
    { _id: 'a-room/ben', isKicked: false, lastSeq: 5, kickedSeq: 4 },
  ];
  await kickedSeq.up(db);
  expect(participants).toEqual(expected);
  // It bears being begun again.
  await kickedSeq.up(db);
  expect(participants).toEqual(expected);
});

it('the migrations are numbered in their order, and each has a name of its own', () => {
  expect(migrations.map(({ id }) => id)).toEqual(migrations.map((_, index) => index + 1));
  expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
  expect(migrations[2]).toBe(kickedSeq);
});
