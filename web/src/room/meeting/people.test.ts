import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../../api/a-room.ts';
import { aPerson, at } from './a-person.ts';
import { afterTold, inOrder, type RoomView } from './people.ts';

const view: RoomView = {
  room: aRoom(1, { hostId: 'ann', hostName: 'Ann', joinedParticipants: 2 }),
  people: [aPerson('ann', { role: 'HOST' }), aPerson('ben')],
};
const [ann, ben] = view.people;
const ids = ({ people }: RoomView): string[] => people.map(({ userId }) => userId);

describe('the room, after what was told', () => {
  it('has whoever came in, and counts them', () => {
    const after = afterTold(view, 'room:user-joined', { participant: aPerson('cho') });
    expect(after.people).toEqual([ann, ben, aPerson('cho')]);
    expect(after.room).toEqual({ ...view.room, joinedParticipants: 3 });
  });

  it('has someone who comes in again once, as they are now', () => {
    const after = afterTold(view, 'room:user-joined', { participant: aPerson('ann', { isMuted: true }) });
    expect(after.people).toEqual([ben, aPerson('ann', { isMuted: true })]);
    expect(after.room.joinedParticipants).toBe(2);
  });

  it.each(['room:user-left', 'room:user-kicked'] as const)('lacks whom %s is about', (name) => {
    const after = afterTold(view, name, { userId: 'ben' });
    expect(after.people).toEqual([ann]);
    expect(after.room.joinedParticipants).toBe(1);
    expect(afterTold(view, name, { userId: 'nobody' })).toEqual(view);
  });

  it('has one host, by name', () => {
    const after = afterTold(view, 'room:host-changed', { userId: 'ben' });
    expect(after.room).toEqual({ ...view.room, hostId: 'ben', hostName: 'Ben' });
    expect(after.people.map(({ role }) => role)).toEqual(['PARTICIPANT', 'HOST']);
    expect(afterTold(view, 'room:host-changed', { userId: 'cho' }).room.hostName).toBeNull();
  });

  it('is called and limited as it was changed, and holds as many as are seen', () => {
    const room = aRoom(1, { title: 'Evening', maxParticipants: 9, joinedParticipants: 7 });
    expect(afterTold(view, 'room:updated', { room })).toEqual({
      room: { ...room, joinedParticipants: 2 },
      people: view.people,
    });
  });

  it('is recorded from when that is told until it is told to be over', () => {
    const recorded = afterTold(view, 'recording:started', { recordingId: 'one' });
    expect(recorded).toEqual({ ...view, room: { ...view.room, recording: { id: 'one' } } });
    expect(afterTold(recorded, 'recording:stopped', { recordingId: 'one' })).toEqual(view);
  });

  it.each([
    ['media:user-muted', { userId: 'ben', isMuted: true }, { isMuted: true }],
    ['media:user-video', { userId: 'ben', isVideoOff: true }, { isVideoOff: true }],
    ['hand:raised', { userId: 'ben' }, { isHandRaised: true }],
    ['hand:lowered', { userId: 'ben' }, { isHandRaised: false }],
  ] as const)('shows %s at the one it is about', (name, told, change) => {
    const opposite = Object.fromEntries(Object.entries(change).map(([key, on]) => [key, !on]));
    const before: RoomView = { ...view, people: view.people.map((one) => ({ ...one, ...opposite })) };
    const after = afterTold(before, name, told);
    expect(after.people).toEqual([before.people[0], { ...before.people[1], ...change }]);
    expect(after.room).toBe(before.room);
  });
});

describe('the order of people', () => {
  it('is raised hands first, then the longest-present', () => {
    const people = [
      aPerson('dan', { joinedAt: at(3) }),
      aPerson('cho', { joinedAt: at(2), isHandRaised: true }),
      aPerson('ann', { joinedAt: at(0) }),
      aPerson('ben', { joinedAt: at(1), isHandRaised: true }),
    ];
    expect(ids({ ...view, people: inOrder(people) })).toEqual(['ben', 'cho', 'ann', 'dan']);
    expect(people[0]?.userId).toBe('dan');
  });
});
