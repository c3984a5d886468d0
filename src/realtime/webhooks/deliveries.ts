import { type Connection, Schema } from 'mongoose';
import { ServiceError } from '../../errors.ts';
import { fromStore, isDuplicateKey } from '../../mongo.ts';

/** Who claimed an event and said nothing for this long has died over it; the next may try. Milliseconds. */
const CLAIM_HOLDS = 10_000;

/** `claimedAt` is also from when on it is kept for some days (src/migrations). */
type DeliveryDocument = { _id: string; done: boolean; claimedAt: Date };

const schema = new Schema<DeliveryDocument>(
  {
    _id: { type: String, required: true },
    done: { type: Boolean, required: true },
    claimedAt: { type: Date, required: true },
  },
  { versionKey: false },
);

export type Deliveries = ReturnType<typeof createDeliveries>;

/** Remembers which webhook events were done, for all instances. */
export function createDeliveries(deps: { connection: Connection; now: () => Date }) {
  const model = deps.connection.model<DeliveryDocument>('WebhookDelivery', schema, 'webhook_deliveries');

  /** @throws IN_PROGRESS while another has it in hand, so that LiveKit asks again later */
  async function claim(eventId: string): Promise<'ours' | 'done'> {
    const claimedAt = deps.now();
    try {
      await fromStore(model.insertOne({ _id: eventId, done: false, claimedAt }));
      return 'ours';
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const abandoned = {
      _id: eventId,
      done: false,
      claimedAt: { $lt: new Date(claimedAt.getTime() - CLAIM_HOLDS) },
    };
    const taken = await fromStore(model.updateOne(abandoned, { $set: { claimedAt } }));
    if (taken.matchedCount === 1) return 'ours';
    const earlier = await fromStore(model.findById(eventId).lean<DeliveryDocument>().exec());
    if (earlier?.done) return 'done';
    throw new ServiceError('IN_PROGRESS', 'This event is being worked on.');
  }

  return {
    /**
     * Does the work of one event, once. When the work fails the event counts as not done, and may come again;
     * so the work itself must bear being begun twice.
     *
     * @returns whether it was done now, or had been before
     */
    async once(eventId: string, work: () => Promise<void>): Promise<'done-now' | 'done-before'> {
      if ((await claim(eventId)) === 'done') return 'done-before';
      try {
        await work();
        await fromStore(model.updateOne({ _id: eventId }, { $set: { done: true } }));
      } catch (error) {
        // When even this fails, the claim ends by itself (CLAIM_HOLDS).
        await model.deleteOne({ _id: eventId, done: false }).catch(() => {});
        throw error;
      }
      return 'done-now';
    },
  };
}
