import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aRoom, aSeat, noon } from '../../test/support/a-room.ts';
import { ServiceError } from '../errors.ts';
import * as conduct from './conduct.ts';
import { type RoomFact, type RoomSummary, summarise } from './events.ts';
import * as host from './host-rights.ts';
import { nextLapse, type Participant, participantIn, type Room, roleOf, type Seat, seatOf } from './room.ts';
import * as transition from './transitions.ts';

/**
 * Whatever is done to a room, in whatever order: what must always hold, and that the events alone tell who is in, how
 * they are, and whom the room keeps out.
 */

const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const USERS = ['host', 'ann', 'ben', 'cem', 'dot', 'eve'] as const;
/** Kicked from the start; in only once forgiven. */
const KICKED = 'eve';

type Run = (room: Room, now: Date) => transition.Transition;
type Command = Readonly<{ does: string; run: Run }>;

const user = fc.constantFrom(...USERS);
/** Mostly whoever is host by then; at times someone who may not be. */
const actor = fc.oneof({ weight: 4, arbitrary: fc.constant('its host') }, { weight: 1, arbitrary: user });
const connection = fc.constantFrom('livekit:1', 'livekit:2', 'lobby:1');

const often = <T>(weight: number, given: fc.Arbitrary<T>, does: (given: T) => [does: string, run: Run]) => ({
  weight,
  arbitrary: given.map((value): Command => {
    const [name, run] = does(value);
    return { does: name, run };
  }),
});

const byHost = (
  does: string,
  weight: number,
  act: (room: Room, actor: string, user: string, now: Date) => transition.Transition,
) =>
  often(weight, fc.tuple(actor, user), ([who, whom]) => [
    `${who} ${does} ${whom}`,
    (room, now) => act(room, who === 'its host' ? room.hostId : who, whom, now),
  ]);

/** As the rooms have it done: by one who holds a seat. */
const bySeat = (does: string, act: (room: Room, seat: Seat, value: boolean) => transition.Transition) =>
  often(1, fc.tuple(user, fc.boolean()), ([id, value]) => [
    `${id} ${does} ${value}`,
    (room) => {
      const seat = seatOf(room, id);
      return seat ? act(room, seat, value) : transition.unchanged(room);
    },
  ]);

const changes: fc.Arbitrary<host.RoomChanges> = fc.record(
  {
    title: fc.constantFrom('A room', 'Another'),
    topic: fc.constantFrom(null, 'Verbs'),
    language: fc.constantFrom(null, 'vi'),
    maxParticipants: fc.integer({ min: 2, max: 6 }),
    invited: fc.subarray(['ann', 'ben', 'dot']),
  },
  { requiredKeys: [] },
);

const SAYS = bySeat('says', (room, seat, value) => conduct.say(room, seat, `${value}`));

/** Each does the same a second time as once. */
const repeatable = [
  often(6, user, (id) => [`join ${id}`, (room, now) => transition.join(room, { id, name: id }, now, rules)]),
  often(2, fc.tuple(user, connection), ([id, link]) => [
    `join ${id} through ${link}`,
    (room, now) => transition.join(room, { id, name: id }, now, rules, link),
  ]),
  often(4, fc.tuple(user, connection), ([id, link]) => [
    `connect ${id} ${link}`,
    (room) => transition.connect(room, id, link),
  ]),
  often(3, fc.tuple(user, connection), ([id, link]) => [
    `disconnect ${id} ${link}`,
    (room, now) => transition.disconnect(room, id, link, now, rules),
  ]),
  often(1, fc.constantFrom('livekit', 'lobby'), (door) => [
    `disconnectDoor ${door}`,
    (room, now) => transition.disconnectDoor(room, door, now, rules),
  ]),
  often(2, user, (id) => [`leave ${id}`, (room, now) => transition.leave(room, id, now, 'left')]),
  often(2, fc.constant(null), () => ['lapse', (room, now) => transition.lapse(room, now)]),
  often(1, fc.constantFrom<(string | null)[]>(...USERS, null), (by) => [
    `end by ${by}`,
    (room, now) => transition.end(room, by, now),
  ]),
  often(2, fc.tuple(actor, changes), ([who, given]) => [
    `${who} updates ${JSON.stringify(given)}`,
    (room) => host.update(room, who === 'its host' ? room.hostId : who, given),
  ]),
  byHost('kicks', 2, host.kick),
  byHost('forgives', 2, host.forgive),
  byHost('hands over to', 2, host.handOver),
  bySeat('isMuted', conduct.setMuted),
  bySeat('isVideoOff', conduct.setVideoOff),
  bySeat('isHandRaised', conduct.setHandRaised),
];
/** Told each time: LiveKit is to do it again. */
const MUTES = byHost('mutes', 1, host.mute);
const MUTES_ALL = byHost('mutes all, not', 1, (room, who) => host.muteAll(room, who));
const commands = fc.oneof(...repeatable, MUTES, MUTES_ALL, SAYS);

