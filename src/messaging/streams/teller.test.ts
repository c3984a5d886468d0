import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anEvent, aParticipant, noon } from '../../../test/support/a-room.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { RoomEvent } from '../../rooms/index.ts';
import type { EventChannel } from './layout.ts';
import type { Heads, Lost, Note } from './room-stream.ts';
import { createTeller, type Teller } from './teller.ts';

const ROOM = 'a-room';

/** A stream in memory, refusing and forgetting as the server does. */
function aStream(from = 0) {
  const stored: { place: number; channel: EventChannel; told: number; text: string; at: Date }[] = [];
  const state = { exists: true, from, place: 0 };
  const newest = (channel: EventChannel) => stored.findLast((one) => one.channel === channel);
  return {
    stored,
    state,
    seqs: (channel?: EventChannel) =>
      stored
        .filter((one) => channel === undefined || one.channel === channel)
        .map(({ text }) => (JSON.parse(text) as { seq: number }).seq),
    async heads(): Promise<Heads | Lost | null> {
      if (!state.exists) return null;
      const [chat, system] = [newest('chat'), newest('system')];
      const last = { chat: chat?.place ?? 0, system: system?.place ?? 0 };
      if (chat || system) return { told: Math.max(chat?.told ?? 0, system?.told ?? 0), last };
      if (state.place === 0) return { told: state.from, last };
      return { told: null, from: state.from, since: noon, last };
    },
    async tell(_roomId: string, known: Heads, { channel, seq, text }: Note): Promise<Heads | null> {
      if (!state.exists) throw new Error('nobody takes it');
      if ((newest(channel)?.place ?? 0) !== known.last[channel]) return null;
      state.place += 1;
      stored.push({ place: state.place, channel, told: seq, text, at: noon });
      return { told: seq, last: { ...known.last, [channel]: state.place } };
    },
  };
}

const spoken = (seq: number, at = noon): RoomEvent => ({
  ...anEvent('chat.message', { sender: { id: 'host', name: 'Host' }, text: `${seq}` }),
  roomId: ROOM,
  id: `event-${seq}`,
  seq,
  at,
});
const raised = (seq: number): RoomEvent => ({
  ...anEvent('hand.raised', { participant: aParticipant('guest') }),
  roomId: ROOM,
  id: `event-${seq}`,
  seq,
  at: noon,
});
const forgiven = (seq: number): RoomEvent => ({
  ...anEvent('participant.forgiven', { userId: 'guest', by: 'host' }),
  roomId: ROOM,
  id: `event-${seq}`,
  seq,
  at: noon,
});

const open: Teller[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
});

type Stream = Pick<ReturnType<typeof aStream>, 'heads' | 'tell'>;

/** An instance's teller. `written` is what lies in the store. */
function tellerOn(
  stream: Stream,
  written: readonly RoomEvent[],
  remake = async (_from: number | null) => false,
) {
  const gaps: [number, number][] = [];
  const failures: unknown[] = [];
  const teller = createTeller({
    streams: stream,
    history: {
      async eventsAfter(_roomId, seq, limit) {
        const found: RoomEvent[] = [];
        for (let next = seq + 1; found.length < limit; next += 1) {
          const event = written.find((one) => one.seq === next);
          if (!event) break;
          found.push(event);
        }
        return found;
      },
    },
    room: async () => ({ lastSeq: written.at(-1)?.seq ?? 0 }),
    remake: (_roomId, from) => remake(from),
    log: {
      failed: (_roomId, error) => failures.push(error),
      gap: (_roomId, first, last) => gaps.push([first, last]),
    },
  });
  open.push(teller);
  return { ...teller, gaps, failures };
}

