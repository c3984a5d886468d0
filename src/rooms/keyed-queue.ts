import { ServiceError } from '../errors.ts';

/** More waiting for one room than this is not a crowd but a fault. */
const MAX_WAITING = 1_000;

/**
 * Runs work one after the other for each key, and side by side for different keys. Fifty people who join one
 * room through this instance then meet as a queue instead of as forty-nine lost conditional writes.
 */
export class KeyedQueue {
  readonly #tails = new Map<string, { tail: Promise<unknown>; waiting: number }>();

  /** @param work is told whether it had to wait for others of its key */
  async run<T>(key: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const entry = this.#tails.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    if (entry.waiting >= MAX_WAITING)
      throw new ServiceError('BUSY', 'Too many requests for this room at once.');
    this.#tails.set(key, entry);
    const waited = entry.waiting > 0;
    entry.waiting += 1;
    const result = entry.tail.then(() => work(waited));
    entry.tail = result.catch(() => {});
    try {
      return await result;
    } finally {
      entry.waiting -= 1;
      if (entry.waiting === 0) this.#tails.delete(key);
    }
  }
}
