import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aRoom, aSeat, noon } from '../../test/support/a-room.ts';
import { ServiceError } from '../errors.ts';
import type { RoomFact } from './events.ts';
import { nextLapse, type Room, roleOf, seatOf } from './room.ts';
import * as transition from './transitions.ts';

/**
 * Whatever is done to a room, in whatever order: what must always hold, and that the events alone tell who is in.
 */

const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const USERS = ['host', 'ann', 'ben', 'cem', 'dot', 'eve'] as const;
/** Never admitted: kicked from the start. */
const KICKED = 'eve';

type Command = Readonly<{ does: string; run: (room: Room, now: Date) => transition.Transition }>;

const user = fc.constantFrom(...USERS);
const connection = fc.constantFrom('livekit:1', 'livekit:2', 'lobby:1');
const command = (arbitrary: fc.Arbitrary<Command>) => arbitrary;

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: command(
      user.map((id) => ({
        does: `join ${id}`,
        run: (room, now) => transition.join(room, { id, name: id }, now, rules),
      })),
    ),
  },
  {
    weight: 4,
    arbitrary: command(
      fc.tuple(user, connection).map(([id, link]) => ({
        does: `connect ${id} ${link}`,
        run: (room) => transition.connect(room, id, link),
      })),
    ),
  },
  {
    weight: 3,
    arbitrary: command(
      fc.tuple(user, connection).map(([id, link]) => ({
        does: `disconnect ${id} ${link}`,
        run: (room, now) => transition.disconnect(room, id, link, now, rules),
      })),
    ),
  },
  {
    weight: 1,
    arbitrary: command(
      fc.constantFrom('livekit', 'lobby').map((door) => ({
        does: `disconnectDoor ${door}`,
        run: (room, now) => transition.disconnectDoor(room, door, now, rules),
      })),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      user.map((id) => ({
        does: `leave ${id}`,
        run: (room, now) => transition.leave(room, id, now, 'left'),
      })),
    ),
  },
  {
    weight: 2,
    arbitrary: command(
      fc.constant({
        does: 'lapse',
        run: (room: Room, now: Date) => transition.lapse(room, now),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: command(
      fc.constantFrom<(string | null)[]>(...USERS, null).map((by) => ({
        does: `end by ${by}`,
        run: (room, now) => transition.end(room, by, now),
      })),
    ),
  },
);

const steps = fc.array(fc.record({ command: commands, passes: fc.integer({ min: 0, max: 30_000 }) }), {
  maxLength: 60,
});
const start = fc.record({
  maxParticipants: fc.integer({ min: 2, max: 5 }),
  access: fc.constantFrom('public' as const, 'private' as const),
  invited: fc.subarray(['ann', 'ben', 'cem']),
});

/** Runs one command; a refusal is an answer and leaves the room as it was. */
function attempt(room: Room, { run }: Command, now: Date): transition.Transition {
  try {
    return run(room, now);
  } catch (error) {
    if (error instanceof ServiceError) return transition.unchanged(room);
    throw error;
  }
}

function mustHold(room: Room, now: Date): void {
  const seated = room.seats.map((seat) => seat.userId);
  expect(room.seats.length).toBeLessThanOrEqual(room.maxParticipants);
  expect(new Set(seated).size).toBe(seated.length);
  expect(room.status === 'LIVE').toBe(seated.length > 0);
  expect(room.endedAt === null).toBe(room.status === 'LIVE');
  if (room.status === 'LIVE') expect(seated).toContain(room.hostId);
  for (const id of room.kicked) expect(seated).not.toContain(id);
  for (const seat of room.seats) {
    // A seat lapses exactly while nothing is connected to it.
    expect(seat.leaseUntil === null).toBe(seat.connections.length > 0);
    expect(new Set(seat.connections).size).toBe(seat.connections.length);
    expect(seat.joinedAt.getTime()).toBeLessThanOrEqual(now.getTime());
  }
  const due = nextLapse(room);
  if (due) expect(transition.lapse(room, due).room).not.toBe(room);
}

/** Who is in and who is host, as someone knows who hears of events only. */
function follow(known: Map<string, string>, fact: RoomFact, before: Room, after: Room): void {
  if (fact.type === 'room.ended') {
    expect(fact.data.room).toMatchObject({ status: 'ENDED', joinedParticipants: 0 });
    expect(known.size).toBe(0);
    return;
  }
  if (fact.type === 'room.created') throw new Error('no transition makes a room');
  const { participant } = fact.data;
  const { userId, leftAt } = participant;
  if (fact.type === 'participant.left') {
    expect(known.delete(userId)).toBe(true);
    expect(leftAt).not.toBeNull();
    expect(participant.role).toBe(roleOf(before, userId));
    expect(participant.joinedAt).toEqual(seatOf(before, userId)?.joinedAt);
    return;
  }
  expect(leftAt).toBeNull();
  expect(known.has(userId)).toBe(fact.type === 'participant.promoted');
  expect(participant.role).toBe(roleOf(after, userId));
  known.set(userId, participant.role);
}

describe('whatever is done to a room', () => {
  it('keeps its rules, and its events alone tell who is in and who is host', () => {
    fc.assert(
      fc.property(start, steps, (settings, sequence) => {
        let room = aRoom({ ...settings, kicked: [KICKED], seats: [aSeat('host')] });
        let now = noon;
        const known = new Map([['host', 'HOST']]);
        for (const { command: next, passes } of sequence) {
          now = new Date(now.getTime() + passes);
          const before = room;
          const { room: after, facts } = attempt(before, next, now);
          room = after;
          mustHold(room, now);
          for (const fact of facts) follow(known, fact, before, room);
          expect(Object.fromEntries(known)).toEqual(
            Object.fromEntries(room.seats.map((seat) => [seat.userId, roleOf(room, seat.userId)])),
          );
          // What has an effect that others see is told; what is not told changes neither seats nor host.
          if (facts.length === 0) {
            expect(room.seats.map((seat) => seat.userId)).toEqual(before.seats.map((seat) => seat.userId));
            expect([room.hostId, room.status]).toEqual([before.hostId, before.status]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('ends an ended room never again: nothing changes it any more', () => {
    fc.assert(
      fc.property(commands, (next) => {
        const ended = aRoom({ status: 'ENDED', endedAt: noon, seats: [] });
        expect(attempt(ended, next, noon).room).toBe(ended);
      }),
    );
  });

  it('does the same a second time as doing it once', () => {
    fc.assert(
      fc.property(steps, commands, (sequence, last) => {
        let room = aRoom({ kicked: [KICKED] });
        for (const { command: next } of sequence) room = attempt(room, next, noon).room;
        const once = attempt(room, last, noon).room;
        const twice = attempt(once, last, noon);
        expect(twice).toEqual({ room: once, facts: [] });
        expect(twice.room).toBe(once);
      }),
    );
  });
});
