import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import mongoose, { Schema } from 'mongoose';
import { migrate, migrations } from '../../src/migrations/index.ts';
import type { Db } from '../../src/migrations/migration.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { emptyDatabase, recordsOf, slowMongo } from './support.ts';

const now = () => new Date();
type IndexList = { key: Record<string, 1 | -1>; unique?: true; sparse?: true; expireAfterSeconds?: number }[];

/** Each index that the service relies on, with its options, as MongoDB lists them. */
const FIRST: Record<string, IndexList> = {
  rooms: [
    { key: { access: 1, status: 1, listKey: -1 } },
    { key: { access: 1, status: 1, language: 1, listKey: -1 } },
    { key: { access: 1, status: 1, hasSeats: 1, listKey: -1 } },
    { key: { status: 1, listKey: -1 } },
    { key: { lapseAt: 1 }, sparse: true },
    { key: { 'outbox.at': 1 }, sparse: true },
  ],
  participants: [{ key: { roomId: 1, userId: 1 }, unique: true }],
  room_events: [
    { key: { roomId: 1, seq: 1 }, unique: true },
    { key: { at: 1 }, expireAfterSeconds: 604_800 },
  ],
  webhook_deliveries: [{ key: { claimedAt: 1 }, expireAfterSeconds: 259_200 }],
  revocations: [{ key: { updatedAt: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
};
const SECOND: Record<string, IndexList> = {
  rooms: [{ key: { doors: 1 }, sparse: true }],
  participants: [{ key: { roomId: 1, lastSeq: -1 } }],
  chat_messages: [{ key: { roomId: 1, seq: -1 }, unique: true }],
};
const ALL = Object.fromEntries(
  Object.keys({ ...FIRST, ...SECOND }).map((name) => [
    name,
    [...(FIRST[name] ?? []), ...(SECOND[name] ?? [])],
  ]),
);

/** Keys and their order, and the options that matter, as one text an index. */
const textOf = ({ key, unique, sparse, expireAfterSeconds }: IndexList[number]) =>
  JSON.stringify([Object.entries(key), Boolean(unique), Boolean(sparse), expireAfterSeconds ?? null]);

async function expectAllIndexes(db: Db): Promise<void> {
  for (const [collection, expected] of Object.entries(ALL)) {
    const found = (await db.collection(collection).indexes()) as unknown as IndexList;
    const own = found.filter(({ key }) => !('_id' in key));
    expect([collection, own.map(textOf).toSorted()]).toEqual([collection, expected.map(textOf).toSorted()]);
  }
}

describe('the migrations of this version', () => {
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  beforeEach(async () => {
    database = await emptyDatabase();
  });
  afterEach(async () => {
    await database[Symbol.asyncDispose]();
  });
  const start = (url = database.url) => migrate({ url, log: readableLogger().logger, now });

  it('are numbered from one, without gaps', () => {
    expect(migrations.map(({ id }) => id)).toEqual(migrations.map((_, index) => index + 1));
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
  });

  it('make every index on an empty database, and do nothing the second time', async () => {
    await start();
    await expectAllIndexes(database.db);
    const records = await recordsOf(database.db);
    expect(records.map(({ _id, name }) => [_id, name])).toEqual(migrations.map(({ id, name }) => [id, name]));
    await start();
    expect(await recordsOf(database.db)).toEqual(records);
  });

  it('may be begun by five instances at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => start()));
    await expectAllIndexes(database.db);
    expect(await recordsOf(database.db)).toHaveLength(migrations.length);
  });

  it('go through on a database whose indexes the version before them made, and keep what lies there', async () => {
    const before = await mongoose.createConnection(database.url, { autoIndex: false }).asPromise();
    try {
      // As that version made them: by mongoose, from its schemas.
      for (const [collection, indexes] of Object.entries(FIRST)) {
        const schema = new Schema({}, { strict: false });
        for (const { key, ...options } of indexes) schema.index(key, options);
        await before.model(collection, schema, collection).createIndexes();
      }
    } finally {
      await before.close();
    }
    await database.db.collection('participants').insertOne({ roomId: 'a', userId: 'b', lastSeq: 1 });
    await start();
    await expectAllIndexes(database.db);
    expect(await database.db.collection('participants').countDocuments()).toBe(1);
  });

  it('say in one line which of them failed and why, when what lies there does not bear an index', async () => {
    const twice = { roomId: 'a-room', userId: 'a-user' };
    await database.db.collection('participants').insertMany([{ ...twice }, { ...twice }]);
    const failure = await start().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^migration 1 "first indexes" failed: .+$/),
    });
    await database.db.collection('participants').deleteOne(twice);
    await start();
    await expectAllIndexes(database.db);
  });

  it('may take longer than a request may wait for the store', async () => {
    // Of the commands of a start, one names this collection: that which makes its index.
    await using slow = await slowMongo(database.url, 'chat_messages', 2_500);
    const { logger, lines } = readableLogger();
    await migrate({ url: slow.url, log: logger, now });
    const applied = lines().filter(({ event }) => event === 'migration.applied');
    expect(applied).toHaveLength(migrations.length);
    expect(Math.max(...applied.map(({ ms }) => Number(ms)))).toBeGreaterThan(2_400);
    await expectAllIndexes(database.db);
  });

  it('of a store that does not answer are not waited for', async () => {
    await using slow = await slowMongo(database.url, '', 60_000);
    const began = performance.now();
    await expect(start(slow.url)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});
