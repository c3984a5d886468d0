import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { said } from '../../test/support/a-room.ts';
import { noChannels, type RoomChannels } from './channels.ts';
import type { RoomEvent } from './events.ts';
import { createFeed } from './feed.ts';

/** Long enough for two comparisons with the store, and for what they lead to. */
const UNTIL_COMPARED = 2_500;
/** Fifty reads and the patience before each. */
const UNTIL_GIVEN_UP = 4_000;

/** Events 1, 2, 3 … of each room, as the store has them, with switches that make it fail, wait, or have lost some. */
function memoryHistory() {
  const newest = new Map<string, number>();
  const state = { down: false, held: Promise.resolve(), lost: (_seq: number) => false };
  const counts = { reads: 0, comparisons: 0 };
  return {
    state,
    counts,
    write: (upTo: number, roomId = 'a-room') => void newest.set(roomId, upTo),
    history: {
      async eventsAfter(roomId: string, seq: number, limit: number): Promise<RoomEvent[]> {
        counts.reads += 1;
        if (state.down) throw new Error('the store is down');
        const found: RoomEvent[] = [];
        const last = newest.get(roomId) ?? 0;
        for (let next = seq + 1; next <= last && found.length < limit && !state.lost(next); next += 1)
          found.push(said(next, roomId));
        await state.held;
        return found;
      },
    },
    async lastSeqs(roomIds: readonly string[]) {
      counts.comparisons += 1;
      if (state.down) throw new Error('the store is down');
      return new Map(roomIds.flatMap((id) => (newest.has(id) ? [[id, newest.get(id) ?? 0]] : [])));
    },
  };
}

/** Channels whose every word is the test's. */
function channelsInHand() {
  const following = new Map<string, () => void>();
  let tell: (events: readonly RoomEvent[]) => void = () => {};
  const channels: RoomChannels = {
    ...noChannels,
    onEvents: (listener) => {
      tell = listener;
    },
    follow: (roomId, onFollowed) => void following.set(roomId, onFollowed),
    unfollow: (roomId) => void following.delete(roomId),
  };
  return {
    channels,
    following: () => [...following.keys()],
    /** The channel of a room stands: at first, and after each interruption. */
    open: (roomId = 'a-room') => following.get(roomId)?.(),
    tell: (...events: RoomEvent[]) => tell(events),
  };
}

function open() {
  const store = memoryHistory();
  const others = channelsInHand();
  const told: string[] = [];
  const log: string[] = [];
  const feed = createFeed({
    channels: others.channels,
    history: store.history,
    lastSeqs: store.lastSeqs,
    log: {
      gap: (roomId, from, to) => log.push(`gap ${roomId} ${from}-${to}`),
      stalled: () => log.push('stalled'),
    },
  });
  feed.onEvent(({ roomId, seq }) => told.push(`${roomId} ${seq}`));
  return { feed, store, others, told, log };
}

