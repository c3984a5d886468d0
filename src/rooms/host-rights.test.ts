import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat, minutesAfterNoon } from '../../test/support/a-room.ts';
import { summarise } from './events.ts';
import { forgive, handOver, kick, mute, muteAll, type RoomChanges, update } from './host-rights.ts';
import { participantIn, type Room } from './room.ts';
import { join, type Transition } from './transitions.ts';

const now = minutesAfterNoon(10);
const rules = { seatLease: 60_000, emptyGrace: 15_000 };
const withGuests = (more: Partial<Room> = {}): Room =>
  aRoom({ seats: [aSeat('host'), aSeat('guest'), aSeat('other')], kicked: ['enemy'], ...more });
const usersOf = (room: Room) => room.seats.map((seat) => seat.userId);
/** Nothing is written when nothing changed, and the store tells that by identity. */
const expectUnchanged = (transition: Transition, room: Room): void => {
  expect(transition.room).toBe(room);
  expect(transition.facts).toEqual([]);
};
const refused = (code: string) => expect.objectContaining({ code });

const rights: [name: string, use: (room: Room, actor: string) => Transition][] = [
  ['update', (room, actor) => update(room, actor, { title: 'Another' })],
  ['kick', (room, actor) => kick(room, actor, 'guest', now)],
  ['forgive', (room, actor) => forgive(room, actor, 'enemy')],
  ['mute', (room, actor) => mute(room, actor, 'guest')],
  ['muteAll', (room, actor) => muteAll(room, actor)],
  ['handOver', (room, actor) => handOver(room, actor, 'guest')],
];

describe.each(rights)('%s', (_name, use) => {
  it('is for the host', () => {
    const room = withGuests();
    expect(use(room, 'host').room).not.toBe(room);
  });

  it.each(['guest', 'enemy', 'a-stranger', '', 'HOST'])('is refused to %j, who is not', (actor) => {
    expect(() => use(withGuests(), actor)).toThrow(refused('NOT_HOST'));
  });

  it('is refused to one who is host no longer', () => {
    const { room } = handOver(withGuests(), 'host', 'other');
    expect(() => use(room, 'host')).toThrow(refused('NOT_HOST'));
  });

  it('is refused to the host of an ended room, and tells a stranger nothing of its end', () => {
    const ended = withGuests({ status: 'ENDED', endedAt: now, seats: [] });
    expect(() => use(ended, 'host')).toThrow(refused('ROOM_ENDED'));
    expect(() => use(ended, 'a-stranger')).toThrow(refused('NOT_HOST'));
  });

  it('leaves the room that it was given as it was', () => {
    const room = withGuests();
    const before = structuredClone(room);
    use(room, 'host');
    expect(room).toEqual(before);
  });

  it('touches nothing that is the store’s to count', () => {
    const { room } = use(withGuests({ version: 7, lastSeq: 9 }), 'host');
    expect(room).toMatchObject({ version: 7, lastSeq: 9 });
  });
});

describe('update', () => {
  it.each<RoomChanges>([
    { title: 'Another' },
    { topic: 'Verbs' },
    { language: 'vi' },
    { maxParticipants: 3 },
    { maxParticipants: 100 },
    { invited: ['a-friend'] },
    { title: 'Another', topic: 'Verbs', language: 'vi', maxParticipants: 10, invited: ['a-friend'] },
  ])('changes what is given, %j, and nothing else, and says so', (changes) => {
    const room = withGuests();
    const { room: next, facts } = update(room, 'host', changes);
    expect(next).toEqual({ ...room, ...changes });
    expect(facts).toEqual([{ type: 'room.updated', data: { room: summarise(next), by: 'host' } }]);
  });

  it('clears what is given as null', () => {
    const { room } = update(withGuests({ topic: 'Verbs', language: 'vi' }), 'host', { topic: null });
    expect(room).toMatchObject({ topic: null, language: 'vi' });
  });

  it('leaves as it is what is given as undefined', () => {
    const room = withGuests({ topic: 'Verbs' });
    const { room: next } = update(room, 'host', { title: 'Another', topic: undefined, invited: undefined });
    expect(next).toEqual({ ...room, title: 'Another' });
  });

  it.each<RoomChanges>([
    {},
    { title: undefined },
    { title: 'A room', topic: null, maxParticipants: 6 },
    { invited: ['a-friend', 'another'] },
  ])('changes nothing when everything is so already: %j', (changes) => {
    const room = withGuests({ invited: ['a-friend', 'another'] });
    expectUnchanged(update(room, 'host', changes), room);
  });

  it('refuses to make the room smaller than those who are in, and says how small it may be', () => {
    expect(() => update(withGuests(), 'host', { title: 'Another', maxParticipants: 2 })).toThrow(
      expect.objectContaining({
        code: 'TOO_FEW_SEATS',
        fields: [{ path: 'maxParticipants', message: 'must be at least 3' }],
      }),
    );
  });

  it('keeps the host among the invited of a private room, named once, whoever is invited', () => {
    const room = withGuests({ access: 'private', invited: ['host', 'guest'] });
    const invitedBy = (hostId: string, invited: string[]) =>
      update({ ...room, hostId }, hostId, { invited }).room.invited;
    expect(invitedBy('host', [])).toEqual(['host']);
    expect(invitedBy('host', ['other'])).toEqual(['host', 'other']);
    expect(invitedBy('host', ['other', 'host', 'guest'])).toEqual(['host', 'other', 'guest']);
    // Who is host by now, not who made it.
    expect(invitedBy('other', ['guest'])).toEqual(['other', 'guest']);
    expectUnchanged(update(room, 'host', { invited: ['guest'] }), room);
  });

  it('invites nobody to a private room by changing something else', () => {
    const room = withGuests({ access: 'private', invited: ['guest'] });
    expect(update(room, 'host', { title: 'Another' }).room.invited).toEqual(['guest']);
  });

  it('puts nobody out: not one who is no longer invited', () => {
    const room = withGuests({ access: 'private', invited: ['guest', 'other'] });
    expect(usersOf(update(room, 'host', { invited: [] }).room)).toEqual(['host', 'guest', 'other']);
  });

  it('does not tell whom the host invited', () => {
    const { facts } = update(withGuests(), 'host', { invited: ['a-friend'] });
    expect(facts).toHaveLength(1);
    expect(JSON.stringify(facts)).not.toContain('a-friend');
  });
});