describe('a teller', () => {
  it('tells each event once, in order, each kind on its subject, and says nothing of what is private', async () => {
    const stream = aStream();
    const written = [raised(1), spoken(2), forgiven(3), spoken(4), raised(5)];
    const teller = tellerOn(stream, written);
    for (const event of [...written, ...written]) teller.offer(event, undefined);
    await eventually(() => expect(stream.seqs()).toEqual([1, 2, 4, 5]));
    expect([stream.seqs('chat'), stream.seqs('system')]).toEqual([
      [2, 4],
      [1, 5],
    ]);
  });

  it('tells what it was not offered before what it was', async () => {
    const stream = aStream();
    const teller = tellerOn(stream, [spoken(1), raised(2), spoken(3)]);
    teller.offer(spoken(3), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([1, 2, 3]));
  });

  it('is one of several at once, any of which may fail at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }),
        async (kinds, luck) => {
          const stream = aStream();
          const written = kinds.map((isChat, index) => (isChat ? spoken(index + 1) : raised(index + 1)));
          let turn = 0;
          const fate = () => luck[turn++ % luck.length];
          const pause = () => new Promise((resolve) => setTimeout(resolve, fate()));
          const unlucky: Stream = {
            async heads() {
              await pause();
              return stream.heads();
            },
            async tell(roomId, heads, note) {
              await pause();
              const told = await stream.tell(roomId, heads, note);
              // Stored, and the answer is lost.
              if (fate() === 3) throw new Error('no answer');
              await pause();
              return told;
            },
          };
          const tellers = [tellerOn(unlucky, written), tellerOn(unlucky, written)];
          for (const [index, event] of written.entries()) tellers[index % 2]?.offer(event, undefined);
          await eventually(() => {
            for (const teller of tellers) teller.retry();
            expect(stream.seqs()).toEqual(written.map(({ seq }) => seq));
          });
          await Promise.all(tellers.map((teller) => teller[Symbol.asyncDispose]()));
          expect(stream.seqs()).toEqual(written.map(({ seq }) => seq));
        },
      ),
      { numRuns: 15 },
    );
  });

  it('keeps what it says besides in its place, so that it hides no event', async () => {
    const stream = aStream();
    const written = [raised(1), spoken(2)];
    const teller = tellerOn(stream, written);
    teller.offer(raised(1), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([1]));
    await teller.say(ROOM, {
      channel: 'system',
      text: '{"seq":"none"}',
      messageId: undefined,
      traceparent: undefined,
    });
    expect(stream.stored.at(-1)).toMatchObject({ told: 1 });
    const other = tellerOn(stream, written);
    other.offer(spoken(2), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([1, 'none', 2]));
  });

  it('goes on at what is newer than all that is left in a stream that has forgotten its events', async () => {
    const stream = aStream();
    stream.state.place = 400;
    const before = new Date(noon.getTime() - 1);
    const written = [spoken(1, before), spoken(2, before), spoken(3), spoken(4)];
    const teller = tellerOn(stream, written);
    teller.check(ROOM, 4);
    await eventually(() => expect(stream.seqs()).toEqual([3, 4]));
  });

  it('makes a stream that is missing, and goes on at what is to be told now', async () => {
    const stream = aStream();
    const written = [spoken(1), spoken(2), spoken(3)];
    const asked: (number | null)[] = [];
    const teller = tellerOn(stream, written, async (from) => {
      asked.push(from);
      Object.assign(stream.state, { exists: true, from: from ?? 3 });
      return true;
    });
    teller.offer(spoken(1), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([1]));
    Object.assign(stream.state, { exists: false, place: 0 });
    stream.stored.length = 0;
    teller.offer(spoken(3), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([3]));
    expect(asked).toEqual([2]);
  });

  it('leaves out what nobody has any more, and says so', async () => {
    const stream = aStream();
    const teller = tellerOn(stream, [spoken(7), spoken(8)]);
    teller.offer(spoken(7), undefined);
    teller.offer(spoken(8), undefined);
    await eventually(() => expect(stream.seqs()).toEqual([7, 8]));
    expect(teller.gaps).toEqual([[1, 6]]);
  });

  it('does nothing in a room that nobody hears any more', async () => {
    const stream = aStream();
    stream.state.exists = false;
    const teller = tellerOn(stream, [spoken(1)]);
    teller.offer(spoken(1), undefined);
    await expect(
      teller.say(ROOM, { channel: 'system', text: '{}', messageId: undefined, traceparent: undefined }),
    ).resolves.toBeUndefined();
    expect([stream.stored, teller.failures]).toEqual([[], []]);
  });
});
