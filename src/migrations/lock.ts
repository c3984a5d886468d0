import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { fromStore, isDuplicateKey } from '../mongo.ts';
import { every } from '../timers.ts';
import type { Db } from './migration.ts';

/** The lock lies apart from the records, so that those are one document for each migration and nothing else. */
const COLLECTION = 'migration_lock';
/** There is one lock, so one document. */
const _id = 'migrations';

/** `beat` rises for as long as the holder lives. */
type LockDocument = { _id: string; holder: string; beat: number };

export type Lock = AsyncDisposable &
  Readonly<{
    /** One try. @returns whether the lock is ours now */
    take(): Promise<boolean>;
    /** @throws STORE_UNAVAILABLE when the lock is not ours any more */
    confirm(): Promise<void>;
  }>;

/**
 * One lock over all instances. Its holder makes `beat` rise; who waits and sees it stand still for a whole `lease`
 * takes the lock over. So a killed holder keeps nobody out for long, and no two clocks are compared.
 *
 * @param lease milliseconds. A holder that stands still for longer (a machine put to sleep) loses the lock and
 *   hears of it from `confirm`
 */
export function createLock(db: Db, lease: number): Lock {
  const documents = db.collection<LockDocument>(COLLECTION);
  const holder = randomUUID();
  let seen: (LockDocument & { since: number }) | null = null;
  let stopBeating: (() => Promise<void>) | null = null;

  const beat = () => fromStore(documents.updateOne({ _id, holder }, { $inc: { beat: 1 } }));

  async function insert(): Promise<boolean> {
    try {
      await fromStore(documents.insertOne({ _id, holder, beat: 0 }));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function tryTake(): Promise<boolean> {
    const lock = await fromStore(documents.findOne({ _id }));
    if (lock === null) return insert();
    // An earlier try came through, though its answer did not.
    if (lock.holder === holder) return true;
    const now = performance.now();
    if (lock.holder !== seen?.holder || lock.beat !== seen.beat) seen = { ...lock, since: now };
    if (now - seen.since < lease) return false;
    const takenOver = await fromStore(documents.updateOne(lock, { $set: { holder, beat: 0 } }));
    return takenOver.matchedCount === 1;
  }

  return {
    async take() {
      if (!(await tryTake())) return false;
      // Four beats a lease: one or two may be lost. That the lock was lost, `confirm` finds out.
      stopBeating = every(lease / 4, () =>
        beat()
          .then(() => {})
          .catch(() => {}),
      );
      return true;
    },
    async confirm() {
      if ((await beat()).matchedCount === 1) return;
      throw new ServiceError(
        'STORE_UNAVAILABLE',
        `This instance stood still for over ${lease} ms while it migrated the database, and another one went on with that. Start it again.`,
      );
    },
    async [Symbol.asyncDispose]() {
      await stopBeating?.();
      // If this fails, the lock ends by itself.
      if (stopBeating) await fromStore(documents.deleteOne({ _id, holder })).catch(() => {});
    },
  };
}