describe('kick', () => {
  it('frees the seat, keeps them out, and tells of the participant as they were put out', () => {
    const raised = aSeat('guest', { isHandRaised: true, isMuted: true });
    const room = withGuests({ seats: [aSeat('host'), raised, aSeat('other')] });
    const { room: next, facts } = kick(room, 'host', 'guest', now);
    expect(next).toEqual({ ...room, seats: [room.seats[0], room.seats[2]], kicked: ['enemy', 'guest'] });
    const participant = { ...participantIn(room, raised), isKicked: true, isHandRaised: false, leftAt: now };
    expect(facts).toEqual([
      { type: 'participant.kicked', data: { userId: 'guest', participant, by: 'host' } },
    ]);
  });

  it('keeps out one who is not in just as well', () => {
    const { room, facts } = kick(withGuests(), 'host', 'a-stranger', now);
    expect(room.kicked).toEqual(['enemy', 'a-stranger']);
    expect(usersOf(room)).toEqual(['host', 'guest', 'other']);
    expect(facts).toEqual([
      { type: 'participant.kicked', data: { userId: 'a-stranger', participant: null, by: 'host' } },
    ]);
  });

  it('lets them in no more, though a seat is free and they were invited', () => {
    const { room } = kick(withGuests({ access: 'private', invited: ['guest'] }), 'host', 'guest', now);
    expect(() => join(room, { id: 'guest', name: 'Guest' }, now, rules)).toThrow(refused('KICKED'));
  });

  it('twice is the same as once', () => {
    const { room } = kick(withGuests(), 'host', 'guest', now);
    expectUnchanged(kick(room, 'host', 'guest', now), room);
  });

  it('does not reach the host themselves', () => {
    expect(() => kick(withGuests(), 'host', 'host', now)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        fields: [expect.objectContaining({ path: 'userId' })],
      }),
    );
  });

  it('keeps out a thousand and no more, and forgiving makes room for another', () => {
    const kicked = Array.from({ length: 999 }, (_, index) => `enemy-${index}`);
    const { room: full } = kick(withGuests({ kicked }), 'host', 'guest', now);
    expect(full.kicked).toHaveLength(1_000);
    expect(() => kick(full, 'host', 'other', now)).toThrow(refused('TOO_MANY_KICKED'));
    expectUnchanged(kick(full, 'host', 'guest', now), full);
    const { room } = forgive(full, 'host', 'enemy-0');
    expect(kick(room, 'host', 'other', now).room.kicked).toHaveLength(1_000);
  });
});

describe('forgive', () => {
  it('lets the one who was kicked come in again, and does not bring them in', () => {
    const { room, facts } = forgive(withGuests({ kicked: ['enemy', 'foe'] }), 'host', 'enemy');
    expect(room.kicked).toEqual(['foe']);
    expect(usersOf(room)).toEqual(['host', 'guest', 'other']);
    expect(facts).toEqual([{ type: 'participant.forgiven', data: { userId: 'enemy', by: 'host' } }]);
    expect(usersOf(join(room, { id: 'enemy', name: 'Enemy' }, now, rules).room)).toContain('enemy');
  });

  it('changes nothing for one who was never kicked', () => {
    const room = withGuests();
    expectUnchanged(forgive(room, 'host', 'guest'), room);
  });
});

