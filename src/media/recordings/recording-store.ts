import { type Connection, Schema } from 'mongoose';
import { fromStore } from '../../mongo.ts';
import { type Recording, type RecordingStatus, UNDER_WAY } from './recording.ts';

/** `owner`: the instance that records or makes the file; it is thought dead when `leaseUntil` has passed. */
type RecordingDocument = Omit<Recording, 'id'> & { _id: string; owner: string; leaseUntil?: Date };

const schema = new Schema<RecordingDocument>(
  {
    _id: { type: String, required: true },
    roomId: { type: String, required: true },
    status: { type: String, required: true },
    startedBy: { type: String, required: true },
    startedAt: { type: Date, required: true },
    endedAt: { type: Date, default: null },
    reason: { type: String, default: null },
    duration: { type: Number, default: null },
    size: { type: Number, default: null },
    recorder: { type: String, required: true },
    egressId: { type: String, default: null },
    owner: { type: String, required: true },
    leaseUntil: { type: Date },
  },
  { versionKey: false, strict: 'throw' },
);

/** A room's newest; nobody records a room more often and looks for them here. */
const MAX_LISTED = 100;

export type RecordingStore = ReturnType<typeof createRecordingStore>;

/** Recordings in MongoDB. Who does something about one holds its lease, and renews it. */
export function createRecordingStore(deps: { connection: Connection; lease: number; now: () => Date }) {
  const { lease, now } = deps;
  const model = deps.connection.model<RecordingDocument>('Recording', schema, 'recordings');
  const renewed = (): Date => new Date(now().getTime() + lease);

  return {
    async insert({ id, ...fields }: Recording, owner: string): Promise<void> {
      await fromStore(model.insertOne({ _id: id, ...fields, owner, leaseUntil: renewed() }));
    },

    /** One that never began. */
    async remove(id: string): Promise<void> {
      await fromStore(model.deleteOne({ _id: id }));
    },

    async find(id: string): Promise<Recording | null> {
      const document = await fromStore(model.findById(id).lean<RecordingDocument>().exec());
      return document && toRecording(document);
    },

    async findByEgress(egressId: string): Promise<Recording | null> {
      const document = await fromStore(model.findOne({ egressId }).lean<RecordingDocument>().exec());
      return document && toRecording(document);
    },

    /** Of one room, the newest first. */
    async ofRoom(roomId: string): Promise<Recording[]> {
      const found = model
        .find({ roomId })
        .sort({ startedAt: -1 })
        .limit(MAX_LISTED)
        .lean<RecordingDocument[]>();
      return (await fromStore(found.exec())).map(toRecording);
    },

    /** @returns whether it was in one of the statuses `from`, and is changed */
    async update(
      id: string,
      from: readonly RecordingStatus[],
      change: Partial<Omit<Recording, 'id'>>,
    ): Promise<boolean> {
      const isOver = change.status !== undefined && !UNDER_WAY.includes(change.status);
      const written = model.updateOne(
        { _id: id, status: { $in: [...from] } },
        { $set: change, ...(isOver ? { $unset: { leaseUntil: 1 } } : {}) },
      );
      return (await fromStore(written.exec())).matchedCount === 1;
    },

    /** Holds the lease on. @returns the recording as it is; null when another has it by now, or it is over */
    async renew(id: string, owner: string): Promise<Recording | null> {
      const document = model
        .findOneAndUpdate(
          { _id: id, owner, status: { $in: [...UNDER_WAY] } },
          { $set: { leaseUntil: renewed() } },
          { returnDocument: 'after' },
        )
        .lean<RecordingDocument>();
      const found = await fromStore(document.exec());
      return found && toRecording(found);
    },

    /** Lets go, so that another takes it up at once. */
    async release(id: string, owner: string): Promise<void> {
      await fromStore(
        model.updateOne(
          { _id: id, owner, status: { $in: [...UNDER_WAY] } },
          { $set: { leaseUntil: new Date(now().getTime() - 1) } },
        ),
      );
    },

    /** Those whose owner is dead, the longest first. */
    async abandoned(
      recorder: Recording['recorder'],
      limit: number,
    ): Promise<{ recording: Recording; since: Date }[]> {
      const found = model
        .find({ leaseUntil: { $lt: now() }, recorder })
        .sort({ leaseUntil: 1 })
        .limit(limit)
        .lean<RecordingDocument[]>();
      return (await fromStore(found.exec())).map((document) => ({
        recording: toRecording(document),
        since: document.leaseUntil ?? now(),
      }));
    },

    /** @returns whether it is ours now: another may have come first */
    async claim(id: string, owner: string): Promise<boolean> {
      const written = model.updateOne(
        { _id: id, leaseUntil: { $lt: now() }, status: { $in: [...UNDER_WAY] } },
        { $set: { owner, leaseUntil: renewed() } },
      );
      return (await fromStore(written.exec())).matchedCount === 1;
    },
  };
}

function toRecording({ _id, owner: _owner, leaseUntil: _lease, ...fields }: RecordingDocument): Recording {
  return { id: _id, ...fields };
}
