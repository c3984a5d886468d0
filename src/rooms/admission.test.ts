import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat } from '../../test/support/a-room.ts';
import { type Admission, admit, REFUSAL_MESSAGE, refusalToSee, requireKeys } from './admission.ts';
import type { Room } from './room.ts';

const refusalOf = (admission: Admission) => (admission.admitted ? null : admission.refusal);
const full = { maxParticipants: 2, seats: [aSeat('host'), aSeat('other')] } satisfies Partial<Room>;

describe('admit', () => {
  it('lets anybody take a free seat of a public room', () => {
    expect(admit(aRoom(), 'guest')).toEqual({ admitted: true, seat: null });
  });

  it('gives back the very seat that is held', () => {
    const seat = aSeat('guest');
    expect(admit(aRoom({ seats: [aSeat('host'), seat] }), 'guest')).toEqual({ admitted: true, seat });
  });

  it.each<[string, Room | null, string]>([
    ['there is no room', null, 'ROOM_NOT_FOUND'],
    ['the room has ended', aRoom({ status: 'ENDED', seats: [] }), 'ROOM_ENDED'],
    ['the host removed them', aRoom({ kicked: ['guest'] }), 'KICKED'],
    ['the room is private and they are not invited', aRoom({ access: 'private' }), 'NOT_INVITED'],
    ['every seat is taken', aRoom(full), 'ROOM_FULL'],
  ])('refuses when %s', (_why, room, refusal) => {
    expect(refusalOf(admit(room, 'guest'))).toBe(refusal);
  });

  it.each<[string, Room, string]>([
    ['ended before kicked', aRoom({ status: 'ENDED', kicked: ['guest'] }), 'ROOM_ENDED'],
    ['ended before private', aRoom({ status: 'ENDED', access: 'private' }), 'ROOM_ENDED'],
    ['kicked before private', aRoom({ access: 'private', kicked: ['guest'] }), 'KICKED'],
    ['kicked before full', aRoom({ ...full, kicked: ['guest'] }), 'KICKED'],
    ['private before full', aRoom({ ...full, access: 'private' }), 'NOT_INVITED'],
  ])('gives the reason that waiting does not change first: %s', (_order, room, refusal) => {
    expect(refusalOf(admit(room, 'guest'))).toBe(refusal);
  });

  it('keeps a held seat in a full room', () => {
    expect(admit(aRoom(full), 'other')).toEqual({ admitted: true, seat: aSeat('other') });
  });

  it('fills the last seat, and no seat after it', () => {
    const one = aRoom({ maxParticipants: 2 });
    expect(admit(one, 'guest').admitted).toBe(true);
    expect(refusalOf(admit({ ...one, seats: [...one.seats, aSeat('guest')] }, 'late'))).toBe('ROOM_FULL');
  });

  it('takes nobody new when the seats are more than the room now has', () => {
    const shrunk = aRoom({ maxParticipants: 2, seats: [aSeat('host'), aSeat('a'), aSeat('b')] });
    expect(refusalOf(admit(shrunk, 'guest'))).toBe('ROOM_FULL');
    expect(admit(shrunk, 'b').admitted).toBe(true);
  });

  it('takes the host and the invited into a private room', () => {
    const room = aRoom({ access: 'private', invited: ['guest'], seats: [] });
    expect(admit(room, 'host').admitted).toBe(true);
    expect(admit(room, 'guest').admitted).toBe(true);
  });

  it('keeps a held seat when the invitation was taken back, and gives no new one', () => {
    const seat = aSeat('guest');
    const room = aRoom({ access: 'private', seats: [aSeat('host'), seat] });
    expect(admit(room, 'guest')).toEqual({ admitted: true, seat });
    expect(refusalOf(admit({ ...room, seats: [aSeat('host')] }, 'guest'))).toBe('NOT_INVITED');
  });

  it('refuses one who was kicked, though they hold a seat', () => {
    const room = aRoom({ kicked: ['guest'], seats: [aSeat('host'), aSeat('guest')] });
    expect(refusalOf(admit(room, 'guest'))).toBe('KICKED');
  });

  it('invites by the whole user id', () => {
    const room = aRoom({ access: 'private', invited: ['guest-2'] });
    expect(refusalOf(admit(room, 'guest'))).toBe('NOT_INVITED');
  });

  it('has words for every refusal', () => {
    for (const message of Object.values(REFUSAL_MESSAGE)) expect(message).toMatch(/^[A-Z].+\.$/);
  });
});

describe('refusalToSee', () => {
  it('shows a public room to everybody, to the kicked and the unknown too', () => {
    const room = aRoom({ kicked: ['guest'] });
    expect(refusalToSee(room, null)).toBeNull();
    expect(refusalToSee(room, 'guest')).toBeNull();
  });

  it.each<[string, string | null, boolean]>([
    ['its host', 'host', true],
    ['the invited', 'friend', true],
    ['a stranger', 'guest', false],
    ['the invited who was kicked', 'enemy', false],
    ['one who is in and invited no longer', 'sitter', true],
    ['someone who is not signed in', null, false],
  ])('shows a private room to %s: %s → %s', (_who, userId, allowed) => {
    const room = aRoom({
      access: 'private',
      invited: ['friend', 'enemy'],
      kicked: ['enemy'],
      seats: [aSeat('host'), aSeat('sitter')],
    });
    expect(refusalToSee(room, userId) === null).toBe(allowed);
  });

  it('goes on showing an ended room', () => {
    expect(refusalToSee(aRoom({ status: 'ENDED', seats: [] }), 'guest')).toBeNull();
    expect(refusalToSee(aRoom({ status: 'ENDED', seats: [], access: 'private' }), 'host')).toBeNull();
  });
});

describe('one who has no part in the keys of a room', () => {
  const refusal = (room: Room) => {
    try {
      requireKeys(room, 'guest');
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each<[string, Room, string | null]>([
    ['is not kept from one that has none', aRoom(), null],
    ['is refused by an encrypted one', aRoom({ e2ee: true }), 'SDP_IMPOSSIBLE_E2EE'],
    ['is told first that they were removed', aRoom({ e2ee: true, kicked: ['guest'] }), 'KICKED'],
    ['learns nothing of a private one', aRoom({ e2ee: true, access: 'private' }), 'NOT_INVITED'],
    ['is told by admission that it has ended', aRoom({ e2ee: true, status: 'ENDED', seats: [] }), null],
  ])('%s', (_what, room, code) => {
    expect(refusal(room)).toBe(code);
  });
});