const seqs = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const heard = (from: number, to: number, roomId = 'a-room') =>
  seqs(from, to).map((seq) => `${roomId} ${seq}`);
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('the feed', () => {
  let opened: ReturnType<typeof open>;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    opened = open();
  });
  afterEach(async () => {
    await opened.feed[Symbol.asyncDispose]();
    jest.useRealTimers();
  });

  /** Follows the room, whose channel stands at once, with everything told up to `seq`. */
  async function following(seq = 0, roomId = 'a-room') {
    opened.store.write(seq, roomId);
    opened.feed.follow(roomId, seq);
    opened.others.open(roomId);
    await pass(0);
    opened.store.counts.reads = 0;
    return opened;
  }

  it('tells our own events and those of other instances, in the order of the room', async () => {
    const { feed, others, told, store } = await following();
    feed.offer([said(1), said(2)]);
    others.tell(said(3));
    feed.offer([said(4)]);
    expect(told).toEqual(heard(1, 4));
    await pass(UNTIL_COMPARED);
    expect(store.counts.reads).toBe(0);
  });

  it('tells each event once, however often it is offered', async () => {
    const { feed, others, told } = await following();
    feed.offer([said(1), said(1)]);
    others.tell(said(1), said(2));
    others.tell(said(2), said(1));
    expect(told).toEqual(heard(1, 2));
  });

  it('waits a moment for the one that should have come before', async () => {
    const { others, told } = await following();
    others.tell(said(3));
    others.tell(said(2));
    expect(told).toEqual([]);
    await pass(40);
    others.tell(said(1));
    expect(told).toEqual(heard(1, 3));
  });

  it('does not ask the store for one that came in time after all', async () => {
    const { others, told, store } = await following();
    others.tell(said(2));
    others.tell(said(1));
    await pass(500);
    expect(told).toEqual(heard(1, 2));
    expect(store.counts.reads).toBe(0);
  });

  it('fills a gap from the store, then tells what waited behind it', async () => {
    const { others, told, store } = await following();
    store.write(5);
    others.tell(said(1), said(5));
    await pass(100);
    expect(told).toEqual(heard(1, 5));
  });

  it('fills a gap that is longer than one read, and each event of it once', async () => {
    const { others, told, store } = await following();
    store.write(1_700);
    others.tell(said(1_700));
    await pass(1_000);
    expect(told).toEqual(heard(1, 1_700));
  });

  it('loses nothing when more wait behind a gap than it holds', async () => {
    const { others, told, store } = await following();
    store.write(2_500);
    others.tell(...seqs(2, 2_500).map((seq) => said(seq)));
    // What it could not hold it notices by the comparison.
    await pass(UNTIL_COMPARED + 500);
    expect(told).toEqual(heard(1, 2_500));
  });

  it('notices by the comparison that the newest was never told', async () => {
    const { told, store } = await following();
    store.write(1);
    await pass(900);
    expect(told).toEqual([]);
    await pass(UNTIL_COMPARED);
    expect(told).toEqual(heard(1, 1));
  });

  it('does not read what is merely on its way when it compares', async () => {
    const { others, told, store } = await following();
    store.write(1);
    // The comparison finds it before the channel brings it.
    await pass(1_010);
    others.tell(said(1));
    await pass(UNTIL_COMPARED);
    expect(told).toEqual(heard(1, 1));
    expect(store.counts.reads).toBe(0);
  });

  it('compares all the rooms that it follows in one read, and none when it follows none', async () => {
    const { store } = opened;
    await pass(3_000);
    expect(store.counts.comparisons).toBe(0);
    await following(0, 'a-room');
    await following(0, 'b-room');
    await pass(1_050);
    expect(store.counts.comparisons).toBe(1);
  });

  it('keeps rooms apart: a gap in one holds up no other', async () => {
    const { others, told } = await following();
    await following(7, 'b-room');
    others.tell(said(2), said(8, 'b-room'), said(9, 'b-room'));
    expect(told).toEqual(heard(8, 9, 'b-room'));
  });

  it('tells every listener', async () => {
    const { feed } = await following();
    const also: number[] = [];
    feed.onEvent(({ seq }) => also.push(seq));
    feed.offer([said(1)]);
    expect(also).toEqual([1]);
  });

  it('tells each event of each room once and in order, whatever is lost, doubled and out of order', async () => {
    const step = fc.oneof(
      fc.record({ does: fc.constant('write' as const) }),
      fc.record({ does: fc.constant('tell' as const), which: fc.array(fc.nat(40), { maxLength: 6 }) }),
      fc.record({ does: fc.constant('pass' as const), milliseconds: fc.nat(400) }),
      fc.record({ does: fc.constant('reconnect' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await using own = Object.assign(open(), {
          [Symbol.asyncDispose]: () => own.feed[Symbol.asyncDispose](),
        });
        const { feed, store, others, told, log } = own;
        let written = 0;
        feed.follow('a-room', 0);
        for (const one of steps) {
          if (one.does === 'write') store.write(++written);
          // Only what was written is told of, by us or by others.
          if (one.does === 'tell')
            others.tell(...one.which.filter((seq) => seq > 0 && seq <= written).map((seq) => said(seq)));
          if (one.does === 'reconnect') others.open();
          if (one.does === 'pass') await pass(one.milliseconds);
          expect(told).toEqual(heard(1, told.length));
        }
        await pass(UNTIL_COMPARED + 1_000);
        expect(told).toEqual(heard(1, written));
        expect(log).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  describe('follows', () => {
    it('from the event after the one that it is given', async () => {
      const { feed, others, told, store } = opened;
      store.write(5);
      feed.follow('a-room', 3);
      expect(feed.told('a-room')).toBe(3);
      feed.offer([said(2), said(3), said(4)]);
      others.open();
      await pass(0);
      expect(told).toEqual(heard(4, 5));
      expect(feed.told('a-room')).toBe(5);
    });

    it('and misses nothing that was written until the channel stood', async () => {
      const { feed, others, told, store } = opened;
      feed.follow('a-room', 0);
      store.write(2);
      await pass(0);
      expect(told).toEqual([]);
      others.open();
      await pass(0);
      expect(told).toEqual(heard(1, 2));
    });

    it('and misses nothing of an interruption, once the channel stands again', async () => {
      const { others, told, store } = await following();
      store.write(2);
      others.open();
      await pass(0);
      expect(told).toEqual(heard(1, 2));
    });

    it('misses nothing though the channel comes to stand while the store is being read', async () => {
      const { others, told, store } = await following();
      const held = Promise.withResolvers<void>();
      store.state.held = held.promise;
      others.open();
      await pass(0);
      // Written after that read, and before the channel stood again: nobody will tell it.
      store.write(1);
      others.open();
      held.resolve();
      await pass(200);
      expect(told).toEqual(heard(1, 1));
    });

    it('a room that it follows already as before', async () => {
      const { feed, others, told } = await following(3);
      feed.follow('a-room', 0);
      expect(feed.told('a-room')).toBe(3);
      others.tell(said(4));
      expect(told).toEqual(heard(4, 4));
    });

    it('no room by itself: what happens elsewhere is not told', async () => {
      const { feed, others, told } = opened;
      feed.offer([said(1)]);
      others.tell(said(1));
      await pass(UNTIL_COMPARED);
      expect(told).toEqual([]);
      expect(feed.told('a-room')).toBeNull();
    });
  });

  describe('once it no longer follows a room', () => {
    it('closes the channel and tells nothing of it', async () => {
      const { feed, others, told, store } = await following();
      others.tell(said(2));
      feed.unfollow('a-room');
      store.write(3);
      feed.offer([said(1)]);
      others.tell(said(1), said(3));
      await pass(UNTIL_COMPARED);
      expect(told).toEqual([]);
      expect([feed.told('a-room'), others.following(), store.counts]).toMatchObject([null, [], { reads: 0 }]);
    });

    it('tells nothing of a read that is under way', async () => {
      const { feed, others, told, store } = await following();
      const held = Promise.withResolvers<void>();
      store.write(1);
      store.state.held = held.promise;
      others.open();
      await pass(0);
      feed.unfollow('a-room');
      held.resolve();
      await pass(UNTIL_COMPARED);
      expect(told).toEqual([]);
    });

    it('tells nothing of what waited behind a lost one, though that was about to be given up', async () => {
      const { feed, others, told, log, store } = await following();
      store.state.lost = (seq) => seq === 1;
      store.write(2);
      others.tell(said(2));
      for (let passed = 0; store.counts.reads < 49 && passed < UNTIL_GIVEN_UP; passed += 10) await pass(10);
      const held = Promise.withResolvers<void>();
      store.state.held = held.promise;
      await pass(60);
      expect(store.counts.reads).toBe(50);
      feed.unfollow('a-room');
      held.resolve();
      await pass(200);
      expect([told, log]).toEqual([[], []]);
    });

    it('can follow it again, from where it is told to', async () => {
      const { feed, told } = await following(5);
      feed.unfollow('a-room');
      feed.follow('a-room', 2);
      feed.offer([said(3)]);
      expect(told).toEqual(heard(3, 3));
    });
  });

  describe('of what the store has lost', () => {
    it('is silent for a while, then leaves it out, says so, and goes on', async () => {
      const { others, told, log, store } = await following();
      store.state.lost = (seq) => seq === 2 || seq === 3;
      store.write(4);
      others.tell(said(1), said(4));
      await pass(1_000);
      expect([told, log]).toEqual([heard(1, 1), []]);
      await pass(UNTIL_GIVEN_UP);
      expect(told).toEqual(['a-room 1', 'a-room 4']);
      expect(log).toEqual(['gap a-room 2-3']);
      others.tell(said(5));
      expect(told.at(-1)).toBe('a-room 5');
    });

    it('leaves out the newest too, once the store says that there were some', async () => {
      const { others, told, log, store } = await following();
      store.state.lost = () => true;
      store.write(2);
      await pass(UNTIL_COMPARED + UNTIL_GIVEN_UP);
      expect([told, log]).toEqual([[], ['gap a-room 1-2']]);
      others.tell(said(3));
      expect(told).toEqual(heard(3, 3));
    });

    it('leaves out one gap after the other', async () => {
      const { others, told, log, store } = await following();
      store.state.lost = (seq) => seq % 2 === 1;
      store.write(4);
      others.tell(said(2), said(4));
      await pass(2 * UNTIL_GIVEN_UP);
      expect(told).toEqual(['a-room 2', 'a-room 4']);
      expect(log).toEqual(['gap a-room 1-1', 'gap a-room 3-3']);
    });

    it('asks the store no more afterwards', async () => {
      const { others, store } = await following();
      store.state.lost = (seq) => seq === 1;
      store.write(2);
      others.tell(said(2));
      await pass(UNTIL_GIVEN_UP);
      const { reads } = store.counts;
      await pass(5_000);
      expect(store.counts.reads).toBe(reads);
    });
  });

  describe('while the store does not answer', () => {
    it('says so, and fills the gap once it does', async () => {
      const { others, told, log, store } = await following();
      store.state.down = true;
      store.write(2);
      others.tell(said(2));
      await pass(5_000);
      expect(told).toEqual([]);
      expect(log).toContain('stalled');
      store.state.down = false;
      await pass(200);
      expect(told).toEqual(heard(1, 2));
      expect(log.filter((line) => line.startsWith('gap'))).toEqual([]);
    });

    it('goes on comparing', async () => {
      const { told, log, store } = await following();
      store.state.down = true;
      store.write(1);
      await pass(3_000);
      expect(log).toContain('stalled');
      store.state.down = false;
      await pass(UNTIL_COMPARED);
      expect(told).toEqual(heard(1, 1));
    });

    it('tells what comes in its order all the same', async () => {
      const { feed, told, store } = await following();
      store.state.down = true;
      feed.offer([said(1), said(2)]);
      expect(told).toEqual(heard(1, 2));
    });
  });

  it('compares no more once disposed of', async () => {
    const { feed, store } = await following();
    await feed[Symbol.asyncDispose]();
    const { comparisons } = store.counts;
    await pass(5_000);
    expect(store.counts.comparisons).toBe(comparisons);
  });
});
