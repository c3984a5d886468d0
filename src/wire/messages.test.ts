import { describe, expect, it } from '@jest/globals';
import { anEvent, aParticipant, aRoom, minutesAfterNoon, noon, saidBy } from '../../test/support/a-room.ts';
import { type RoomEvent, summarise } from '../rooms/index.ts';
import { goneBy, type Message, messageOf } from './messages.ts';
import { presentParticipant, presentRoom } from './presenters.ts';

const room = summarise(aRoom({ topic: 'Verbs' }));
const ended = summarise(aRoom({ status: 'ENDED', endedAt: noon, seats: [] }));
const guest = aParticipant('guest');
const gone = { ...guest, leftAt: minutesAfterNoon(5) };

/** Every event with what it is to those in the room, and who is out by it (spec/2-rooms.md). */
const table: [event: RoomEvent, message: Message | null, gone: string | null][] = [
  [anEvent('room.created', { room }), null, null],
  [anEvent('room.updated', { room, by: 'host' }), ['room:updated', { room: presentRoom(room) }], null],
  [anEvent('room.ended', { room: ended, by: 'host' }), ['room:ended', { roomId: 'a-room' }], 'everybody'],
  [anEvent('room.ended', { room: ended, by: null }), ['room:ended', { roomId: 'a-room' }], 'everybody'],
  [
    anEvent('participant.joined', { participant: guest }),
    [
      'room:user-joined',
      { user: { id: 'guest', name: 'Name of guest' }, participant: presentParticipant(guest) },
    ],
    null,
  ],
  [
    anEvent('participant.left', { participant: gone, reason: 'left' }),
    ['room:user-left', { userId: 'guest' }],
    'guest',
  ],
  [
    anEvent('participant.left', { participant: gone, reason: 'lapsed' }),
    ['room:user-left', { userId: 'guest' }],
    'guest',
  ],
  // That the room ended says it, once for everybody.
  [anEvent('participant.left', { participant: gone, reason: 'ended' }), null, null],
  [
    anEvent('participant.kicked', { userId: 'guest', participant: gone, by: 'host' }),
    ['room:user-kicked', { userId: 'guest' }],
    'guest',
  ],
  // Nobody saw them in the room.
  [anEvent('participant.kicked', { userId: 'guest', participant: null, by: 'host' }), null, 'guest'],
  [anEvent('participant.forgiven', { userId: 'guest', by: 'host' }), null, null],
  [
    anEvent('participant.promoted', {
      participant: { ...guest, role: 'HOST' },
      former: aParticipant('host'),
    }),
    ['room:host-changed', { userId: 'guest' }],
    null,
  ],
  // The former host is out, of which they were told.
  [
    anEvent('participant.promoted', { participant: { ...guest, role: 'HOST' }, former: null }),
    ['room:host-changed', { userId: 'guest' }],
    null,
  ],
  [
    anEvent('participant.muted', { participant: { ...guest, isMuted: true }, by: 'host', again: false }),
    ['media:user-muted', { userId: 'guest', isMuted: true }],
    null,
  ],
  // News to LiveKit only.
  [
    anEvent('participant.muted', { participant: { ...guest, isMuted: true }, by: 'host', again: true }),
    null,
    null,
  ],
  [
    anEvent('participant.muted', { participant: guest, by: 'guest', again: false }),
    ['media:user-muted', { userId: 'guest', isMuted: false }],
    null,
  ],
  [
    anEvent('participant.video-off', { participant: { ...guest, isVideoOff: true } }),
    ['media:user-video', { userId: 'guest', isVideoOff: true }],
    null,
  ],
  [
    anEvent('participant.video-off', { participant: guest }),
    ['media:user-video', { userId: 'guest', isVideoOff: false }],
    null,
  ],
  [anEvent('hand.raised', { participant: guest }), ['hand:raised', { userId: 'guest' }], null],
  [anEvent('hand.lowered', { participant: guest }), ['hand:lowered', { userId: 'guest' }], null],
  [
    saidBy('guest', { seq: 7, at: minutesAfterNoon(1) }),
    [
      'chat:message',
      {
        message: 'message 7',
        sender: { id: 'guest', name: 'Name of guest' },
        id: 'a-room-7',
        createdAt: minutesAfterNoon(1),
      },
    ],
    null,
  ],
];

describe('what those in a room are told', () => {
  it.each(table)('$type', (event, message) => {
    expect(messageOf(event)).toEqual(message);
  });
});

describe('who is out', () => {
  it.each(table)('by $type', (event, _message, out) => {
    expect(goneBy(event)).toBe(out);
  });
});
