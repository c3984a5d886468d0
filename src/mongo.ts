import mongoose, { type Connection } from 'mongoose';
import { ServiceError } from './errors.ts';
import { withDeadline } from './timers.ts';

/**
 * No operation waits longer than this for MongoDB, whatever is wrong with it (spec/9-reliability.md: 503, no
 * hang, at most two seconds). Milliseconds, with the driver's own retry in it.
 */
const OPERATION_DEADLINE = 1_800;

/** Opens the connection and waits for the first answer. @throws ServiceError STORE_UNAVAILABLE */
export async function connectMongo(url: string): Promise<Connection & AsyncDisposable> {
  const connection = mongoose.createConnection(url, {
    serverSelectionTimeoutMS: OPERATION_DEADLINE,
    connectTimeoutMS: OPERATION_DEADLINE,
    socketTimeoutMS: OPERATION_DEADLINE,
    waitQueueTimeoutMS: OPERATION_DEADLINE,
    // Without this an operation on a lost connection waits in mongoose's own buffer, without a deadline.
    bufferCommands: false,
    autoIndex: false,
    maxPoolSize: 50,
    appName: 'realtime-service',
  });
  await fromStore(connection.asPromise());
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

/**
 * The one place where the driver's failures become ours, and where its waits end: every store passes its
 * promises through it. A write that came too late may still be done; each is made so that doing it again is safe.
 */
export async function fromStore<T>(work: PromiseLike<T>): Promise<T> {
  try {
    return await withDeadline(Promise.resolve(work), OPERATION_DEADLINE);
  } catch (error) {
    if (error instanceof ServiceError || isDuplicateKey(error)) throw error;
    throw new ServiceError('STORE_UNAVAILABLE', 'The database does not answer. Try again shortly.', {
      cause: error,
    });
  }
}

/** MongoDB's E11000: a unique index refused the write. */
export function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 11_000;
}
