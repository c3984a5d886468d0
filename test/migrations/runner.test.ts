import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Db, Migration } from '../../src/migrations/migration.ts';
import { runMigrations, type Timing } from '../../src/migrations/runner.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { emptyDatabase, noted, recordsOf, slowMongo } from './support.ts';

const noon = new Date('2026-01-01T12:00:00Z');
/** As short as the store allows, so that a test does not wait for long. Milliseconds. */
const quick: Timing = {
  lease: 1_500,
  lookEvery: 50,
  waitAtMost: 20_000,
  migration: 10_000,
  patience: 10_000,
};

describe('migrations', () => {
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  let db: Db;
  beforeEach(async () => {
    database = await emptyDatabase();
    db = database.db;
  });
  afterEach(async () => {
    await database[Symbol.asyncDispose]();
  });

  /** An instance that starts. */
  async function start(migrations: readonly Migration[], timing: Partial<Timing> = {}, on: Db = db) {
    const { logger, lines } = readableLogger();
    const failure = await runMigrations({
      db: on,
      migrations,
      log: logger,
      now: () => noon,
      timing: { ...quick, ...timing },
    }).catch((error: unknown) => error);
    return { failure, lines: lines(), events: () => lines().map(({ event }) => event) };
  }
  const lockOf = () => db.collection<{ _id: string; holder: string; beat: number }>('migration_lock');

  it('are done in their order, and what was done is recorded', async () => {
    const { done, migrations } = noted(
      async () => {},
      async () => void (await sleep(30)),
    );
    const { failure, lines } = await start(migrations);
    expect(failure).toBeUndefined();
    expect(done).toEqual([1, 2]);
    const ms = expect.any(Number);
    expect(await recordsOf(db)).toEqual([
      { _id: 1, name: 'number 1', appliedAt: noon, ms },
      { _id: 2, name: 'number 2', appliedAt: noon, ms },
    ]);
    expect((await recordsOf(db))[1]?.ms).toBeGreaterThanOrEqual(29);
    expect(lines).toMatchObject([
      { event: 'migration.applied', id: 1, name: 'number 1' },
      { event: 'migration.applied', id: 2, name: 'number 2' },
    ]);
    expect(await lockOf().countDocuments()).toBe(0);
  });

  it('are done once: an instance that finds all of them applied reads once and writes nothing', async () => {
    const { done, migrations } = noted(async () => {});
    await start(migrations);
    const watched = await database.link({ monitorCommands: true });
    const commands: string[] = [];
    watched.on('commandStarted', ({ commandName }) => commands.push(commandName));
    const { failure, lines } = await start(migrations, {}, watched.db());
    expect(failure).toBeUndefined();
    expect(done).toEqual([1]);
    expect(commands).toEqual(['find']);
    expect(lines).toEqual([]);
  });

  it('that are new are done, and those before them are not done again', async () => {
    const { done, migrations } = noted(
      async () => {},
      async () => {},
      async () => {},
    );
    await start(migrations.slice(0, 1));
    await start(migrations);
    expect(done).toEqual([1, 2, 3]);
  });

  it('are done once each when five instances start at the same moment, and all five wait for the end', async () => {
    const slowly = () => sleep(300);
    const { done, migrations } = noted(slowly, slowly, slowly);
    const links = await Promise.all(Array.from({ length: 5 }, () => database.link()));
    const started = await Promise.all(
      links.map(async (client) => {
        const { failure } = await start(migrations, {}, client.db());
        return { failure, applied: (await recordsOf(client.db())).length };
      }),
    );
    expect(done).toEqual([1, 2, 3]);
    expect(started).toEqual(Array.from({ length: 5 }, () => ({ failure: undefined, applied: 3 })));
    expect(await lockOf().countDocuments()).toBe(0);
  });

  it('are not done again by an instance that saw them undone and got the lock after another had done them', async () => {
    const { done, migrations } = noted(async () => {});
    await using slow = await slowMongo(database.url, 'migration_lock', 500);
    const late = start(migrations, {}, (await database.link({}, slow.url)).db());
    await sleep(150);
    expect((await start(migrations)).failure).toBeUndefined();
    expect(done).toEqual([1]);
    expect(await late).toMatchObject({ failure: undefined, lines: [] });
    expect(done).toEqual([1]);
  });

  it('are waited for as long as they take, however short the lease: the one at work keeps its lock', async () => {
    const { done, migrations } = noted(() => sleep(5_000));
    const other = await database.link();
    const [one, two] = await Promise.all([start(migrations), start(migrations, {}, other.db())]);
    expect(done).toEqual([1]);
    expect([one.failure, two.failure]).toEqual([undefined, undefined]);
    const waited = [one, two].map(
      ({ lines }) => lines.filter(({ event }) => event === 'migrations.waiting').length,
    );
    expect(waited.toSorted()).toEqual([0, 1]);
  });

  it('are done though the store is too slow for a request meanwhile, as while another builds indexes in it', async () => {
    const { done, migrations } = noted(async () => {});
    await using slow = await slowMongo(database.url, 'migration', 2_500, 3);
    const link = await database.link({}, slow.url);
    const { failure } = await start(migrations, {}, link.db());
    expect([failure, done]).toEqual([undefined, [1]]);
    expect((await recordsOf(db)).map(({ _id }) => _id)).toEqual([1]);
  });

  it('end with the reason when the store stays as slow', async () => {
    const { done, migrations } = noted(async () => {});
    await using slow = await slowMongo(database.url, 'migration', 2_500);
    const link = await database.link({}, slow.url);
    const { failure } = await start(migrations, { patience: 3_000 }, link.db());
    expect([failure, done]).toEqual([expect.objectContaining({ code: 'STORE_UNAVAILABLE' }), []]);
  });

  it('that fail end the start with one line that names them, and are tried again at the next', async () => {
    let broken = true;
    const { done, migrations } = noted(
      async () => {},
      async () => {
        if (broken) throw new Error('there are\n  two of "x"');
      },
      async () => {},
    );
    const { failure, lines } = await start(migrations);
    expect(failure).toMatchObject({ message: 'migration 2 "number 2" failed: there are two of "x"' });
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'migration.failed', level: 'error', id: 2, name: 'number 2' }),
    );
    expect((await recordsOf(db)).map(({ _id }) => _id)).toEqual([1]);
    expect(await lockOf().countDocuments()).toBe(0);

    broken = false;
    expect((await start(migrations)).failure).toBeUndefined();
    expect(done).toEqual([1, 2, 2, 3]);
  });

  it('that do not end fail as well', async () => {
    const { migrations } = noted(() => new Promise(() => {}));
    const { failure } = await start(migrations, { migration: 200 });
    expect(failure).toMatchObject({ message: 'migration 1 "number 1" failed: not done within 200 ms' });
    expect(await recordsOf(db)).toEqual([]);
  });

  it('are done though a killed instance left its lock: it ends by itself', async () => {
    await lockOf().insertOne({ _id: 'migrations', holder: 'someone who was killed', beat: 7 });
    const { done, migrations } = noted(async () => {});
    const links = await Promise.all(Array.from({ length: 3 }, () => database.link()));
    const began = performance.now();
    const started = await Promise.all(links.map((client) => start(migrations, {}, client.db())));
    expect(started.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(quick.lease);
    expect(done).toEqual([1]);
    expect(await lockOf().countDocuments()).toBe(0);
  });

  it('of another instance are not waited for without end: the start fails and says what to do', async () => {
    const { done, migrations } = noted(() => sleep(4_000));
    const first = start(migrations);
    await sleep(300);
    const other = await database.link();
    const { failure } = await start(migrations, { waitAtMost: 500 }, other.db());
    expect(failure).toMatchObject({
      name: 'ServiceError',
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/migrating the database for over 0.5 s.*start this one again/),
    });
    expect((await first).failure).toBeUndefined();
    expect(done).toEqual([1]);
  });

  it('are left to another by an instance that stood still for so long that it lost its lock', async () => {
    const { done, migrations } = noted(
      // What another does that takes the lock over.
      async () =>
        void (await lockOf().updateOne({ _id: 'migrations' }, { $set: { holder: 'another', beat: 0 } })),
      async () => {},
    );
    const { failure } = await start(migrations);
    expect(failure).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('stood still'),
    });
    expect(done).toEqual([1]);
    expect(await lockOf().findOne()).toMatchObject({ holder: 'another' });
  });

  it('of a newer version are left as they are, with a warning, and ours go on', async () => {
    const { done, migrations } = noted(
      async () => {},
      async () => {},
      async () => {},
    );
    await start(migrations);
    const older = await start(migrations.slice(0, 2));
    expect(older.failure).toBeUndefined();
    expect(older.lines).toMatchObject([{ event: 'migrations.ahead', level: 'warn', ids: [3] }]);
    expect(await recordsOf(db)).toHaveLength(3);
    expect(done).toEqual([1, 2, 3]);
  });
});
