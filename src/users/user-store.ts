import { type Connection, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../mongo.ts';

export type UserKind = 'keycloak' | 'wallet';
/** A user as they were seen. */
export type Sighting = Readonly<{ id: string; name: string; kind: UserKind; at: Date }>;

type UserDocument = {
  /** Keycloak's `sub`, or `wallet:0x…`. */
  _id: string;
  name: string;
  kind: UserKind;
  firstSeenAt: Date;
  /** Not every request: it may be an hour older than the last (see mirror.ts). */
  lastSeenAt: Date;
};

const schema = new Schema<UserDocument>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    kind: { type: String, required: true },
    firstSeenAt: { type: Date, required: true },
    lastSeenAt: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

export type UserStore = ReturnType<typeof createUserStore>;

/** The users in MongoDB. They are looked up by their id only, so there is no further index. */
export function createUserStore(connection: Connection) {
  const model = connection.model<UserDocument>('User', schema, 'users');
  return {
    /** Writes each, in one command. Doing it again, or beside another instance, comes out the same. */
    async write(sightings: readonly Sighting[]): Promise<void> {
      const writes = sightings.map(({ id, name, kind, at }) => ({
        updateOne: {
          filter: { _id: id },
          update: {
            $set: { name },
            $max: { lastSeenAt: at },
            $setOnInsert: { kind, firstSeenAt: at },
          },
          upsert: true,
        },
      }));
      try {
        await fromStore(model.bulkWrite(writes, { ordered: false }));
      } catch (error) {
        // Of two instances that met a new user at once one was refused; the rest of its batch went through.
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}
