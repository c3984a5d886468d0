import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRoom, aSeat, noon } from '../../test/support/a-room.ts';
import type { RoomEvent } from './events.ts';
import type { OutboxStore } from './outbox.ts';
import { createRelay, type EventHandler, type Relay } from './relay.ts';
import { participantIn } from './room.ts';

/** Long enough for an event to count as left over, and for the sweep to come round. */
const UNTIL_SWEPT = 10_000;
const FIFTEEN_MINUTES = 15 * 60_000;

/** An outbox in memory: the promise of `OutboxStore`, with a switch that makes it fail, and one that makes it wait. */
function memoryOutbox() {
  const outbox = new Map<string, RoomEvent>();
  const history: RoomEvent[] = [];
  const rounds: number[] = [];
  const state = { down: false, held: Promise.resolve() };
  const working = () => {
    if (state.down) throw new Error('the store is down');
  };
  const store: OutboxStore = {
    async carryOn(batch) {
      working();
      rounds.push(batch.length);
      await state.held;
      for (const event of batch) if (!history.some(({ id }) => id === event.id)) history.push(event);
    },
    async clear(batch) {
      working();
      for (const { id } of batch) outbox.delete(id);
    },
    async left(before, limit) {
      working();
      return [...outbox.values()].filter(({ at }) => at < before).slice(0, limit);
    },
  };
  return {
    store,
    state,
    history,
    rounds,
    write: (...events: RoomEvent[]) => {
      for (const event of events) outbox.set(event.id, event);
      return events;
    },
    lying: () => [...outbox.keys()],
  };
}

const event = (id: string, at = noon): RoomEvent => ({
  id,
  roomId: 'a-room',
  seq: 1,
  at,
  type: 'participant.joined',
  data: { participant: participantIn(aRoom(), aSeat('host')) },
});
const many = (count: number) => Array.from({ length: count }, (_, index) => event(`event-${index}`));

