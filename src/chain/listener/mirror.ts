import { type Connection, Schema } from 'mongoose';
import { fromStore } from '../../mongo.ts';
import type { ContractEvent, EventName } from '../contract.ts';

/** PENDING: fewer blocks on top of it than CHAIN_CONFIRMATIONS. ORPHANED: a reorganisation left it out. */
export type EventState = 'PENDING' | 'CONFIRMED' | 'ORPHANED';

/** What is to be done about an event. UNDO: it does not stand any more, and something was done about it. */
export type Work = 'NONE' | 'DUE' | 'UNDO' | 'DONE';

/** Where in the chain a log is. */
export type Place = Readonly<{
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
  logIndex: number;
}>;

/** An event of the contract as it is mirrored here. */
export type ChainEvent = ContractEvent &
  Place &
  Readonly<{
    id: string;
    roomId: string;
    state: EventState;
    work: Work;
    /** Its work was begun so often. */
    tries: number;
    /** Counts the changes of what is to be done: whoever works on it finds that it is no longer what they began. */
    version: number;
    traceparent: string | null;
    seenAt: Date;
  }>;

export type SeenEvent = Omit<ChainEvent, 'state' | 'work' | 'tries' | 'version'>;

type EventDocument = Omit<ChainEvent, 'id'> & {
  _id: string;
  /** Sorts by the place in the chain, and is unique. */
  position: string;
  /** Its block was left out by a reorganisation; whether it is in another is being read. */
  adrift: boolean;
  /** Before this nobody else takes up its work. */
  leaseUntil: Date;
};

