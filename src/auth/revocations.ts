import { type Connection, Schema } from 'mongoose';
import { ServiceError } from '../errors.ts';
import { fromStore, isDuplicateKey } from '../mongo.ts';
import { every } from '../timers.ts';
import type { Principal } from './principal.ts';

/** Revocations reach every instance within a second: this, plus one small query. Milliseconds. */
const POLL_EVERY = 300;
/** Read again what was written this long before the newest seen: writers overlap. Milliseconds. */
const OVERLAP = 5_000;
/** Without news for this long we no longer know who was revoked, and say so instead of guessing. Milliseconds. */
const BLIND_AFTER = 3_000;
/** A session's tokens are long expired by then (Keycloak's default is five minutes). Milliseconds. */
const KEEP_FOR = 24 * 3_600_000;

type RevocationDocument = {
  /** `not-before`, `session:<sid>` or `user:<sub>`. */
  _id: string;
  /** Seconds since 1970: tokens issued before this (`not-before`), or up to this (`user`), are void. */
  value: number;
  /** Of the messages that set it, the newest counts: one that was held back or sent again changes nothing. */
  order: number;
  updatedAt: Date;
  expiresAt: Date | null;
};

const schema = new Schema<RevocationDocument>(
  {
    _id: { type: String, required: true },
    value: { type: Number, required: true },
    order: { type: Number, required: true },
    updatedAt: { type: Date, required: true },
    expiresAt: { type: Date, default: null },
  },
  { versionKey: false },
);

export type Revocations = AsyncDisposable &
  Readonly<{
    /** Loads what stands; before this `check` refuses everybody. */
    prepare(): Promise<void>;
    /** @throws TOKEN_REVOKED; STORE_UNAVAILABLE while it cannot be known */
    check(principal: Pick<Principal, 'user' | 'sessionId' | 'issuedAt'>): void;
    /**
     * Tokens issued before this time are void (seconds since 1970).
     * @param order rises with each message from Keycloak; an older one than the last is ignored
     */
    setNotBefore(time: number, order: number): Promise<void>;
    revokeSession(sessionId: string): Promise<void>;
    /** Every token of the user that was issued up to `time` (seconds since 1970) is void. */
    revokeUser(userId: string, time: number): Promise<void>;
    notBefore(): number;
  }>;

/**
 * What Keycloak has revoked before its time. Kept in MongoDB, told to every instance by a poll: it needs no
 * further server to be up, and its failure is noticed (`BLIND_AFTER`) instead of letting revoked tokens pass.
 */
export function createRevocations(deps: {
  connection: Connection;
  now: () => Date;
  onError: (error: unknown) => void;
}): Revocations {
  const { now, onError } = deps;
  const model = deps.connection.model<RevocationDocument>('Revocation', schema, 'revocations');
  const known = new Map<string, RevocationDocument>();
  let newest = new Date(0);
  let heardAt = Number.NEGATIVE_INFINITY;

  async function poll(): Promise<void> {
    const asked = performance.now();
    const since = new Date(newest.getTime() - OVERLAP);
    const fresh = await fromStore(
      model
        .find({ updatedAt: { $gte: since } })
        .lean<RevocationDocument[]>()
        .exec(),
    );
    for (const entry of fresh) apply(entry);
    heardAt = asked;
    const time = now();
    for (const [id, entry] of known)
      if (entry.expiresAt !== null && entry.expiresAt <= time) known.delete(id);
  }

  function apply(entry: RevocationDocument): void {
    known.set(entry._id, entry);
    if (entry.updatedAt > newest) newest = entry.updatedAt;
  }

  async function write(id: string, value: number, order: number, expiresAt: Date | null): Promise<void> {
    const update = { $set: { value, order, expiresAt }, $currentDate: { updatedAt: true as const } };
    const newer = { _id: id, order: { $lte: order } };
    try {
      const written = await fromStore(
        model
          .findOneAndUpdate(newer, update, { upsert: true, returnDocument: 'after' })
          .lean<RevocationDocument>()
          .exec(),
      );
      // Known here at once; the others hear of it by their next poll.
      if (written) apply(written);
    } catch (error) {
      // The filter missed a newer entry, and the upsert met its key.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  const untilForgotten = () => new Date(now().getTime() + KEEP_FOR);
  const stop = every(POLL_EVERY, () => poll().catch(onError));

  return {
    prepare: poll,
    check({ user, sessionId, issuedAt }) {
      if (performance.now() - heardAt > BLIND_AFTER)
        throw new ServiceError('STORE_UNAVAILABLE', 'The database does not answer. Try again shortly.');
      const isVoid =
        issuedAt < (known.get('not-before')?.value ?? 0) ||
        (sessionId !== null && known.has(`session:${sessionId}`)) ||
        issuedAt <= (known.get(`user:${user.id}`)?.value ?? Number.NEGATIVE_INFINITY);
      if (isVoid) throw new ServiceError('TOKEN_REVOKED', 'This token was revoked. Sign in again.');
    },
    setNotBefore: (time, order) => write('not-before', time, order, null),
    revokeSession: (sessionId) => write(`session:${sessionId}`, 0, 0, untilForgotten()),
    revokeUser: (userId, time) => write(`user:${userId}`, time, time, untilForgotten()),
    notBefore: () => known.get('not-before')?.value ?? 0,
    [Symbol.asyncDispose]: stop,
  };
}
