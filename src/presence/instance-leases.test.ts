import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Connection } from 'mongoose';
import { noon } from '../../test/support/a-room.ts';
import type { RedisLinks } from '../redis/index.ts';
import { createInstanceLeases, type InstanceLeases } from './instance-leases.ts';

/** Renewed every two seconds, and missing for four, counted by looks a second apart, means dead. */
const LEASE = 6_000;
const PATIENCE = 4_000;
const UNTIL_DEAD = PATIENCE + 2_000;
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

/** Redis, MongoDB's `instances` and the rooms in memory, each with a switch that makes it fail. */
function aWorld() {
  const keys = new Map<string, number>();
  const standing = new Set<string>();
  /** Rooms by door. */
  const doors = new Map<string, Set<string>>();
  const closed: string[] = [];
  const state = { redis: true, store: true };
  const commands = new EventEmitter();
  const answer = <T>(work: () => T): Promise<T> =>
    state.redis ? Promise.resolve(work()) : Promise.reject(new Error('Redis is away'));
  const alive = (key: string): string | null => ((keys.get(key) ?? 0) > Date.now() ? '1' : null);
  Object.assign(commands, {
    set: (key: string, _value: string, _px: string, lease: number) =>
      answer(() => {
        const before = alive(key);
        keys.set(key, Date.now() + lease);
        return before;
      }),
    mget: (asked: string[]) => answer(() => asked.map(alive)),
    del: (key: string) => answer(() => keys.delete(key)),
  });
  const inStore = async <T>(work: () => T): Promise<T> => {
    if (!state.store) throw new Error('the store is down');
    return work();
  };
  const instances = {
    updateOne: ({ _id }: { _id: string }) => inStore(() => standing.add(_id)),
    deleteOne: ({ _id }: { _id: string }) => inStore(() => standing.delete(_id)),
    find: () => ({
      lean: () => ({ exec: () => inStore(() => [...standing].map((id) => ({ _id: id }))) }),
    }),
  };
  return {
    state,
    standing,
    closed,
    /** Redis forgets everything. */
    flush: () => keys.clear(),
    leases: () => [...keys.keys()].filter((key) => alive(key) !== null),
    redisIsBack: () => void commands.emit('ready'),
    listeners: () => commands.listenerCount('ready'),
    /** An instance that renews no more. */
    dies(instance: string, ...roomIds: string[]) {
      standing.add(instance);
      doors.set(`door of ${instance}`, new Set(roomIds));
    },
    /** Another that is alive until `keys` forget it. */
    lives: (instance: string, milliseconds: number) =>
      void keys.set(`presence:${instance}`, Date.now() + milliseconds),
    connection: { model: () => instances } as unknown as Connection,
    redis: { commands, ready: () => state.redis } as unknown as RedisLinks,
    rooms: {
      roomsWithDoor: (door: string, limit: number) =>
        inStore(() => [...(doors.get(door) ?? [])].slice(0, limit)),
    },
    presence: {
      doorClosed: (roomId: string, door: string) =>
        inStore(() => {
          closed.push(roomId);
          doors.get(door)?.delete(roomId);
        }),
    },
  };
}