describe('mute', () => {
  it('mutes the one, and says who did it', () => {
    const { room, facts } = mute(withGuests(), 'host', 'guest');
    expect(room.seats.map((seat) => seat.isMuted)).toEqual([false, true, false]);
    expect(facts).toMatchObject([
      {
        type: 'participant.muted',
        data: { participant: { userId: 'guest', isMuted: true }, by: 'host', again: false },
      },
    ]);
  });

  it('mutes the host, when the host says so', () => {
    expect(mute(withGuests(), 'host', 'host').room.seats[0]?.isMuted).toBe(true);
  });

  it('tells of one who is muted by their own word too: what LiveKit does is the host’s word', () => {
    const room = withGuests({ seats: [aSeat('host'), aSeat('guest', { isMuted: true }), aSeat('other')] });
    const { room: next, facts } = mute(room, 'host', 'guest');
    expect(next).toEqual(room);
    // The store tells by identity whether there is something to write.
    expect(next).not.toBe(room);
    expect(facts).toEqual([
      {
        type: 'participant.muted',
        data: {
          participant: participantIn(room, aSeat('guest', { isMuted: true })),
          by: 'host',
          again: true,
        },
      },
    ]);
  });

  it('tells of nobody else', () => {
    const { facts } = mute(withGuests({ seats: [aSeat('host'), aSeat('guest')] }), 'host', 'host');
    expect(facts).toMatchObject([{ data: { participant: { userId: 'host' }, by: 'host' } }]);
    expect(facts).toHaveLength(1);
  });

  it.each(['enemy', 'a-stranger'])('refuses for %s, who is not in', (userId) => {
    expect(() => mute(withGuests(), 'host', userId)).toThrow(refused('NO_SUCH_PARTICIPANT'));
  });
});

describe('muteAll', () => {
  it('mutes all but the host, and tells of each, of those too who were muted', () => {
    const seats = [aSeat('guest'), aSeat('host'), aSeat('quiet', { isMuted: true }), aSeat('other')];
    const { room, facts } = muteAll(withGuests({ seats }), 'host');
    expect(room.seats.map((seat) => [seat.userId, seat.isMuted])).toEqual([
      ['guest', true],
      ['host', false],
      ['quiet', true],
      ['other', true],
    ]);
    expect(facts).toMatchObject([
      {
        type: 'participant.muted',
        data: { participant: { userId: 'guest', isMuted: true }, by: 'host', again: false },
      },
      {
        type: 'participant.muted',
        data: { participant: { userId: 'quiet', isMuted: true }, by: 'host', again: true },
      },
      {
        type: 'participant.muted',
        data: { participant: { userId: 'other', isMuted: true }, by: 'host', again: false },
      },
    ]);
    expect(facts).toHaveLength(3);
  });

  it('tells of all others again when all are muted', () => {
    const quiet = withGuests({ seats: [aSeat('host'), aSeat('guest', { isMuted: true })] });
    const { room, facts } = muteAll(quiet, 'host');
    expect(room).toEqual(quiet);
    expect(facts).toMatchObject([{ data: { participant: { userId: 'guest', isMuted: true }, again: true } }]);
  });

  it('changes nothing when there are no others', () => {
    const alone = aRoom();
    expectUnchanged(muteAll(alone, 'host'), alone);
  });
});

describe('handOver', () => {
  it('makes another who is in the host, and shows who was as they are from here on', () => {
    const room = withGuests();
    const { room: next, facts } = handOver(room, 'host', 'guest');
    expect(next).toEqual({ ...room, hostId: 'guest', hostName: 'Name of guest' });
    const participant = { ...participantIn(room, aSeat('guest')), role: 'HOST' };
    const former = { ...participantIn(room, aSeat('host')), role: 'PARTICIPANT' };
    expect(facts).toEqual([{ type: 'participant.promoted', data: { participant, former } }]);
  });

  it('keeps the former host in, without their rights', () => {
    const { room } = handOver(withGuests(), 'host', 'guest');
    expect(usersOf(room)).toContain('host');
    expect(() => kick(room, 'host', 'guest', now)).toThrow(refused('NOT_HOST'));
    expect(kick(room, 'guest', 'host', now).room.kicked).toContain('host');
  });

  it('changes nothing when they hand it to themselves', () => {
    const room = withGuests();
    expectUnchanged(handOver(room, 'host', 'host'), room);
  });

  it.each(['enemy', 'a-stranger'])('refuses %s, who is not in', (userId) => {
    expect(() => handOver(withGuests(), 'host', userId)).toThrow(refused('NO_SUCH_PARTICIPANT'));
  });
});
