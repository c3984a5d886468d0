import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { participantIn } from '../rooms/index.ts';
import {
  presentMessage,
  presentParticipant,
  presentPresent,
  presentRoom,
  presentRoomWithParticipants,
} from './presenters.ts';
import * as schema from './schemas.ts';

const room = aRoom({
  access: 'private',
  invited: ['a-friend'],
  kicked: ['an-enemy'],
  version: 41,
  lastSeq: 42,
  seats: [
    aSeat('host', { joinedAt: minutesAfterNoon(2), leaseUntil: noon }),
    aSeat('guest', { joinedAt: minutesAfterNoon(1), connections: ['livekit:PA_secret'] }),
  ],
});
/** What only the service may know of a room. */
const OURS = [
  'kicked',
  'version',
  'lastSeq',
  'seats',
  'leaseUntil',
  'connections',
  'an-enemy',
  'PA_secret',
  'lapseAt',
  'listKey',
];

describe('a room as clients see it', () => {
  it('is what the API describes, and nothing else', () => {
    const shown = presentRoom(room);
    expect(schema.room.strict().parse(shown)).toEqual(shown);
    expect(shown).toMatchObject({ id: 'a-room', hostId: 'host', joinedParticipants: 2, status: 'LIVE' });
    expect(shown.hostName).toBe('Name of host');
  });

  it('has null for the name of its host when it was written before that was kept', () => {
    const { hostName: _, ...before } = room;
    expect(presentRoom(before as typeof room).hostName).toBeNull();
  });

  it('counts from a summary what it counts from the room', () => {
    const { seats, kicked: _k, version: _v, lastSeq: _l, invited: _i, ...rest } = room;
    expect(presentRoom({ ...rest, joinedParticipants: seats.length })).toEqual(presentRoom(room));
  });

  it.each([null, 'guest', 'a-friend', 'a-stranger', 'an-enemy', 'HOST', ''])(
    'gives %j nothing that is the host’s or ours',
    (viewer) => {
      const text = JSON.stringify(presentRoomWithParticipants(room, viewer));
      for (const hidden of [...OURS, 'invited', 'a-friend']) expect(text).not.toContain(hidden);
    },
  );

  it('gives its host whom it invited, and nothing that is ours', () => {
    const shown = presentRoomWithParticipants(room, 'host');
    expect(shown.invited).toEqual(['a-friend']);
    for (const hidden of OURS) expect(JSON.stringify(shown)).not.toContain(hidden);
  });

  it('lists who is in, the longest-present first, whatever their seat', () => {
    const { participants } = presentRoomWithParticipants(room, null);
    expect(participants.map(({ userId, role }) => [userId, role])).toEqual([
      ['guest', 'PARTICIPANT'],
      ['host', 'HOST'],
    ]);
    expect(room.seats[0]?.userId).toBe('host');
  });

  it('has the same order where only those who are in are shown', () => {
    expect(presentPresent(room)).toEqual(presentRoomWithParticipants(room, null).participants);
    expect(presentPresent(aRoom({ seats: [] }))).toEqual([]);
  });

  it('with its participants is what the API describes, and nothing else', () => {
    for (const viewer of ['host', null]) {
      const shown = presentRoomWithParticipants(room, viewer);
      expect(schema.roomWithParticipants.strict().parse(shown)).toEqual(shown);
    }
  });
});

describe('a participant as clients see them', () => {
  it('is what the API describes, and nothing else', () => {
    const shown = presentParticipant(participantIn(room, aSeat('guest')));
    expect(schema.participant.strict().parse(shown)).toEqual(shown);
    expect(shown).not.toHaveProperty('roomId');
  });
});

describe('a chat message as clients see it', () => {
  // What lies in the store may know more of its sender by and by.
  const sender = { id: 'guest', name: 'Guest', email: 'guest@example.test' };
  const message = { id: 'an-event', roomId: 'a-room', sender, text: 'Hello', createdAt: noon };

  it('is what the API describes, and nothing else', () => {
    const shown = presentMessage(message);
    expect(schema.chatMessage.strict().parse(shown)).toEqual(shown);
    expect(shown).toEqual({
      id: 'an-event',
      message: 'Hello',
      sender: { id: 'guest', name: 'Guest' },
      createdAt: noon,
    });
  });
});
