import { type Connection, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../../mongo.ts';
import type { IceOfOffer } from './offer.ts';

/** What is not told of by LiveKit is forgotten after this: no meeting lasts longer. Milliseconds. */
const KEEP_FOR = 24 * 3_600_000;

/** Whose connection it is: one of this user's devices in this room. */
export type Peer = Readonly<{ roomId: string; userId: string; peerId: string }>;

/** A peer's session with LiveKit. */
export type Session = Peer &
  Readonly<{
    id: string;
    participantId: string;
    resource: string;
    /** Names the ICE session, and so does `ice`, to LiveKit and to us. */
    etag: string;
    ice: IceOfOffer;
    fingerprint: string;
    origin: string;
  }>;

type SessionDocument = Omit<Session, 'id'> & { _id: string; sessionId: string; expiresAt: Date };

const text = { type: String, required: true } as const;
const schema = new Schema<SessionDocument>(
  {
    _id: text,
    sessionId: text,
    roomId: text,
    userId: text,
    peerId: text,
    participantId: text,
    resource: text,
    etag: text,
    ice: { _id: false, type: { ufrag: text, pwd: text, mid: { type: String, default: '' }, media: text } },
    fingerprint: text,
    origin: { type: String, default: '' },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

/** The user last: the others have no slash, so no two peers share an id. */
const idOf = ({ roomId, userId, peerId }: Peer): string => `${roomId}/${peerId}/${userId}`;

export type Sessions = ReturnType<typeof createSessions>;

/** The sessions of peers, known to every instance. A peer has one at a time. */
export function createSessions(deps: { connection: Connection; now: () => Date }) {
  const model = deps.connection.model<SessionDocument>('MediaSession', schema, 'media_sessions');

  const find = async (filter: Readonly<Record<string, string>>): Promise<Session | null> => {
    const found = await fromStore(model.findOne(filter).lean<SessionDocument>().exec());
    return found && toSession(found);
  };

  return {
    /** Keeps the session of a peer in place of its former one. */
    async put(session: Session): Promise<void> {
      const { id, ...rest } = session;
      const expiresAt = new Date(deps.now().getTime() + KEEP_FOR);
      const write = () =>
        fromStore(
          model.updateOne(
            { _id: idOf(session) },
            { $set: { ...rest, sessionId: id, expiresAt } },
            { upsert: true },
          ),
        );
      // Two at once, both the first of this peer: the second time there is one to replace.
      await write().catch((error: unknown) =>
        isDuplicateKey(error) ? write() : Promise.reject(error as Error),
      );
    },

    ofPeer: (peer: Peer): Promise<Session | null> => find({ _id: idOf(peer) }),

    /** For its owner only. */
    ofUser: (sessionId: string, userId: string): Promise<Session | null> => find({ sessionId, userId }),

    /** How many other peers of the user have a session in the room. */
    async countOthers({ roomId, userId, peerId }: Peer): Promise<number> {
      return fromStore(model.countDocuments({ roomId, userId, peerId: { $ne: peerId } }).exec());
    },

    /** After a restart of ICE. */
    async setIce(sessionId: string, etag: string, ice: IceOfOffer): Promise<void> {
      await fromStore(model.updateOne({ sessionId }, { $set: { etag, ice } }));
    },

    async remove(sessionId: string): Promise<void> {
      await fromStore(model.deleteOne({ sessionId }));
    },

    /** LiveKit's participant is gone. One whose peer has another session by now changes nothing. */
    async removeOf(participantId: string): Promise<void> {
      await fromStore(model.deleteOne({ participantId }));
    },
  };
}

function toSession({ _id, sessionId, expiresAt, ...rest }: SessionDocument): Session {
  return { id: sessionId, ...rest };
}
