import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat } from '../../test/support/a-room.ts';
import { say, setHandRaised, setMuted, setVideoOff } from './conduct.ts';
import type { RoomFact } from './events.ts';
import { participantIn, type Room, type Seat } from './room.ts';
import type { Transition } from './transitions.ts';

const guest = aSeat('guest');
const room = aRoom({ seats: [aSeat('host'), guest] });

describe('say', () => {
  it('tells what was said, and by whom, as they are called in this room', () => {
    expect(say(room, guest, 'Hello').facts).toEqual([
      { type: 'chat.message', data: { sender: { id: 'guest', name: 'Name of guest' }, text: 'Hello' } },
    ]);
  });

  it('changes nothing of the room, yet is a change, so that it is written', () => {
    const said = say(room, guest, 'Hello');
    expect(said.room).toEqual(room);
    expect(said.room).not.toBe(room);
  });
});

describe.each<
  [
    name: string,
    field: 'isMuted' | 'isVideoOff' | 'isHandRaised',
    set: (room: Room, seat: Seat, value: boolean) => Transition,
    told: Record<'true' | 'false', RoomFact['type']>,
  ]
>([
  ['setMuted', 'isMuted', setMuted, { true: 'participant.muted', false: 'participant.muted' }],
  [
    'setVideoOff',
    'isVideoOff',
    setVideoOff,
    { true: 'participant.video-off', false: 'participant.video-off' },
  ],
  ['setHandRaised', 'isHandRaised', setHandRaised, { true: 'hand.raised', false: 'hand.lowered' }],
])('%s', (_name, field, set, told) => {
  it.each([true, false])('sets it to %s for the one alone, and tells of them as they are now', (value) => {
    const seat = aSeat('guest', { [field]: !value });
    const before = aRoom({ seats: [aSeat('host'), seat, aSeat('other')] });
    const { room: after, facts } = set(before, seat, value);
    const changed = { ...seat, [field]: value };
    expect(after).toEqual({ ...before, seats: [before.seats[0], changed, before.seats[2]] });
    expect(facts).toMatchObject([
      { type: told[`${value}`], data: { participant: participantIn(after, changed) } },
    ]);
    expect(facts).toHaveLength(1);
  });

  it.each([true, false])('changes nothing, and writes nothing, where it is %s already', (value) => {
    const seat = aSeat('guest', { [field]: value });
    const before = aRoom({ seats: [aSeat('host'), seat] });
    const { room: after, facts } = set(before, seat, value);
    expect(after).toBe(before);
    expect(facts).toEqual([]);
  });

  it('leaves the room that it was given as it was', () => {
    const before = structuredClone(room);
    set(room, guest, true);
    expect(room).toEqual(before);
  });
});

it('who mutes themselves is named as the one who did it, so that nobody mutes them once more', () => {
  expect(setMuted(room, guest, true).facts).toMatchObject([{ data: { by: 'guest', again: false } }]);
});
