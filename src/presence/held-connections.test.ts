import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aParticipant, aRoom } from '../../test/support/a-room.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import { createHeldConnections, type HeldConnections } from './held-connections.ts';
import type { Arrival, Connection, Presence } from './presence.ts';

const door = 'socket@one';
const ann = { id: 'ann', name: 'Ann' };
const ben = { id: 'ben', name: 'Ben' };
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

/** Which connections the rooms count, as presence and the rooms were told; with switches that make them fail or wait. */
function counted() {
  const seats = new Set<string>();
  const asked: string[] = [];
  const state = {
    down: false,
    held: Promise.resolve(),
    arrival: { admitted: true } as Arrival,
    refusal: null as ErrorCode | null,
    refusesTooLate: false,
  };
  const working = async (what: string): Promise<void> => {
    asked.push(what);
    await state.held;
    if (state.down) throw new ServiceError('STORE_UNAVAILABLE', 'the store is down');
  };
  const keyOf = ({ id, roomId, userId }: Connection) => `${roomId} ${userId} ${id}`;
  const presence: Presence = {
    async arrived(connection) {
      expect(connection.door).toBe(door);
      await working(`arrived ${keyOf(connection)}`);
      if (state.arrival.admitted) seats.add(keyOf(connection));
      return state.arrival;
    },
    async departed(connection) {
      expect(connection.door).toBe(door);
      await working(`departed ${keyOf(connection)}`);
      seats.delete(keyOf(connection));
    },
    async doorClosed(roomId, given) {
      expect(given).toBe(door);
      await working(`doorClosed ${roomId}`);
      for (const key of seats) if (key.startsWith(`${roomId} `)) seats.delete(key);
    },
  };
  const rooms = {
    async join(roomId: string, user: { id: string }, connection?: string) {
      const id = connection?.slice(door.length + 1) ?? '';
      expect(connection).toBe(`${door}:${id}`);
      await working(`join ${roomId} ${user.id} ${id}`);
      if (state.refusal === null || state.refusesTooLate)
        seats.add(keyOf({ door, id, roomId, userId: user.id }));
      if (state.refusal) throw new ServiceError(state.refusal, state.refusal);
      return { room: aRoom({ id: roomId }), participant: aParticipant(user.id) };
    },
  };
  return { presence, rooms, seats: () => [...seats], asked, state };
}

