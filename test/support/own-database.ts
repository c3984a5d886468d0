import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { output } from './stack.ts';

/** A database of a test's own on the stack's store, and its address. Disposing drops it. */
export async function ownDatabaseUrl(): Promise<{ url: string } & AsyncDisposable> {
  const url = new URL(output('MONGO_URL'));
  url.pathname = `/test-${randomUUID().slice(0, 8)}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      const connection = await mongoose.createConnection(url.href).asPromise();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}
