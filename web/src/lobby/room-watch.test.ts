import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRoom } from '../api/a-room.ts';
import { ApiError } from '../api/api-error.ts';
import type { RoomFilters } from '../api/rooms.ts';
import type { RoomPage } from '../api/types.ts';
import { pauseAfter } from './pause.ts';
import { createRoomWatch, type UpdateListener } from './room-watch.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type Asked = {
  filters: RoomFilters;
  cursor?: string;
  limit: number;
  signal: AbortSignal;
  answer(said: RoomPage): Promise<void>;
  refuse(error: unknown): Promise<void>;
};

/** A watch whose service answers when the test says so. */
function open(filters: RoomFilters = {}) {
  const asked: Asked[] = [];
  let listener: UpdateListener | undefined;
  const watch = createRoomWatch(filters, {
    read: (wanted, page) =>
      new Promise((resolve, reject) => {
        asked.push({
          filters: wanted,
          ...page,
          answer(said) {
            resolve(said);
            return settle();
          },
          refuse(error) {
            reject(error);
            return settle();
          },
        });
      }),
    listen(to) {
      listener = to;
      return () => {
        listener = undefined;
      };
    },
    random: () => 1,
  });
  const close = watch.open();
  const service = () => {
    if (listener === undefined) throw new Error('nobody listens');
    return listener;
  };
  const last = () => {
    const one = asked.at(-1);
    if (one === undefined) throw new Error('nothing was asked');
    return one;
  };
  const ids = () => watch.state().list.rooms.map(({ id }) => id);
  return { watch, close, asked, last, service, ids, isListening: () => listener !== undefined };
}

const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
const page = (numbers: number[], next: string | null = null): RoomPage => ({
  rooms: numbers.map((number) => aRoom(number)),
  next,
});
const away = new ApiError('GATEWAY_NO_INSTANCE', 'away');

describe('the lobby', () => {
  it('reads the list at once, and anew whenever it is connected', async () => {
    const { asked, last, service, ids, watch } = open({ language: 'vi' });
    expect(asked).toHaveLength(1);
    expect(last()).toMatchObject({ filters: { language: 'vi' }, limit: 24 });
    await last().answer(page([1]));
    expect(watch.state().live).toBe('connecting');

    service().connected();
    expect(asked).toHaveLength(2);
    await last().answer(page([2, 1]));
    expect(ids()).toEqual(['room-2', 'room-1']);

    service().cut();
    expect(watch.state().live).toBe('cut');
    expect(ids()).toEqual(['room-2', 'room-1']);
    service().connected();
    await last().answer(page([3]));
    expect(watch.state().live).toBe('live');
    expect(ids()).toEqual(['room-3']);
  });

  it('lets the last question count', async () => {
    const { asked, last, watch, ids } = open();
    watch.seek({ q: 'a' });
    watch.seek({ q: 'ab' });
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    await last().answer(page([2]));
    await asked[1]?.answer(page([1]));
    await asked[0]?.refuse(away);
    expect(ids()).toEqual(['room-2']);
  });

  it('does not ask anew for what it looks for already', () => {
    const { asked, watch } = open({ q: 'a' });
    watch.seek({ q: 'a' });
    expect(asked).toHaveLength(1);
  });

  it('reads on by the cursor, once at a time, and anew as much as it shows', async () => {
    const { asked, last, watch, service } = open();
    await last().answer(page([30], 'cursor'));
    watch.more();
    watch.more();
    expect(asked).toHaveLength(2);
    expect(last()).toMatchObject({ cursor: 'cursor', limit: 24 });
    await last().answer(page(Array.from({ length: 24 }, (_, index) => 29 - index)));
    expect(watch.state().list.rooms).toHaveLength(25);
    watch.more();
    expect(asked).toHaveLength(2);

    service().connected();
    expect(last()).toMatchObject({ limit: 48 });
    expect(last().cursor).toBeUndefined();
  });

  it('reads on by itself when all that it shows has gone', async () => {
    const { last, service } = open();
    service().connected();
    await last().answer(page([3], 'cursor'));
    service().told({ action: 'ended', room: aRoom(3, { status: 'ENDED' }) });
    expect(last().cursor).toBe('cursor');
  });
});

describe('when the service is away', () => {
  it('asks again by itself, less and less often', async () => {
    const { asked, last, watch } = open();
    const pauses = [1_500, 3_000, 6_000, 12_000, 24_000, 30_000, 30_000];
    for (const pause of pauses) {
      await last().refuse(away);
      expect(watch.state().list.failure).toEqual({ of: 'list', code: 'GATEWAY_NO_INSTANCE' });
      const before = asked.length;
      await jest.advanceTimersByTimeAsync(pause - 1);
      expect(asked).toHaveLength(before);
      await jest.advanceTimersByTimeAsync(1);
      expect(asked).toHaveLength(before + 1);
    }
    await last().answer(page([1]));
    expect(watch.state().list.failure).toBeNull();
  });

  it('reads now and then while updates are cut, and no more when they come again', async () => {
    const { asked, last, service } = open();
    service().connected();
    await last().answer(page([1]));
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(2);

    service().cut();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(asked).toHaveLength(3);
    await last().answer(page([1]));
    await jest.advanceTimersByTimeAsync(30_000);
    expect(asked).toHaveLength(4);

    service().connected();
    await last().answer(page([1]));
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(5);
  });

  it('does not read on by itself when a further page fails', async () => {
    const { asked, last, watch, service } = open();
    service().connected();
    await last().answer(page([1], 'cursor'));
    watch.more();
    await last().refuse(away);
    expect(watch.state().list.failure).toEqual({ of: 'more', code: 'GATEWAY_NO_INSTANCE' });
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(3);
  });

  it('is left alone once the lobby is closed', async () => {
    const { asked, last, close, isListening } = open();
    await last().refuse(away);
    close();
    await jest.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(1);
    expect(isListening()).toBe(false);
  });
});

describe('the pause before asking again', () => {
  it('differs between those who wait, and is as long as the service says, within half a minute', () => {
    expect([pauseAfter(1, 0), pauseAfter(1, 1)]).toEqual([750, 1_500]);
    expect(pauseAfter(100, 1)).toBe(30_000);
    expect(pauseAfter(1, 0, 5_000)).toBe(5_000);
    expect(pauseAfter(1, 0, 3_600_000)).toBe(30_000);
  });
});
