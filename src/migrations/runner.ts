import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError } from '../errors.ts';
import type { Logger } from '../telemetry/index.ts';
import { withDeadline } from '../timers.ts';
import { createLock, type Lock } from './lock.ts';
import type { Db, Migration } from './migration.ts';
import { createRecords } from './records.ts';

export type Timing = Readonly<
  Record<'lease' | 'lookEvery' | 'waitAtMost' | 'migration' | 'patience', number>
>;

/** Milliseconds. */
export const TIMING: Timing = {
  /** A killed instance's lock ends after this; the store may be slow for a few operations meanwhile. */
  lease: 8_000,
  lookEvery: 250,
  /** How long an instance waits for one that migrates. Then it ends, and whoever runs it starts it again. */
  waitAtMost: 120_000,
  /**
   * A store that does not answer in the time that a request would have is asked again for this long: another instance
   * may be building indexes there.
   */
  patience: 20_000,
  /** One migration: indexes on many millions of documents take minutes. */
  migration: 30 * 60_000,
};

/**
 * Applies those of the migrations that were not yet, in their order, each once over all instances: one instance
 * works, the others wait until nothing is left to do. When all is applied it reads once and writes nothing.
 *
 * @throws STORE_UNAVAILABLE when the store does not answer, or another instance is at it for longer than we wait;
 *   an Error whose message is one line and names the migration, when one failed. It is tried again at the next start
 */
export async function runMigrations(deps: {
  db: Db;
  migrations: readonly Migration[];
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
  timing?: Timing;
}): Promise<void> {
  const { db, migrations, log, now, timing = TIMING } = deps;
  const records = createRecords(db, migrations);

  async function apply(migration: Migration): Promise<void> {
    const { id, name } = migration;
    const began = performance.now();
    try {
      await withDeadline(migration.up(db), timing.migration);
    } catch (error) {
      log.error('migration.failed', { id, name, error });
      throw new Error(`migration ${id} "${name}" failed: ${oneLine(error)}`);
    }
    const ms = Math.round(performance.now() - began);
    await patiently(() => records.applied(migration, now(), ms));
    log.info('migration.applied', { id, name, ms });
  }

  /** Does what may be done twice, until the store has answered. @throws STORE_UNAVAILABLE */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + timing.patience;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ServiceError) || performance.now() > until) throw error;
        await sleep(timing.lookEvery);
      }
    }
  }

  /** @returns whether the lock was had; if not, others have done everything meanwhile */
  async function takeOrWait(lock: Lock): Promise<boolean> {
    const until = performance.now() + timing.waitAtMost;
    for (let tries = 0; !(await patiently(() => lock.take())); tries += 1) {
      if (tries === 0) log.info('migrations.waiting');
      if (performance.now() > until) throw stillMigrating(timing.waitAtMost);
      await sleep(timing.lookEvery);
      if ((await patiently(records.read)).pending.length === 0) return false;
    }
    return true;
  }

  const { pending, unknown } = await patiently(records.read);
  if (unknown.length > 0) log.warn('migrations.ahead', { ids: unknown });
  if (pending.length === 0) return;
  await using lock = createLock(db, timing.lease);
  if (!(await takeOrWait(lock))) return;
  // Read again: the one before us may have done them.
  for (const migration of (await patiently(records.read)).pending) {
    await lock.confirm();
    await apply(migration);
  }
}

const stillMigrating = (waited: number) =>
  new ServiceError(
    'STORE_UNAVAILABLE',
    `Another instance has been migrating the database for over ${waited / 1_000} s. Wait until it logs migration.applied or ends, then start this one again.`,
  );

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
