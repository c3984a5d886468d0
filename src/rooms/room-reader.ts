import { type Context, context } from '@opentelemetry/api';
import { createBatcher } from '../batcher.ts';

/** Ids in one read. More than MongoDB answers in one batch would only wait for each other. */
const MAX_IDS = 500;

type Waiting<T> = {
  id: string;
  traced: Context;
  resolve: (document: T | null) => void;
  reject: (error: unknown) => void;
};

/**
 * Reads documents by id, many requests in one query: what is asked for while a query is under way goes out
 * together with the next. Nothing is remembered: every answer was read after it was asked for. In traces a query is of
 * the request that asked first for something of it.
 *
 * @param query reads those of the ids that exist, in any order
 */
export function createBatchReader<T extends { _id: string }>(query: (ids: string[]) => Promise<T[]>) {
  const reads = createBatcher<Waiting<T>>(MAX_IDS, async (batch) => {
    try {
      const ids = [...new Set(batch.map(({ id }) => id))];
      const traced = batch[0]?.traced ?? context.active();
      const found = new Map(
        (await context.with(traced, () => query(ids))).map((document) => [document._id, document]),
      );
      for (const { id, resolve } of batch) resolve(found.get(id) ?? null);
    } catch (error) {
      // Who waited behind this query has waited long enough to hear the same.
      for (const { reject } of [...batch, ...reads.takeWaiting()]) reject(error);
    }
  });

  return (id: string): Promise<T | null> =>
    new Promise((resolve, reject) => reads.add([{ id, traced: context.active(), resolve, reject }]));
}
