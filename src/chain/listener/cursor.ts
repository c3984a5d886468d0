import { type Connection, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../../mongo.ts';

/** A block that was read, by which a reorganisation is noticed. */
export type Checkpoint = Readonly<{ number: number; hash: string }>;

/** How far the chain has been read. */
export type Cursor = Readonly<{ next: number; checkpoints: readonly Checkpoint[] }>;

type CursorDocument = {
  _id: string;
  next: number;
  checkpoints: { number: number; hash: string }[];
  owner: string;
  leaseUntil: Date;
};

const schema = new Schema<CursorDocument>(
  {
    _id: { type: String, required: true },
    next: { type: Number, required: true },
    checkpoints: {
      type: [
        new Schema(
          { number: { type: Number, required: true }, hash: { type: String, required: true } },
          { _id: false },
        ),
      ],
      required: true,
    },
    owner: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

/** Blocks that are remembered besides the first: a reorganisation deeper than this is read from the start. */
const MAX_CHECKPOINTS = 300;

export type CursorStore = ReturnType<typeof createCursorStore>;

/**
 * Which instance reads the chain, and how far it is. One reads at a time; what one that was thought dead still writes
 * is refused.
 *
 * @param deps.contract its address: another contract is read from its start
 * @param deps.lease milliseconds without a word after which another instance goes on
 */
export function createCursorStore(deps: {
  connection: Connection;
  contract: string;
  start: number;
  instance: string;
  lease: number;
  now: () => Date;
}) {
  const { contract, start, instance, lease, now } = deps;
  const model = deps.connection.model<CursorDocument>('ChainCursor', schema, 'chain_cursor');
  const leaseUntil = (): Date => new Date(now().getTime() + lease);

  return {
    /** Takes or keeps the reading. Null while another has it. */
    async hold(): Promise<Cursor | null> {
      const held = model
        .findOneAndUpdate(
          { _id: contract, $or: [{ owner: instance }, { leaseUntil: { $lt: now() } }] },
          {
            $set: { owner: instance, leaseUntil: leaseUntil() },
            $setOnInsert: { next: start, checkpoints: [] },
          },
          { upsert: true, returnDocument: 'after' },
        )
        .lean<CursorDocument>();
      try {
        const found = await fromStore(held.exec());
        return found && { next: found.next, checkpoints: found.checkpoints };
      } catch (error) {
        // It is there, and another's: what was to be made is what the filter did not find.
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    },

    /** @returns the cursor as it is now; null when it is another's by now */
    async move(from: Cursor, to: Cursor): Promise<Cursor | null> {
      // The first is kept for ever: it tells this chain from another.
      const [first, ...others] = to.checkpoints;
      const checkpoints = first ? [first, ...others.slice(-MAX_CHECKPOINTS)] : [];
      const next: Cursor = { next: to.next, checkpoints };
      const written = model.updateOne(
        { _id: contract, owner: instance, next: from.next },
        { $set: { next: next.next, checkpoints: [...next.checkpoints], leaseUntil: leaseUntil() } },
      );
      return (await fromStore(written.exec())).matchedCount === 1 ? next : null;
    },

    /** Lets another go on at once. */
    async release(): Promise<void> {
      await fromStore(
        model.updateOne({ _id: contract, owner: instance }, { $set: { leaseUntil: new Date(0) } }),
      );
    },
  };
}
