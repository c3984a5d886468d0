import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { mongo } from 'mongoose';
import type { Db, Migration } from '../../src/migrations/migration.ts';
import { output } from '../support/stack.ts';

/**
 * A database of this test's own, that nothing has been done to. `link` opens one more connection to it, over
 * another address when one is given.
 */
export async function emptyDatabase() {
  const url = new URL(output('MONGO_URL'));
  url.pathname = `/test-${randomUUID().slice(0, 8)}`;
  const clients: mongo.MongoClient[] = [];
  async function link(options: mongo.MongoClientOptions = {}, at = url.href): Promise<mongo.MongoClient> {
    const client = await new mongo.MongoClient(at, options).connect();
    clients.push(client);
    return client;
  }
  const db = (await link()).db();
  return {
    url: url.href,
    db,
    link,
    async [Symbol.asyncDispose]() {
      await db.dropDatabase();
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Migrations numbered from 1 that do what is given, and note in `done` that they began. */
export function noted(...works: ((db: Db) => Promise<void>)[]) {
  const done: number[] = [];
  const migrations = works.map(
    (work, index): Migration => ({
      id: index + 1,
      name: `number ${index + 1}`,
      async up(db) {
        done.push(index + 1);
        await work(db);
      },
    }),
  );
  return { done, migrations };
}

export const recordsOf = (db: Db) =>
  db.collection<{ _id: number; name: string; appliedAt: Date; ms: number }>('migrations').find().toArray();

/**
 * A way to MongoDB on which the answer to a command takes longer.
 *
 * @param command a text that stands in it, such as a collection's name; the empty text stands in all of them
 * @param delay milliseconds
 * @param times how many answers take that long; all, unless given
 */
export async function slowMongo(
  url: string,
  command: string,
  delay: number,
  times = Number.POSITIVE_INFINITY,
) {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let slow = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let asked = Buffer.alloc(0);
    client.on('data', (chunk) => {
      asked = chunk;
      upstream.write(chunk);
    });
    upstream.on('data', (answer) => {
      const isSlow = asked.includes(command) && slow < times;
      if (isSlow) slow += 1;
      setTimeout(() => client.write(answer), isSlow ? delay : 0).unref();
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: through.href,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
