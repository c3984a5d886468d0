import { type Connection, type QueryFilter, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../../mongo.ts';
import type { Forward, ForwardState } from './forward.ts';

type ForwardDocument = Omit<Forward, 'id'> & {
  _id: string;
  /** The wallet that it holds: no two hold the same. Absent when it holds none. */
  holds?: string;
  /** Its wallet's nonce, until it is over: no two have the same. Absent without one. */
  slot?: string;
  /** The participant's seat is held for as long as they wait for this. Absent once it is not. */
  holdsSeat?: boolean;
};

const text = { type: String, required: true } as const;
const maybeText = { type: String, default: null } as const;
const receipt = new Schema(
  {
    hash: text,
    blockNumber: { type: Number, required: true },
    blockHash: text,
    success: { type: Boolean, required: true },
  },
  { _id: false },
);
const transaction = new Schema(
  {
    hash: text,
    raw: text,
    purpose: text,
    fees: { _id: false, type: { max: text, tip: maybeText }, required: true },
    signedAt: { type: Date, required: true },
  },
  { _id: false },
);
const schema = new Schema<ForwardDocument>(
  {
    _id: text,
    roomId: text,
    roomKey: text,
    wallet: text,
    position: text,
    data: text,
    session: { type: Schema.Types.Mixed, default: null },
    state: text,
    relayer: maybeText,
    nonce: { type: Number, default: null },
    gasLimit: maybeText,
    transactions: { type: [transaction], required: true },
    mined: { type: receipt, default: null },
    reason: {
      type: new Schema({ code: text, message: text }, { _id: false }),
      default: null,
    },
    attempts: { type: Number, required: true },
    lostSince: { type: Date, default: null },
    version: { type: Number, required: true },
    traceparent: maybeText,
    queuedAt: { type: Date, required: true },
    answeredAt: { type: Date, required: true },
    takenAt: { type: Date, default: null },
    minedAt: { type: Date, default: null },
    holds: { type: String },
    slot: { type: String },
    holdsSeat: { type: Boolean },
  },
  { versionKey: false, strict: 'throw', minimize: false },
);

/** Those that are not over. */
const UNDER_WAY: readonly ForwardState[] = ['OPEN', 'MINED'];
const OVER: readonly ForwardState[] = ['DONE', 'FAILED', 'CANCELLED'];

const slotOf = (relayer: string, nonce: number): string => `${relayer}:${nonce}`;

/** A wallet of the pool and the nonce that a forward gets, with its first signed transaction. */
export type Claim = Pick<Forward, 'gasLimit' | 'transactions' | 'takenAt'> &
  Readonly<{ relayer: string; nonce: number }>;

export type NewForward = Pick<
  Forward,
  'id' | 'roomId' | 'roomKey' | 'wallet' | 'position' | 'data' | 'session' | 'traceparent'
>;

export type ForwardStore = ReturnType<typeof createForwardStore>;

/**
 * Forwards in MongoDB. Each change is a conditional write on the version that it was decided on; two unique indexes
 * (src/migrations/0005) hold what must hold of several: `holds` and `slot`.
 */
export function createForwardStore(deps: { connection: Connection; now: () => Date }) {
  const { now } = deps;
  const model = deps.connection.model<ForwardDocument>('ChainForward', schema, 'chain_forwards');

  const find = async (
    filter: QueryFilter<ForwardDocument>,
    limit: number,
    newestFirst = false,
  ): Promise<Forward[]> => {
    const found = model
      .find(filter)
      .sort({ position: newestFirst ? -1 : 1 })
      .limit(limit)
      .lean<ForwardDocument[]>();
    return (await fromStore(found.exec())).map(toForward);
  };

  /** @returns whether it was still at this version, and is changed */
  async function change(
    { id, version }: Pick<Forward, 'id' | 'version'>,
    set: Partial<Omit<ForwardDocument, '_id' | 'version'>>,
    unset: readonly ('holds' | 'slot' | 'holdsSeat')[] = [],
  ): Promise<boolean> {
    const gone = Object.fromEntries(unset.map((name) => [name, 1]));
    const written = model.updateOne(
      { _id: id, version },
      { $set: set, $inc: { version: 1 }, ...(unset.length > 0 ? { $unset: gone } : {}) },
    );
    return (await fromStore(written.exec())).matchedCount === 1;
  }

  return {
    async get(id: string): Promise<Forward | null> {
      const found = await fromStore(model.findById(id).lean<ForwardDocument>().exec());
      return found && toForward(found);
    },

    /** Puts it in the line. @returns false when the event has a forward already, which stays as it is */
    async insert(forward: NewForward): Promise<boolean> {
      const { id, ...fields } = forward;
      const fresh = {
        ...fields,
        state: 'QUEUED',
        relayer: null,
        nonce: null,
        gasLimit: null,
        transactions: [],
        mined: null,
        reason: null,
        attempts: 0,
        lostSince: null,
        version: 1,
        queuedAt: now(),
        answeredAt: now(),
        takenAt: null,
        minedAt: null,
        holdsSeat: true,
      } as const;
      try {
        await fromStore(model.insertOne({ _id: id, ...fresh }));
        return true;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return false;
      }
    },

    /** A forward that was cancelled, whose event is back: with what is to be told now, in the line again. */
    async revive({ version }: Pick<Forward, 'version'>, forward: NewForward): Promise<boolean> {
      const { id, ...fields } = forward;
      return change(
        { id, version },
        { ...fields, ...UNTAKEN, state: 'QUEUED', queuedAt: now(), answeredAt: now(), holdsSeat: true },
        ['holds', 'slot'],
      );
    },

    /** Another answer, while it waits. @returns it as it is now; null when it waits no longer */
    async renew(forward: Forward, answer: Pick<Forward, 'data' | 'session'>): Promise<Forward | null> {
      const renewed = { ...answer, answeredAt: now() };
      if (!(await change(forward, renewed))) return null;
      return { ...forward, ...renewed, version: forward.version + 1 };
    },

    /** First in the line first. */
    queued: (limit: number): Promise<Forward[]> => find({ state: 'QUEUED' }, limit),

    /** Those of a wallet of the pool that are not over. */
    underWay: (relayer: string, limit: number): Promise<Forward[]> =>
      find({ relayer, state: { $in: [...UNDER_WAY] } }, limit),

    /**
     * Gives a forward its wallet and nonce.
     *
     * @returns false when it has them already, another holds the wallet, or another has the nonce
     */
    async claim(forward: Forward, claim: Claim): Promise<boolean> {
      const { relayer, nonce } = claim;
      try {
        return await change(forward, {
          ...claim,
          state: 'OPEN',
          mined: null,
          reason: null,
          lostSince: null,
          attempts: forward.attempts + 1,
          holds: relayer,
          slot: slotOf(relayer, nonce),
        });
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    change: (forward: Forward, set: Partial<Pick<Forward, 'transactions' | 'reason' | 'lostSince'>>) =>
      change(forward, set),

    /** A receipt is there: its wallet is free. */
    mined: (forward: Forward, receipt: NonNullable<Forward['mined']>): Promise<boolean> =>
      change(forward, { state: 'MINED', mined: receipt, minedAt: now(), reason: null, lostSince: null }, [
        'holds',
      ]),

    /** The receipt is gone. Its wallet may be held by the next already: the nonce keeps them apart. */
    reopen: (forward: Forward): Promise<boolean> =>
      change(forward, { state: 'OPEN', mined: null, minedAt: null }),

    /** Blocks above `block` were reorganised: what was over in them is to be looked at again. */
    async doubt(block: number): Promise<void> {
      await fromStore(
        model.updateMany(
          { 'mined.blockNumber': { $gt: block }, state: { $in: [...OVER] } },
          { $set: { state: 'MINED' }, $inc: { version: 1 } },
        ),
      );
    },

    /** It is another chain: nothing that was told, or was to be, is in it. */
    async forget(): Promise<void> {
      await fromStore(
        model.updateMany(
          { state: { $ne: 'CANCELLED' } },
          { $set: { state: 'CANCELLED', mined: null }, $unset: { holds: 1, slot: 1 }, $inc: { version: 1 } },
        ),
      );
    },

    /** It is over, or to be taken anew. */
    async end(forward: Forward, state: ForwardState, reason: Forward['reason']): Promise<boolean> {
      const anew = state === 'QUEUED' ? UNTAKEN : {};
      return change(forward, { ...anew, state, reason }, ['holds', 'slot']);
    },

    /** For administrators: one that failed is tried again. */
    retry: (forward: Forward): Promise<boolean> =>
      change(forward, { ...UNTAKEN, state: 'QUEUED', reason: null, attempts: 0, queuedAt: now() }, [
        'holds',
        'slot',
      ]),

    /** The SFU's session of it is closed. */
    async sessionClosed(id: string): Promise<void> {
      await fromStore(model.updateOne({ _id: id }, { $set: { session: null } }));
    },

    /** Those of a wallet in a room whose session at the SFU is open, besides one of them. */
    withSession: ({ roomId, wallet }: Pick<Forward, 'roomId' | 'wallet'>, except = ''): Promise<Forward[]> =>
      find({ roomId, wallet, session: { $ne: null }, _id: { $ne: except } }, 100),

    /** Those whose participant waits no longer, and whose seat is still held. @param after a position */
    answered: (after: string, limit: number): Promise<Forward[]> =>
      find({ holdsSeat: true, state: { $in: ['MINED', ...OVER] }, position: { $gt: after } }, limit),

    async seatReleased(id: string): Promise<void> {
      await fromStore(model.updateOne({ _id: id }, { $unset: { holdsSeat: 1 } }));
    },

    /** How many wait, and since when the first of them does. */
    async line(): Promise<{ length: number; since: Date | null }> {
      const length = await fromStore(model.countDocuments({ state: 'QUEUED' }).exec());
      if (length === 0) return { length, since: null };
      const first = model
        .findOne({ state: 'QUEUED' }, { queuedAt: 1 })
        .sort({ queuedAt: 1 })
        .lean<{ queuedAt: Date }>();
      return { length, since: (await fromStore(first.exec()))?.queuedAt ?? null };
    },

    /** A page, newest first. */
    list: (
      filter: Partial<Pick<Forward, 'state' | 'roomId' | 'wallet'>>,
      before: string | null,
      limit: number,
    ): Promise<Forward[]> =>
      find({ ...filter, ...(before === null ? {} : { position: { $lt: before } }) }, limit, true),
  };
}

const UNTAKEN = {
  relayer: null,
  nonce: null,
  gasLimit: null,
  transactions: [],
  mined: null,
  minedAt: null,
  takenAt: null,
  lostSince: null,
} as const;

function toForward({ _id, holds: _h, slot: _s, holdsSeat: _e, ...fields }: ForwardDocument): Forward {
  return { id: _id, ...fields };
}