const text = { type: String, required: true } as const;
const number = { type: Number, required: true } as const;
const schema = new Schema<EventDocument>(
  {
    _id: text,
    name: text,
    roomKey: text,
    roomId: text,
    wallet: text,
    text: { type: String, default: null },
    blockNumber: number,
    blockHash: text,
    transactionHash: text,
    logIndex: number,
    position: text,
    state: text,
    work: text,
    tries: number,
    version: number,
    adrift: { type: Boolean, required: true },
    leaseUntil: { type: Date, required: true },
    traceparent: { type: String, default: null },
    seenAt: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

const NEVER = new Date(0);

/** Sorts as the chain does. With the id, since one that was left out and another may be of the same place. */
export const positionOf = ({
  blockNumber,
  logIndex,
  id,
}: Pick<ChainEvent, 'blockNumber' | 'logIndex' | 'id'>): string =>
  `${`${blockNumber}`.padStart(12, '0')}.${`${logIndex}`.padStart(6, '0')}.${id.slice(0, 8)}`;

export type EventFilter = Readonly<{
  roomId?: string | undefined;
  wallet?: string | undefined;
  state?: EventState | undefined;
}>;

export type Mirror = ReturnType<typeof createMirror>;

/** The contract's events in MongoDB, and what is to be done about each. */
export function createMirror(deps: { connection: Connection; now: () => Date }) {
  const { now } = deps;
  const model = deps.connection.model<EventDocument>('ChainEvent', schema, 'chain_events');

  return {
    /** Those of the ids that are mirrored already. */
    async known(ids: readonly string[]): Promise<Set<string>> {
      const found = model.find({ _id: { $in: [...ids] } }, { _id: 1 }).lean<{ _id: string }[]>();
      return new Set((await fromStore(found.exec())).map(({ _id }) => _id));
    },

    /** Writes what was read of the chain. One that was known gets its place of now; one that was left out is back. */
    async write(events: readonly SeenEvent[]): Promise<void> {
      if (events.length === 0) return;
      const writes = events.flatMap(
        ({ id, blockNumber, blockHash, transactionHash, logIndex, ...fields }) => {
          const place = { blockNumber, blockHash, transactionHash, logIndex, adrift: false };
          const position = positionOf({ blockNumber, logIndex, id });
          const fresh = {
            ...fields,
            state: 'PENDING',
            work: 'NONE',
            tries: 0,
            version: 1,
            leaseUntil: NEVER,
          };
          return [
            {
              updateOne: {
                filter: { _id: id },
                update: { $set: { ...place, position }, $setOnInsert: fresh },
                upsert: true,
              },
            },
            {
              updateOne: {
                filter: { _id: id, state: 'ORPHANED' },
                update: { $set: { state: 'PENDING' }, $inc: { version: 1 } },
              },
            },
          ];
        },
      );
      await fromStore(model.bulkWrite(writes as Parameters<typeof model.bulkWrite>[0], { ordered: true }));
    },

    /** A reorganisation: what was above `block` may be elsewhere now, or nowhere. */
    async castAdrift(block: number): Promise<void> {
      await fromStore(
        model.updateMany(
          { blockNumber: { $gt: block }, state: { $ne: 'ORPHANED' } },
          { $set: { adrift: true } },
        ),
      );
    },

    /** Those that are not in the chain any more, now that it has been read. */
    async adrift(limit: number): Promise<ChainEvent[]> {
      const found = model.find({ adrift: true }).limit(limit).lean<EventDocument[]>();
      return (await fromStore(found.exec())).map(toEvent);
    },

    /** It does not stand. What was done about it is to be undone. */
    async orphan({ id, version, work }: Pick<ChainEvent, 'id' | 'version' | 'work'>): Promise<void> {
      await fromStore(
        model.updateOne(
          { _id: id, version },
          {
            $set: { state: 'ORPHANED', adrift: false, work: work === 'NONE' ? 'NONE' : 'UNDO', tries: 0 },
            $inc: { version: 1 },
          },
        ),
      );
    },

    /** Events that have enough blocks on top of them by now, the first of the chain first. */
    async ripe(upTo: number, limit: number): Promise<ChainEvent[]> {
      const found = model
        .find({ state: 'PENDING', adrift: false, blockNumber: { $lte: upTo } })
        .sort({ position: 1 })
        .limit(limit)
        .lean<EventDocument[]>();
      return (await fromStore(found.exec())).map(toEvent);
    },

    /** It counts. */
    async confirm({ id, version, name }: ChainEvent): Promise<void> {
      const work: Work = name === 'EventForwarded' ? 'NONE' : 'DUE';
      await fromStore(
        model.updateOne(
          { _id: id, version, state: 'PENDING', adrift: false },
          { $set: { state: 'CONFIRMED', work, tries: 0, leaseUntil: NEVER }, $inc: { version: 1 } },
        ),
      );
    },

    /**
     * Events with something to do, of each wallet the first only, so that what a wallet did is done in its order; those
     * that somebody has in hand are left out, and so are the later ones of their wallets.
     */
    async due(limit: number): Promise<Pick<ChainEvent, 'id' | 'version'>[]> {
      const first = (field: string) => ({ $first: `$${field}` });
      const found = model.aggregate<Pick<EventDocument, '_id' | 'version'>>([
        { $match: { work: { $in: ['DUE', 'UNDO'] } } },
        { $sort: { position: 1 } },
        {
          $group: {
            _id: '$wallet',
            id: first('_id'),
            version: first('version'),
            leaseUntil: first('leaseUntil'),
            position: first('position'),
          },
        },
        { $match: { leaseUntil: { $lte: now() } } },
        { $sort: { position: 1 } },
        { $limit: limit },
        { $project: { _id: '$id', version: 1 } },
      ]);
      return (await fromStore(found.exec())).map(({ _id, version }) => ({ id: _id, version }));
    },

    /** Takes up its work for so long. Null when another has, or it is no longer what it was. Milliseconds. */
    async take(
      { id, version }: Pick<ChainEvent, 'id' | 'version'>,
      lease: number,
    ): Promise<ChainEvent | null> {
      const taken = model
        .findOneAndUpdate(
          { _id: id, version, work: { $in: ['DUE', 'UNDO'] }, leaseUntil: { $lte: now() } },
          { $set: { leaseUntil: new Date(now().getTime() + lease) }, $inc: { tries: 1 } },
          { returnDocument: 'after' },
        )
        .lean<EventDocument>();
      const found = await fromStore(taken.exec());
      return found && toEvent(found);
    },

    /** Its work is done, unless something else is to be done by now. */
    async done({ id, version, work }: ChainEvent): Promise<void> {
      await fromStore(
        model.updateOne({ _id: id, version }, { $set: { work: work === 'UNDO' ? 'NONE' : 'DONE' } }),
      );
    },

    /** Later once more. @param pause milliseconds from now */
    async later({ id, version }: ChainEvent, pause: number): Promise<void> {
      await fromStore(
        model.updateOne({ _id: id, version }, { $set: { leaseUntil: new Date(now().getTime() + pause) } }),
      );
    },

    /** Its work is to be done again, if it still stands. */
    async again(id: string): Promise<void> {
      await fromStore(
        model.updateOne(
          { _id: id, state: 'CONFIRMED' },
          { $set: { work: 'DUE', tries: 0, leaseUntil: NEVER }, $inc: { version: 1 } },
        ),
      );
    },

    async get(id: string): Promise<ChainEvent | null> {
      const found = await fromStore(model.findById(id).lean<EventDocument>().exec());
      return found && toEvent(found);
    },

    /** Whether each of them counts, is left out, or is neither for now. */
    async standing(ids: readonly string[]): Promise<ReadonlyMap<string, 'stands' | 'orphaned' | 'open'>> {
      const found = model
        .find({ _id: { $in: [...ids] } }, { state: 1, adrift: 1 })
        .lean<Pick<EventDocument, '_id' | 'state' | 'adrift'>[]>();
      return new Map(
        (await fromStore(found.exec())).map(({ _id, state, adrift }) => [
          _id,
          state === 'ORPHANED' ? 'orphaned' : state === 'CONFIRMED' && !adrift ? 'stands' : 'open',
        ]),
      );
    },

    /** The newest event of a wallet in a room that counts and was worked on, besides one of them. */
    async lastWord(
      { roomId, wallet }: Pick<ChainEvent, 'roomId' | 'wallet'>,
      except: string,
    ): Promise<EventName | null> {
      const found = model
        .findOne({ roomId, wallet, state: 'CONFIRMED', work: 'DONE', _id: { $ne: except } }, { name: 1 })
        .sort({ position: -1 })
        .lean<Pick<EventDocument, 'name'>>();
      return (await fromStore(found.exec()))?.name ?? null;
    },

    /** A page, newest first. @param before a position; what comes next is older */
    async list(filter: EventFilter, before: string | null, limit: number): Promise<ChainEvent[]> {
      const given = Object.entries(filter).filter(([, value]) => value !== undefined);
      const found = model
        .find({ ...Object.fromEntries(given), ...(before === null ? {} : { position: { $lt: before } }) })
        .sort({ position: -1 })
        .limit(limit)
        .lean<EventDocument[]>();
      return (await fromStore(found.exec())).map(toEvent);
    },
  };
}

function toEvent({ _id, position: _p, adrift: _a, leaseUntil: _l, ...fields }: EventDocument): ChainEvent {
  return { id: _id, ...fields };
}