const steps = fc.array(fc.record({ command: commands, passes: fc.integer({ min: 0, max: 30_000 }) }), {
  maxLength: 80,
});
const start = fc.record({
  maxParticipants: fc.integer({ min: 2, max: 5 }),
  access: fc.constantFrom('public' as const, 'private' as const),
  invited: fc.subarray(['ann', 'ben', 'cem', KICKED]),
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
  if (room.status === 'LIVE') {
    expect(seated).toContain(room.hostId);
    expect(room.hostName).toBe(seatOf(room, room.hostId)?.name);
  }
  for (const id of room.kicked) expect(seated).not.toContain(id);
  expect(new Set(room.kicked).size).toBe(room.kicked.length);
  for (const seat of room.seats) {
    // A seat lapses exactly while nothing is connected to it.
    expect(seat.leaseUntil === null).toBe(seat.connections.length > 0);
    expect(new Set(seat.connections).size).toBe(seat.connections.length);
    expect(seat.joinedAt.getTime()).toBeLessThanOrEqual(now.getTime());
  }
  const due = nextLapse(room);
  if (due) expect(transition.lapse(room, due).room).not.toBe(room);
}

/** What someone knows of a room who hears of its events only. */
class Listener {
  readonly present = new Map<string, Participant>();
  readonly keptOut: Set<string>;
  shown: RoomSummary;

  constructor(room: Room) {
    for (const seat of room.seats) this.present.set(seat.userId, participantIn(room, seat));
    this.keptOut = new Set(room.kicked);
    this.shown = summarise(room);
  }

  hear(fact: RoomFact, before: Room, after: Room): void {
    switch (fact.type) {
      case 'room.created':
        throw new Error('no transition makes a room');
      case 'room.updated':
        expect(before.hostId).toBe(fact.data.by);
        this.shown = fact.data.room;
        return;
      case 'room.ended':
        expect(this.present.size).toBe(0);
        this.shown = fact.data.room;
        return;
      case 'chat.message':
        expect(seatOf(before, fact.data.sender.id)?.name).toBe(fact.data.sender.name);
        expect(after).toEqual(before);
        return;
      case 'participant.left':
        this.#goes(fact.data.participant, before);
        expect(fact.data.participant.isKicked).toBe(false);
        return;
      case 'participant.kicked': {
        const { participant, userId } = fact.data;
        expect(this.keptOut.has(userId)).toBe(false);
        this.keptOut.add(userId);
        expect(this.present.has(userId)).toBe(participant !== null);
        if (participant) this.#goes(participant, before);
        return;
      }
      case 'participant.forgiven':
        expect(this.keptOut.delete(fact.data.userId)).toBe(true);
        return;
      case 'participant.joined':
        expect(this.present.has(fact.data.participant.userId)).toBe(false);
        expect(this.keptOut.has(fact.data.participant.userId)).toBe(false);
        this.present.set(fact.data.participant.userId, fact.data.participant);
        return;
      case 'participant.promoted': {
        const { participant, former } = fact.data;
        const seat = seatOf(after, before.hostId);
        expect(former).toEqual(seat ? participantIn(after, seat) : null);
        if (former) this.#changes(former);
        this.#changes(participant);
        this.shown = { ...this.shown, hostId: participant.userId, hostName: participant.name };
        return;
      }
      case 'participant.muted':
        this.#changes(fact.data.participant, { again: fact.data.again });
        return;
      case 'recording.started':
      case 'recording.stopped':
      case 'track.refused':
        return;
      default:
        this.#changes(fact.data.participant);
    }
  }

  #goes(participant: Participant, before: Room): void {
    expect(this.present.delete(participant.userId)).toBe(true);
    expect(participant).toMatchObject({ leftAt: expect.any(Date), isHandRaised: false });
    expect(participant.role).toBe(roleOf(before, participant.userId));
    expect(participant.joinedAt).toEqual(seatOf(before, participant.userId)?.joinedAt);
  }

  /** Of someone who is in; something about them is new, unless a host says again what is so already. */
  #changes(participant: Participant, { again = false } = {}): void {
    expect(this.present.has(participant.userId)).toBe(true);
    const before = this.present.get(participant.userId);
    if (again) expect(participant).toEqual(before);
    else expect(participant).not.toEqual(before);
    this.present.set(participant.userId, participant);
  }

  mustKnow(room: Room): void {
    const present = room.seats.map((seat) => [seat.userId, participantIn(room, seat)] as const);
    expect(Object.fromEntries(this.present)).toEqual(Object.fromEntries(present));
    expect([...this.keptOut].toSorted()).toEqual(room.kicked.toSorted());
    expect({ ...this.shown, joinedParticipants: this.present.size }).toEqual(summarise(room));
  }
}

describe('whatever is done to a room', () => {
  it('keeps its rules, and its events alone tell all that others may know of it', () => {
    fc.assert(
      fc.property(start, steps, (settings, sequence) => {
        let room = aRoom({ ...settings, kicked: [KICKED], seats: [aSeat('host')] });
        let now = noon;
        const listener = new Listener(room);
        for (const { command: next, passes } of sequence) {
          now = new Date(now.getTime() + passes);
          const before = room;
          const { room: after, facts } = attempt(before, next, now);
          room = after;
          mustHold(room, now);
          for (const fact of facts) listener.hear(fact, before, room);
          listener.mustKnow(room);
          // What is told is written, and the store tells by identity whether there is something to write.
          if (facts.length > 0) expect(after).not.toBe(before);
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

  it('does the same a second time as doing it once, except that what is said or muted twice is told twice', () => {
    fc.assert(
      fc.property(steps, fc.oneof(...repeatable), (sequence, last) => {
        let room = aRoom({ kicked: [KICKED] });
        for (const { command: next } of sequence) room = attempt(room, next, noon).room;
        const once = attempt(room, last, noon).room;
        const twice = attempt(once, last, noon);
        expect(twice).toEqual({ room: once, facts: [] });
        expect(twice.room).toBe(once);
      }),
      { numRuns: 300 },
    );
  });
});
