import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RawLog } from '../contract.ts';
import { TOPICS } from '../contract.ts';
import type { Cursor } from './cursor.ts';
import { createFollower } from './follow.ts';
import type { ChainEvent, SeenEvent } from './mirror.ts';

const CONFIRMATIONS = 2;
const CONTRACT = '0xcontract';

type Block = { number: number; hash: string; transactions: readonly string[] };

/** A chain that can be told to be another, and what a follower makes of it. */
function createWorld() {
  let made = 0;
  const block = (number: number, transactions: readonly string[]): Block => {
    made += 1;
    return { number, hash: `0xblock${made}`, transactions };
  };
  const state = {
    blocks: [block(0, [])],
    cursor: { next: 0, checkpoints: [] } as Cursor,
    events: new Map<string, ChainEvent & { adrift: boolean }>(),
    now: 0,
    replaced: 0,
    asked: 0,
    /** Answers that the node still gives before it goes away; crashes what is at work. */
    answers: Number.POSITIVE_INFINITY,
  };
  const { events } = state;
  const answering = <T>(value: T): Promise<T> => {
    state.answers -= 1;
    state.asked += 1;
    return state.answers < 0 ? Promise.reject(new Error('away')) : Promise.resolve(value);
  };
  const logOf = (transaction: string, { number, hash }: Block, index: number): RawLog => ({
    address: CONTRACT,
    topics: [TOPICS[1] ?? '', `0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`],
    data: '0x',
    blockNumber: `0x${number.toString(16)}`,
    blockHash: hash,
    transactionHash: transaction,
    logIndex: `0x${index}`,
  });
  const change = (id: string, version: number, to: Partial<ChainEvent & { adrift: boolean }>): void => {
    const event = events.get(id);
    if (event?.version === version) events.set(id, { ...event, ...to, version: version + 1 });
  };
  const follower = createFollower({
    chain: {
      block: async (which) => {
        const found = which === 'latest' ? state.blocks.at(-1) : state.blocks[which];
        return answering(found ? { number: found.number, hash: found.hash, baseFee: null } : null);
      },
      logs: async (_address, _topics, from, to) =>
        answering(
          state.blocks
            .slice(from, to + 1)
            .flatMap((one) => one.transactions.map((transaction, index) => logOf(transaction, one, index))),
        ),
    },
    cursor: {
      hold: async () => state.cursor,
      async move(_from, to) {
        state.cursor = to;
        return to;
      },
    },
    mirror: {
      known: async (ids) => new Set(ids.filter((id) => events.has(id))),
      async write(seen: readonly SeenEvent[]) {
        for (const one of seen) {
          const before = events.get(one.id);
          const fresh = { state: 'PENDING', work: 'NONE', tries: 0, version: 1 } as const;
          const back = before?.state === 'ORPHANED' ? { state: 'PENDING', version: before.version + 1 } : {};
          events.set(one.id, {
            ...fresh,
            ...before,
            ...one,
            ...back,
            adrift: false,
          } as ChainEvent & { adrift: boolean });
        }
      },
      async castAdrift(number) {
        for (const [id, event] of events)
          if (event.blockNumber > number && event.state !== 'ORPHANED')
            events.set(id, { ...event, adrift: true });
      },
      adrift: async () => [...events.values()].filter(({ adrift }) => adrift),
      orphan: async ({ id, version }) => change(id, version, { state: 'ORPHANED', adrift: false }),
      ripe: async (upTo) =>
        [...events.values()].filter(
          ({ state: is, adrift, blockNumber }) => is === 'PENDING' && !adrift && blockNumber <= upTo,
        ),
      confirm: async ({ id, version }) => change(id, version, { state: 'CONFIRMED', work: 'DUE' }),
    },
    contract: CONTRACT,
    start: 0,
    confirmations: CONFIRMATIONS,
    onReorganised: async () => {},
    onReplaced: async () => {
      state.replaced += 1;
    },
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    now: () => new Date(state.now),
  });
  let transactions = 0;
  return {
    state,
    round: () => follower.round(),
    mine(count: number): void {
      const fresh = Array.from({ length: count }, () => {
        transactions += 1;
        return `0xt${transactions}`;
      });
      state.blocks.push(block(state.blocks.length, fresh));
    },
    /** Other blocks for the last ones: `again` of their transactions are in the first of them. */
    reorganise(depth: number, blocks: number, again: number): void {
      const gone = state.blocks.splice(Math.max(1, state.blocks.length - depth));
      const kept = gone.flatMap((one) => one.transactions).slice(0, again);
      for (let more = 0; more < blocks; more += 1)
        state.blocks.push(block(state.blocks.length, more === 0 ? kept : []));
    },
    /** The transactions of each event, by what the mirror says of it. */
    mirrored(is: ChainEvent['state']): string[] {
      return [...events.values()]
        .filter(({ state: said }) => said === is)
        .map(({ transactionHash }) => transactionHash)
        .toSorted();
    },
  };
}

