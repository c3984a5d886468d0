import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { output } from './stack.ts';

/** An answer to the contract as it lies in the store, of an event that there was not. @returns its event's id */
export async function aForward(state: 'DONE' | 'FAILED'): Promise<string> {
  const _id = randomBytes(32).toString('hex');
  const at = new Date();
  await using mongo = await new mongoose.mongo.MongoClient(output('MONGO_URL')).connect();
  await mongo
    .db()
    .collection<{ _id: string }>('chain_forwards')
    .insertOne({
      ...{ _id, roomId: 'no-such-room', roomKey: `0x${'0'.repeat(64)}`, wallet: `0x${'0'.repeat(40)}` },
      ...{
        position: `000000000000.000000.${_id.slice(0, 8)}`,
        data: '{"type":"error"}',
        session: null,
        state,
      },
      ...{ relayer: null, nonce: null, gasLimit: null, transactions: [], mined: null, attempts: 1 },
      ...{ reason: state === 'FAILED' ? { code: 'REVERTED', message: 'The contract refuses it.' } : null },
      ...{ lostSince: null, version: 1, traceparent: null, queuedAt: at, answeredAt: at },
      ...{ takenAt: null, minedAt: null },
    } as { _id: string });
  return _id;
}

export async function forgetForwards(ids: readonly string[]): Promise<void> {
  await using mongo = await new mongoose.mongo.MongoClient(output('MONGO_URL')).connect();
  await mongo
    .db()
    .collection<{ _id: string }>('chain_forwards')
    .deleteMany({ _id: { $in: [...ids] } });
}