describe('connections that end here', () => {
  let core: ReturnType<typeof counted>;
  let held: HeldConnections;
  let errors: unknown[];

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    core = counted();
    errors = [];
    held = createHeldConnections({ ...core, door, onError: (error) => errors.push(error) });
  });
  afterEach(async () => {
    core.state.down = false;
    await held[Symbol.asyncDispose]();
    jest.useRealTimers();
  });

  describe('one that enters', () => {
    it('takes its seat connected from the first, in one step', async () => {
      const { room, participant } = await held.enter('1', 'a-room', ann);
      expect([room.id, participant.userId]).toEqual(['a-room', 'ann']);
      expect(core.asked).toEqual(['join a-room ann 1']);
    });

    it('and is refused is told so, and holds nothing', async () => {
      core.state.refusal = 'ROOM_FULL';
      await expect(held.enter('1', 'a-room', ann)).rejects.toMatchObject({ code: 'ROOM_FULL' });
      await held.gone('1');
      expect(core.asked).toEqual(['join a-room ann 1']);
    });

    it('and is told that the store does not answer is counted out when it goes: it may have been written', async () => {
      core.state.refusal = 'STORE_UNAVAILABLE';
      core.state.refusesTooLate = true;
      await expect(held.enter('1', 'a-room', ann)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await held.gone('1');
      await pass(2_500);
      expect(core.seats()).toEqual([]);
    });
  });

  describe('one that is back', () => {
    it('is counted in, and held', async () => {
      expect(await held.resume('2', 'a-room', ann)).toEqual({ admitted: true });
      await held.gone('2');
      expect(core.asked).toEqual(['arrived a-room ann 2', 'departed a-room ann 2']);
    });

    it('and is not admitted is told why, and holds nothing', async () => {
      core.state.arrival = { admitted: false, code: 'KICKED' };
      expect(await held.resume('2', 'a-room', ann)).toEqual({ admitted: false, code: 'KICKED' });
      await held.gone('2');
      expect(core.asked).toEqual(['arrived a-room ann 2']);
    });
  });

  describe('one that goes', () => {
    it('is counted out, once', async () => {
      await held.enter('1', 'a-room', ann);
      await held.gone('1');
      await held.gone('1');
      await pass(5_000);
      expect(core.asked.slice(1)).toEqual(['departed a-room ann 1']);
      expect(core.seats()).toEqual([]);
    });

    it('and was never held is nothing', async () => {
      await held.gone('1');
      expect(core.asked).toEqual([]);
    });

    it('while the store does not answer is counted out once it does, and no more after that', async () => {
      await held.enter('1', 'a-room', ann);
      core.state.down = true;
      await held.gone('1');
      await pass(3_000);
      expect(core.seats()).toEqual(['a-room ann 1']);
      expect(errors.length).toBeGreaterThan(1);
      core.state.down = false;
      await pass(1_500);
      expect(core.seats()).toEqual([]);
      const { length } = core.asked;
      await pass(5_000);
      expect(core.asked).toHaveLength(length);
    });

    it('holds up none of the others that go while the store does not answer', async () => {
      await held.enter('1', 'a-room', ann);
      await held.enter('2', 'b-room', ben);
      core.state.down = true;
      await Promise.all([held.gone('1'), held.gone('2')]);
      core.state.down = false;
      await pass(1_500);
      expect(core.seats()).toEqual([]);
    });

    it.each<[string, () => Promise<unknown>]>([
      ['enters', () => held.enter('1', 'a-room', ann)],
      ['is coming back', () => held.resume('1', 'a-room', ann)],
    ])('while it still %s is counted out in the end', async (_how, comes) => {
      const waiting = Promise.withResolvers<void>();
      core.state.held = waiting.promise;
      const coming = comes();
      const going = held.gone('1');
      waiting.resolve();
      await Promise.all([coming, going]);
      await pass(2_500);
      expect(core.seats()).toEqual([]);
    });

    it('while it still enters is counted out in the end, though its writing was not answered', async () => {
      core.state.refusal = 'STORE_UNAVAILABLE';
      core.state.refusesTooLate = true;
      const waiting = Promise.withResolvers<void>();
      const joining = core.rooms.join;
      core.rooms.join = async (...given) => {
        await waiting.promise;
        return joining(...given);
      };
      const entering = held.enter('1', 'a-room', ann);
      await held.gone('1');
      waiting.resolve();
      await expect(entering).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await pass(2_500);
      expect(core.seats()).toEqual([]);
    });

    it('whose seat was given up is not written: there is nothing to count out', async () => {
      await held.enter('1', 'a-room', ann);
      held.forget('1');
      await held.gone('1');
      expect(core.asked).toEqual(['join a-room ann 1']);
    });
  });

  describe('after others thought us dead', () => {
    it('all are counted anew, each once', async () => {
      const ids = Array.from({ length: 25 }, (_, index) => `${index}`);
      for (const id of ids) await held.enter(id, `room-${id}`, ann);
      core.asked.length = 0;
      await held.reassert();
      expect(core.asked.toSorted()).toEqual(ids.map((id) => `arrived room-${id} ann ${id}`).toSorted());
    });

    it('those that went or were forgotten are not', async () => {
      await held.enter('1', 'a-room', ann);
      await held.enter('2', 'a-room', ben);
      await held.gone('1');
      held.forget('2');
      core.asked.length = 0;
      await held.reassert();
      expect(core.asked).toEqual([]);
    });

    it('one that fails does not keep the others from being counted', async () => {
      await held.enter('1', 'a-room', ann);
      await held.enter('2', 'a-room', ben);
      const { arrived } = core.presence;
      Object.assign(core.presence, {
        arrived: (connection: Connection) =>
          connection.id === '1' ? Promise.reject(new Error('away')) : arrived(connection),
      });
      await held.reassert();
      expect(errors).toHaveLength(1);
      expect(core.asked).toContain('arrived a-room ben 2');
    });

    it('one that goes meanwhile is counted out again', async () => {
      await held.enter('1', 'a-room', ann);
      const waiting = Promise.withResolvers<void>();
      core.state.held = waiting.promise;
      const counting = held.reassert();
      const going = held.gone('1');
      waiting.resolve();
      await Promise.all([counting, going]);
      await pass(2_500);
      expect(core.seats()).toEqual([]);
    });

    it('one that goes meanwhile is counted out in the end, though the store failed just then', async () => {
      await held.enter('1', 'a-room', ann);
      const { arrived } = core.presence;
      Object.assign(core.presence, {
        async arrived(connection: Connection) {
          await held.gone('1');
          const arrival = await arrived(connection);
          core.state.down = true;
          return arrival;
        },
      });
      await held.reassert();
      core.state.down = false;
      await pass(2_500);
      expect(core.seats()).toEqual([]);
    });
  });

  describe('when we stop', () => {
    it('all go at once: the door is closed once for each room', async () => {
      await held.enter('1', 'a-room', ann);
      await held.enter('2', 'a-room', ben);
      await held.resume('3', 'b-room', ann);
      core.asked.length = 0;
      await held[Symbol.asyncDispose]();
      expect(core.asked.toSorted()).toEqual(['doorClosed a-room', 'doorClosed b-room']);
      expect(core.seats()).toEqual([]);
    });

    it('those whose going could not be written yet go with them', async () => {
      await held.enter('1', 'a-room', ann);
      core.state.down = true;
      await held.gone('1');
      core.state.down = false;
      await held[Symbol.asyncDispose]();
      expect(core.asked.at(-1)).toBe('doorClosed a-room');
      expect(core.seats()).toEqual([]);
    });

    it('a socket that closes after that writes nothing more', async () => {
      await held.enter('1', 'a-room', ann);
      await held[Symbol.asyncDispose]();
      const { length } = core.asked;
      await held.gone('1');
      await pass(5_000);
      expect(core.asked).toHaveLength(length);
    });

    it('a store that does not answer does not keep us, and is noted', async () => {
      await held.enter('1', 'a-room', ann);
      core.state.down = true;
      await held[Symbol.asyncDispose]();
      expect(errors).toHaveLength(1);
    });
  });
});