describe('the mirror', () => {
  it('says of an event what the chain does, in the place where it is', async () => {
    const world = createWorld();
    world.mine(1);
    await world.round();
    expect(world.mirrored('PENDING')).toEqual(['0xt1']);
    world.mine(0);
    world.mine(0);
    expect(await world.round()).toEqual({ head: 3, lag: 0 });
    expect(world.mirrored('CONFIRMED')).toEqual(['0xt1']);
    world.reorganise(3, 4, 1);
    await world.round();
    const [event] = [...world.state.events.values()];
    expect(event).toMatchObject({ state: 'CONFIRMED', blockHash: world.state.blocks[1]?.hash });
    world.reorganise(4, 5, 0);
    await world.round();
    expect(world.mirrored('ORPHANED')).toEqual(['0xt1']);
  });

  it('does not take a node that lags for a reorganisation, and a chain that stays shorter for one', async () => {
    const world = createWorld();
    world.mine(0);
    world.mine(1);
    await world.round();
    const ahead = world.state.blocks.splice(2);
    await world.round();
    expect(world.mirrored('PENDING')).toEqual(['0xt1']);
    world.state.blocks.push(...ahead);
    await world.round();
    world.state.blocks.splice(2);
    await world.round();
    world.state.now += 5_000;
    await world.round();
    expect(world.mirrored('ORPHANED')).toEqual(['0xt1']);
  });

  it('knows another chain by its first block, and reads it from there', async () => {
    const world = createWorld();
    world.mine(1);
    for (let more = 0; more < 5; more += 1) world.mine(0);
    await world.round();
    world.state.blocks.splice(0, Number.POSITIVE_INFINITY, { number: 0, hash: '0xother', transactions: [] });
    world.mine(1);
    world.state.now += 5_000;
    await world.round();
    world.state.now += 5_000;
    await world.round();
    expect(world.state.replaced).toBe(1);
    expect(world.mirrored('ORPHANED')).toEqual(['0xt1']);
    expect(world.mirrored('PENDING')).toEqual(['0xt2']);
  });

  it('places a reorganisation near the head, though all was read at once', async () => {
    const world = createWorld();
    for (let more = 0; more < 400; more += 1) world.mine(0);
    await world.round();
    world.reorganise(2, 2, 0);
    const before = world.state.asked;
    await world.round();
    expect(world.state.asked - before).toBeLessThan(40);
    expect(world.state.replaced).toBe(0);
  });

  it('is right in the end, whatever the chain does and wherever a reader is cut off', async () => {
    const happening = fc.oneof(
      { weight: 5, arbitrary: fc.nat(2).map((count) => ({ do: 'mine' as const, count })) },
      { weight: 5, arbitrary: fc.constant({ do: 'round' as const }) },
      { weight: 2, arbitrary: fc.nat(12).map((answers) => ({ do: 'cut' as const, answers })) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('reorganise' as const),
          depth: fc.integer({ min: 1, max: 6 }),
          blocks: fc.nat(7),
          again: fc.nat(3),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (all) => {
        const world = createWorld();
        for (const one of all) {
          if (one.do === 'mine') world.mine(one.count);
          else if (one.do === 'reorganise') world.reorganise(one.depth, one.blocks, one.again);
          else {
            if (one.do === 'cut') world.state.answers = one.answers;
            await world.round().catch(() => null);
            world.state.answers = Number.POSITIVE_INFINITY;
            world.state.now += 1_000;
          }
        }
        for (let more = 0; more <= CONFIRMATIONS + 8; more += 1) world.mine(0);
        for (let more = 0; more < 3; more += 1) {
          world.state.now += 6_000;
          await world.round();
        }
        const inChain = world.state.blocks.flatMap(({ transactions }) => transactions).toSorted();
        expect(world.mirrored('CONFIRMED')).toEqual(inChain);
        expect(world.mirrored('PENDING')).toEqual([]);
        const orphaned = world.mirrored('ORPHANED');
        expect(orphaned.filter((transaction) => inChain.includes(transaction))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
