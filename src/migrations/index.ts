import { mongo } from 'mongoose';
import { fromStore } from '../mongo.ts';
import type { Logger } from '../telemetry/index.ts';
import { firstIndexes } from './0001-first-indexes.ts';
import { chatAndDoors } from './0002-chat-and-doors.ts';
import { mediaSessions } from './0003-media-sessions.ts';
import { recordings } from './0004-recordings.ts';
import { chain } from './0005-chain.ts';
import type { Migration } from './migration.ts';
import { runMigrations, TIMING } from './runner.ts';

/** All of them, in their order. What is in the list stays in it as it is; a further change goes to its end. */
export const migrations: readonly Migration[] = [
  firstIndexes,
  chatAndDoors,
  mediaSessions,
  recordings,
  chain,
];

/**
 * Brings the database up to this version of the service; to be done before anything uses it. May be called by
 * many instances at once (see `runMigrations`, also for what it throws).
 *
 * Works on a link of its own, since the service's gives up an operation that takes longer than a request may wait.
 *
 * @param deps.url as for `connectMongo`; the database is its path
 */
export async function migrate(deps: {
  url: string;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
}): Promise<void> {
  await using client = new mongo.MongoClient(deps.url, {
    socketTimeoutMS: TIMING.migration,
    maxPoolSize: 5,
    appName: 'realtime-service-migrations',
  });
  await fromStore(client.connect());
  await runMigrations({ db: client.db(), migrations, log: deps.log, now: deps.now });
}
