import { type Connection, Schema } from 'mongoose';
import { fromStore } from '../mongo.ts';
import type { RedisLinks } from '../redis/index.ts';
import type { Rooms } from '../rooms/index.ts';
import { every } from '../timers.ts';
import type { Presence } from './presence.ts';

/** How often each instance looks for others that have died. Milliseconds. */
const LOOK_EVERY = 1_000;
const ROOMS_AT_ONCE = 100;

type InstanceDocument = { _id: string; startedAt: Date };

const schema = new Schema<InstanceDocument>(
  { _id: { type: String, required: true }, startedAt: { type: Date, required: true } },
  { versionKey: false },
);

const leaseKey = (instance: string): string => `presence:${instance}`;

export type InstanceLeases = AsyncDisposable & Readonly<{ begin(): Promise<void> }>;

/**
 * Each instance holds a lease in Redis that it renews, and stands in MongoDB for as long as connections may be
 * counted through it. Whoever sees that an instance's lease is gone, and stays gone for long enough that it was
 * not Redis that forgot, counts its connections out; the seats then have their grace. While Redis does not
 * answer nobody is thought dead.
 *
 * @param deps.lease milliseconds without renewal after which an instance is dead
 * @param deps.doorOf the door of an instance's connections
 * @param deps.onLapsed our own lease had lapsed or was forgotten: others may have counted our connections out
 */
export function createInstanceLeases(deps: {
  connection: Connection;
  redis: RedisLinks;
  rooms: Pick<Rooms, 'roomsWithDoor'>;
  presence: Pick<Presence, 'doorClosed'>;
  instance: string;
  lease: number;
  doorOf: (instance: string) => string;
  now: () => Date;
  onLapsed: () => Promise<void>;
  onDead: (instance: string) => void;
  onError: (error: unknown) => void;
}): InstanceLeases {
  const { redis, rooms, presence, instance, lease, doorOf, now, onLapsed, onDead, onError } = deps;
  const instances = deps.connection.model<InstanceDocument>('Instance', schema, 'instances');
  /** Since when each instance's lease has been missing, by `performance.now`. */
  const missingSince = new Map<string, number>();
  /** Long enough for the living to have renewed after Redis was emptied or came back. */
  const patience = (lease * 2) / 3;
  /** Our lease had lapsed or our name was gone, and our connections are still to be counted in again. */
  let isOwed = false;

  const stand = () =>
    fromStore(
      instances.updateOne({ _id: instance }, { $setOnInsert: { startedAt: now() } }, { upsert: true }),
    );

  /** @returns whether the lease had stood until now */
  async function renew(): Promise<boolean> {
    return (await redis.commands.set(leaseKey(instance), '1', 'PX', lease, 'GET')) !== null;
  }

  async function renewOrRecover(): Promise<void> {
    try {
      if (!(await renew())) isOwed = true;
      if (!isOwed) return;
      await stand();
      await onLapsed();
      isOwed = false;
    } catch (error) {
      // Redis being away is told where it is connected; and a lease that lapses meanwhile is noticed here.
      if (redis.ready()) onError(error);
    }
  }

  async function look(): Promise<void> {
    const standing = (await fromStore(instances.find().lean().exec())).map(({ _id }) => _id);
    // Another counted us out and we live: its last step may come after our recovery, or it looks at another Redis.
    if (!standing.includes(instance)) isOwed = true;
    const others = standing.filter((other) => other !== instance);
    for (const known of missingSince.keys()) if (!others.includes(known)) missingSince.delete(known);
    if (others.length === 0) return;
    const leases = await redis.commands.mget(others.map(leaseKey)).catch(() => null);
    if (leases === null) {
      missingSince.clear();
      return;
    }
    for (const [index, other] of others.entries()) {
      if (leases[index] !== null) missingSince.delete(other);
      else if (!missingSince.has(other)) missingSince.set(other, performance.now());
      else if (performance.now() - (missingSince.get(other) ?? 0) >= patience) await countOut(other);
    }
  }

  /** Every instance that notices does this; the connections go with whoever comes first. */
  async function countOut(dead: string): Promise<void> {
    const door = doorOf(dead);
    onDead(dead);
    for (;;) {
      const roomIds = await rooms.roomsWithDoor(door, ROOMS_AT_ONCE);
      if (roomIds.length === 0) break;
      await Promise.all(roomIds.map((roomId) => presence.doorClosed(roomId, door)));
    }
    await fromStore(instances.deleteOne({ _id: dead }));
    missingSince.delete(dead);
  }

  const stopRenewing = every(lease / 3, renewOrRecover);
  const stopLooking = every(LOOK_EVERY, () => look().catch(onError));
  const renewNow = (): void => void renewOrRecover();
  redis.commands.on('ready', renewNow);

  return {
    async begin() {
      await stand();
      await renew().catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      redis.commands.off('ready', renewNow);
      await Promise.all([stopRenewing(), stopLooking()]);
      await redis.commands.del(leaseKey(instance)).catch(() => {});
      try {
        // What could not be counted out is for the others, who know us dead by then.
        const left = await rooms.roomsWithDoor(doorOf(instance), 1);
        if (left.length === 0) await fromStore(instances.deleteOne({ _id: instance }));
      } catch (error) {
        onError(error);
      }
    },
  };
}