describe('the relay', () => {
  let outbox: ReturnType<typeof memoryOutbox>;
  let said: string[];
  let relay: Relay;
  /** The ids that each sweep told of, where it found any. */
  let leftOver: string[][];
  /** What the handlers do; a test sets it. */
  let handle: EventHandler;

  beforeEach(() => {
    jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    outbox = memoryOutbox();
    said = [];
    leftOver = [];
    handle = async () => {};
    relay = createRelay({
      store: outbox.store,
      handlers: [(given) => handle(given)],
      onLeft: (events) => {
        if (events.length > 0) leftOver.push(events.map(({ id }) => id));
      },
      log: {
        failed: ({ id }) => said.push(`failed ${id}`),
        abandoned: ({ id }) => said.push(`abandoned ${id}`),
        stalled: () => said.push('stalled'),
      },
      now: () => new Date(Date.now()),
    });
  });
  afterEach(async () => {
    handle = async () => {};
    await relay[Symbol.asyncDispose]();
    jest.useRealTimers();
  });

  const carry = (...events: RoomEvent[]) => relay.carry(outbox.write(...events));
  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
  const done = () => pass(0);

  it('carries events into the history, then to the handlers, then out of the outbox', async () => {
    const seen: string[] = [];
    handle = async ({ id }) => {
      expect(outbox.history.map((kept) => kept.id)).toContain(id);
      expect(outbox.lying()).toContain(id);
      seen.push(id);
    };
    carry(event('a'), event('b'), event('c'));
    await done();
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(outbox.lying()).toEqual([]);
    expect(said).toEqual([]);
  });

  it('works in batches of at most fifty, in the order in which the events were written', async () => {
    carry(...many(120));
    await done();
    expect(outbox.rounds).toEqual([50, 50, 20]);
    expect(outbox.history.map(({ id }) => id)).toEqual(many(120).map(({ id }) => id));
  });

  it('hands the events of one room to a handler one after the other, those of two rooms side by side', async () => {
    const log: string[] = [];
    const held = Promise.withResolvers<void>();
    handle = async ({ id }) => {
      log.push(`${id} begins`);
      if (id === 'a1') await held.promise;
      log.push(`${id} ends`);
    };
    carry(event('a1'), event('a2'), { ...event('b1'), roomId: 'another-room' });
    await done();
    expect(log).toEqual(['a1 begins', 'b1 begins', 'b1 ends']);
    held.resolve();
    await done();
    expect(log.slice(3)).toEqual(['a1 ends', 'a2 begins', 'a2 ends']);
  });

  it('gathers what comes while a write is under way into the next', async () => {
    const held = Promise.withResolvers<void>();
    outbox.state.held = held.promise;
    carry(event('first'));
    await done();
    carry(event('second'));
    carry(event('third'));
    held.resolve();
    await done();
    expect(outbox.rounds).toEqual([1, 2]);
    expect(outbox.lying()).toEqual([]);
  });

  it('does not let the room of a slow handler hold up the others', async () => {
    const held = Promise.withResolvers<void>();
    handle = ({ roomId }) => (roomId === 'a-room' ? held.promise : Promise.resolve());
    carry(event('slow'));
    await done();
    carry({ ...event('quick'), roomId: 'another-room' });
    await done();
    expect(outbox.lying()).toEqual(['slow']);
    held.resolve();
    await done();
    expect(outbox.lying()).toEqual([]);
  });

  it('leaves to the sweep what waits too long behind a handler that hangs, and goes on', async () => {
    const held = Promise.withResolvers<void>();
    handle = () => held.promise;
    for (let index = 0; index <= 1_000; index += 1) {
      carry(event(`event-${index}`));
      await done();
    }
    expect(said.filter((line) => line.startsWith('stalled'))).toHaveLength(1);
    held.resolve();
    await done();
    expect(outbox.lying()).toEqual(['event-1000']);
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual([]);
  });

  it('does not sweep what it has in hand itself', async () => {
    const held = Promise.withResolvers<void>();
    let handled = 0;
    handle = () => {
      handled += 1;
      return held.promise;
    };
    carry(event('slow', new Date(noon.getTime() - 60_000)));
    await pass(4_000);
    expect(handled).toBe(1);
    held.resolve();
    await done();
    expect(outbox.lying()).toEqual([]);
  });

  it('leaves an event whose handler failed in the outbox, and takes out the others', async () => {
    handle = async ({ id }) => {
      if (id === 'bad') throw new Error('LiveKit is away');
    };
    carry(event('good'), event('bad'), event('fine'));
    await done();
    expect(outbox.lying()).toEqual(['bad']);
    expect(said).toEqual(['failed bad']);
  });

  it('tries an event that failed again, until it is done', async () => {
    let away = true;
    const tries: string[] = [];
    handle = async ({ id }) => {
      tries.push(id);
      if (away) throw new Error('LiveKit is away');
    };
    carry(event('a'));
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual(['a']);
    away = false;
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual([]);
    const count = tries.length;
    expect(count).toBeGreaterThan(1);
    await pass(UNTIL_SWEPT);
    expect(tries).toHaveLength(count);
  });

  it('counts a handler that does not end as failed, and goes on with the next events', async () => {
    const never = Promise.withResolvers<void>();
    handle = ({ id }) => (id === 'stuck' ? never.promise : Promise.resolve());
    carry(event('stuck'), event('beside'));
    await done();
    carry(event('next'));
    await pass(5_000);
    expect(said).toEqual(['failed stuck']);
    expect(outbox.lying()).toEqual(['stuck']);
    never.resolve();
  });

  it('takes a handler that throws before it waits for anything like any that fails', async () => {
    handle = () => {
      throw new Error('at once');
    };
    carry(event('a'));
    await done();
    expect(said).toEqual(['failed a']);
  });

  it('carries on what another instance wrote and never carried on', async () => {
    const seen: string[] = [];
    handle = async ({ id }) => void seen.push(id);
    outbox.write(event('orphan'));
    await pass(UNTIL_SWEPT);
    expect(seen).toEqual(['orphan']);
    expect(outbox.lying()).toEqual([]);
    expect(outbox.history.map(({ id }) => id)).toEqual(['orphan']);
  });

  it('tells of what a sweep finds, since its writer may have died before it told anyone', async () => {
    outbox.write(event('orphan'), event('another'));
    await pass(UNTIL_SWEPT);
    expect(leftOver).toEqual([['orphan', 'another']]);
  });

  it('does not tell of what it carries on itself and at once', async () => {
    carry(event('a', new Date(Date.now())));
    await pass(UNTIL_SWEPT);
    expect(leftOver).toEqual([]);
  });

  it('leaves to its own instance what was written just now', async () => {
    const seen: string[] = [];
    handle = async ({ id }) => void seen.push(id);
    await pass(UNTIL_SWEPT);
    outbox.write(event('fresh', new Date(Date.now())));
    await pass(4_000);
    expect(seen).toEqual([]);
  });

  it('gives up what could not be done for a quarter of an hour, and says so', async () => {
    handle = async () => {
      throw new Error('LiveKit is away');
    };
    carry(event('a'));
    await pass(FIFTEEN_MINUTES - UNTIL_SWEPT);
    expect(outbox.lying()).toEqual(['a']);
    expect(said).not.toContain('abandoned a');
    await pass(2 * UNTIL_SWEPT);
    expect(outbox.lying()).toEqual([]);
    expect(said.filter((line) => line.startsWith('abandoned'))).toEqual(['abandoned a']);
  });

  it('loses nothing while the store is away: the events are carried on when it is back', async () => {
    outbox.state.down = true;
    carry(event('a'), event('b'));
    await done();
    expect(said).toContain('stalled');
    expect(outbox.lying()).toEqual(['a', 'b']);
    outbox.state.down = false;
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual([]);
    expect(outbox.history.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('leaves to the sweep what is more than it holds in memory', async () => {
    const held = Promise.withResolvers<void>();
    handle = () => held.promise;
    carry(event('first'));
    await done();
    carry(...many(9_999));
    carry(event('one-too-many'));
    held.resolve();
    await done();
    expect(outbox.lying()).toEqual(['one-too-many']);
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual([]);
  });

  it('waits, when disposed of, for what is being carried on', async () => {
    const held = Promise.withResolvers<void>();
    handle = () => held.promise;
    carry(event('a'));
    await done();
    let disposed = false;
    const disposing = relay[Symbol.asyncDispose]().then(() => {
      disposed = true;
    });
    await done();
    expect(disposed).toBe(false);
    held.resolve();
    await disposing;
    expect(outbox.lying()).toEqual([]);
  });

  it('sweeps no more once disposed of', async () => {
    await relay[Symbol.asyncDispose]();
    outbox.write(event('late'));
    await pass(UNTIL_SWEPT);
    expect(outbox.lying()).toEqual(['late']);
  });
});
