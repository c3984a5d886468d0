import { describe, expect, it } from '@jest/globals';
import { aRoom, aSeat, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { recordingOver, refuseUnencrypted, startRecording, stopRecording } from './recording-policy.ts';
import * as transition from './transitions.ts';

const recorded = aRoom({
  recording: { id: 'a-recording', startedAt: noon },
  seats: [aSeat('host'), aSeat('guest')],
});
const codeOf = (decide: () => unknown): unknown => {
  try {
    decide();
    return null;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('recording a room', () => {
  it('begins when its host says so, and the room knows', () => {
    const { room, facts } = startRecording(aRoom(), 'host', 'a-recording', noon);
    expect(room.recording).toEqual({ id: 'a-recording', startedAt: noon });
    expect(facts).toEqual([{ type: 'recording.started', data: { recordingId: 'a-recording', by: 'host' } }]);
  });

  it.each([
    ['somebody else', aRoom({ seats: [aSeat('host'), aSeat('guest')] }), 'guest', 'NOT_HOST'],
    ['the host of an ended room', aRoom({ status: 'ENDED' }), 'host', 'ROOM_ENDED'],
    ['the host of an encrypted room', aRoom({ e2ee: true }), 'host', 'RECORDING_IMPOSSIBLE_E2EE'],
    ['the host of a room that is being recorded', recorded, 'host', 'ALREADY_RECORDING'],
    ['somebody else, of an encrypted room', aRoom({ e2ee: true }), 'guest', 'NOT_HOST'],
  ])('is not for %s', (_who, room, actor, code) => {
    expect(codeOf(() => startRecording(room, actor, 'another', noon))).toBe(code);
  });

  it('stops when its host says so, whoever that is by then', () => {
    const { room, facts } = stopRecording({ ...recorded, hostId: 'guest' }, 'guest', 'a-recording');
    expect(room.recording).toBeNull();
    expect(facts).toEqual([{ type: 'recording.stopped', data: { recordingId: 'a-recording', by: 'guest' } }]);
    expect(codeOf(() => stopRecording(recorded, 'guest', 'a-recording'))).toBe('NOT_HOST');
  });

  it('that is over already is not stopped again, nor is the next one', () => {
    const idle = aRoom();
    expect(recordingOver(idle, 'a-recording').room).toBe(idle);
    expect(recordingOver(recorded, 'an-earlier-one').room).toBe(recorded);
    expect(stopRecording(recorded, 'host', 'an-earlier-one').room).toBe(recorded);
  });

  it.each([
    ['its host', () => transition.end(recorded, 'host', minutesAfterNoon(1))],
    [
      'the last one leaving',
      () => transition.leave({ ...recorded, seats: [aSeat('host')] }, 'host', minutesAfterNoon(1), 'left'),
    ],
  ])('ends with the room, when that is ended by %s', (_what, decide) => {
    const { room, facts } = decide();
    expect(room.recording).toBeNull();
    expect(facts.map(({ type }) => type).slice(-2)).toEqual(['recording.stopped', 'room.ended']);
  });
});

describe('an unencrypted track', () => {
  const track = { userId: 'guest', trackId: 'TR_1', source: 'camera' } as const;
  const seats = [aSeat('host'), aSeat('guest')];

  it('is refused in an encrypted room', () => {
    expect(refuseUnencrypted(aRoom({ e2ee: true, seats }), track).facts).toEqual([
      {
        type: 'track.refused',
        data: {
          participant: expect.objectContaining({ userId: 'guest' }),
          trackId: 'TR_1',
          source: 'camera',
        },
      },
    ]);
  });

  it.each([
    ['in an open room', aRoom({ seats })],
    ['of one who is out', aRoom({ e2ee: true })],
    ['in an ended room', aRoom({ e2ee: true, status: 'ENDED', seats })],
  ])('is nobody’s business %s', (_where, room) => {
    expect(refuseUnencrypted(room, track).room).toBe(room);
  });
});
