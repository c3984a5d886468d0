import { randomUUID } from 'node:crypto';
import type { Connection } from 'mongoose';
import { migrate } from '../../src/migrations/index.ts';
import { connectMongo } from '../../src/mongo.ts';
import { type EventHandler, noChannels, openRooms, type User } from '../../src/rooms/index.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { output } from '../support/stack.ts';

/** A database of this test's own on the real store, with its indexes. */
export async function ownDatabase(): Promise<{ connection: Connection } & AsyncDisposable> {
  const url = new URL(output('MONGO_URL'));
  url.pathname = `/test-${randomUUID().slice(0, 8)}`;
  await migrate({ url: url.href, log: readableLogger().logger, now: () => new Date() });
  const connection = await connectMongo(url.href);
  return {
    connection,
    async [Symbol.asyncDispose]() {
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

export function roomsOn(
  connection: Connection,
  options: { now?: () => Date; handlers?: EventHandler[] } = {},
) {
  // Two instances in one process: each has its models on a connection of its own.
  const own = connection.useDb(connection.name, { useCache: false });
  const failures: unknown[] = [];
  const opened = openRooms({
    connection: own,
    channels: noChannels,
    source: { now: options.now ?? (() => new Date()), newId: randomUUID },
    rules: { seatLease: 60_000, emptyGrace: 15_000 },
    log: {
      failed: (_event, error) => failures.push(error),
      abandoned: (event) => failures.push(event),
      gap: (...gap) => failures.push(gap),
      stalled: (error) => failures.push(error),
    },
    handlers: () => options.handlers ?? [],
  });
  return {
    ...opened,
    failures,
    /** `ownDatabase` has done all that there is to do; nothing is left for the rooms. */
    prepare: async () => {},
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

export const person = (id: string = randomUUID()): User => ({ id, name: `Name of ${id}` });
