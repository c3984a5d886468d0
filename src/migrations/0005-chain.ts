import { type Indexes, makeIndexes } from './make-indexes.ts';
import type { Migration } from './migration.ts';

const indexes: Indexes = {
  chain_events: [
    // Pages, newest first: of all, of a room, of a wallet, of a state.
    { key: { position: -1 }, unique: true },
    { key: { roomId: 1, position: -1 } },
    { key: { wallet: 1, position: -1 } },
    // Those that wait for their blocks, and pages of a state.
    { key: { state: 1, position: -1 } },
    // What is to be done, the first of the chain first.
    { key: { work: 1, position: 1 } },
    { key: { adrift: 1 }, partialFilterExpression: { adrift: true } },
  ],
  chain_forwards: [
    // One open transaction for each wallet of the pool, and one forward that is not over for each of its nonces.
    { key: { holds: 1 }, unique: true, partialFilterExpression: { holds: { $type: 'string' } } },
    { key: { slot: 1 }, unique: true, partialFilterExpression: { slot: { $type: 'string' } } },
    { key: { state: 1, position: 1 } },
    { key: { relayer: 1, state: 1 } },
    { key: { roomId: 1, wallet: 1, position: -1 } },
    { key: { wallet: 1, position: -1 } },
    { key: { position: -1 } },
    // What a reorganisation puts in doubt.
    { key: { 'mined.blockNumber': 1 }, partialFilterExpression: { mined: { $type: 'object' } } },
    { key: { holdsSeat: 1 }, partialFilterExpression: { holdsSeat: true } },
  ],
};

export const chain: Migration = {
  id: 5,
  name: 'chain',
  up: (db) => makeIndexes(db, indexes),
};