describe("an instance's lease", () => {
  let world: ReturnType<typeof aWorld>;
  let leases: InstanceLeases;
  let lapsed: number;
  let dead: string[];
  let errors: unknown[];

  beforeEach(() => {
    jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    world = aWorld();
    [lapsed, dead, errors] = [0, [], []];
    leases = createInstanceLeases({
      ...world,
      instance: 'us',
      lease: LEASE,
      doorOf: (instance) => `door of ${instance}`,
      now: () => noon,
      onLapsed: async () => {
        lapsed += 1;
      },
      onDead: (instance) => dead.push(instance),
      onError: (error) => errors.push(error),
    });
  });
  afterEach(async () => {
    world.state.redis = true;
    world.state.store = true;
    await leases[Symbol.asyncDispose]();
    jest.useRealTimers();
  });

  describe('of our own', () => {
    it('stands from the beginning, and is renewed in time', async () => {
      await leases.begin();
      expect([...world.standing]).toEqual(['us']);
      for (let second = 0; second < 20; second += 1) {
        expect(world.leases()).toEqual(['presence:us']);
        await pass(1_000);
      }
      expect([lapsed, errors]).toEqual([0, []]);
    });

    it('that Redis forgot is taken anew, we stand again, and count our connections anew', async () => {
      await leases.begin();
      world.flush();
      world.standing.clear();
      await pass(LEASE / 3 + 10);
      expect([world.leases(), [...world.standing], lapsed]).toEqual([['presence:us'], ['us'], 1]);
      await pass(LEASE);
      expect(lapsed).toBe(1);
    });

    it('is renewed as soon as Redis is back', async () => {
      await leases.begin();
      world.flush();
      world.redisIsBack();
      await pass(0);
      expect([world.leases(), lapsed]).toEqual([['presence:us'], 1]);
    });

    it('waits for Redis when it is not there at the beginning', async () => {
      world.state.redis = false;
      await leases.begin();
      expect([...world.standing]).toEqual(['us']);
      await pass(LEASE);
      expect(errors).toEqual([]);
      world.state.redis = true;
      await pass(LEASE / 3);
      expect(world.leases()).toEqual(['presence:us']);
    });

    it('that lapsed is made good once the store answers again', async () => {
      await leases.begin();
      world.flush();
      world.standing.clear();
      world.state.store = false;
      await pass(LEASE / 3 + 10);
      expect(errors.length).toBeGreaterThan(0);
      world.state.store = true;
      await pass(LEASE);
      expect([[...world.standing], lapsed]).toEqual([['us'], 1]);
    });

    it('that another counted out while it stood is made good', async () => {
      await leases.begin();
      world.standing.delete('us');
      await pass(LEASE);
      expect([[...world.standing], lapsed, errors]).toEqual([['us'], 1, []]);
    });

    it('ends with us: nobody waits for us, and nothing of ours is left', async () => {
      await leases.begin();
      await leases[Symbol.asyncDispose]();
      expect([world.leases(), [...world.standing], world.listeners()]).toEqual([[], [], 0]);
      await pass(2 * LEASE);
      expect(world.leases()).toEqual([]);
    });

    it('ends with us though neither Redis nor the store answers', async () => {
      await leases.begin();
      world.state.redis = false;
      world.state.store = false;
      await leases[Symbol.asyncDispose]();
      expect(errors).toHaveLength(1);
    });
  });

  describe('of another', () => {
    it('that is gone and stays gone: its connections are counted out, and it stands no more', async () => {
      await leases.begin();
      world.dies('them', 'a-room', 'b-room');
      await pass(UNTIL_DEAD);
      expect(dead).toEqual(['them']);
      expect(world.closed.toSorted()).toEqual(['a-room', 'b-room']);
      expect([...world.standing]).toEqual(['us']);
      await pass(UNTIL_DEAD);
      expect(dead).toEqual(['them']);
    });

    it('that is missing for a moment is waited for', async () => {
      await leases.begin();
      world.dies('them', 'a-room');
      await pass(PATIENCE - 500);
      world.lives('them', 3_000);
      // It is back, and missing again: the waiting begins anew.
      await pass(3_000 + PATIENCE - 500);
      expect([dead, world.closed]).toEqual([[], []]);
      await pass(UNTIL_DEAD);
      expect(dead).toEqual(['them']);
    });

    it('that is renewed is left alone', async () => {
      await leases.begin();
      world.dies('them', 'a-room');
      for (let second = 0; second < 20; second += 1) {
        world.lives('them', LEASE);
        await pass(1_000);
      }
      expect(dead).toEqual([]);
    });

    it('is not thought gone while Redis does not answer, and not as soon as it does', async () => {
      await leases.begin();
      world.dies('them', 'a-room');
      await pass(PATIENCE - 1_000);
      world.state.redis = false;
      await pass(60_000);
      expect(dead).toEqual([]);
      world.state.redis = true;
      world.flush();
      await pass(PATIENCE - 500);
      expect(dead).toEqual([]);
      await pass(2_000);
      expect(dead).toEqual(['them']);
    });

    it('that ended by itself is not counted out', async () => {
      await leases.begin();
      world.dies('them', 'a-room');
      await pass(PATIENCE - 1_000);
      world.standing.delete('them');
      await pass(UNTIL_DEAD);
      expect(dead).toEqual([]);
    });

    it('had people in more rooms than are taken at once: they are all counted out', async () => {
      await leases.begin();
      world.dies('them', ...Array.from({ length: 250 }, (_, index) => `room-${index}`));
      await pass(UNTIL_DEAD);
      expect(new Set(world.closed).size).toBe(250);
      expect([...world.standing]).toEqual(['us']);
    });

    it('is counted out once the store answers, when it did not at first', async () => {
      await leases.begin();
      world.dies('them', 'a-room');
      world.state.store = false;
      await pass(UNTIL_DEAD);
      expect([errors.length > 0, world.closed]).toEqual([true, []]);
      world.state.store = true;
      await pass(UNTIL_DEAD);
      expect([world.closed, [...world.standing]]).toEqual([['a-room'], ['us']]);
    });
  });
});
