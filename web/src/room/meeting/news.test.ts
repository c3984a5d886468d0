import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../../api/a-room.ts';
import { aPerson } from './a-person.ts';
import { newsOf } from './news.ts';
import type { RoomTold, RoomView, ToldName } from './people.ts';

const before: RoomView = { room: aRoom(1), people: [aPerson('ann'), aPerson('ben')] };
/** As ann hears it. */
const news = <Name extends ToldName>(name: Name, told: RoomTold[Name]) => newsOf(name, told, before, 'ann');

describe('news', () => {
  it('names who came in, unless they were there', () => {
    expect(news('room:user-joined', { participant: aPerson('cho') })).toEqual({
      kind: 'joined',
      name: 'Cho',
    });
    expect(news('room:user-joined', { participant: aPerson('ben') })).toBeNull();
  });

  it.each([
    ['room:user-left', 'left'],
    ['room:user-kicked', 'kicked'],
    ['hand:raised', 'hand'],
    ['room:host-changed', 'host'],
  ] as const)('of %s names who it is about', (name, kind) => {
    expect(news(name, { userId: 'ben' })).toEqual({ kind, name: 'Ben' });
  });

  it('says nothing of one who is put out and was not in', () => {
    expect(news('room:user-kicked', { userId: 'cho' })).toBeNull();
  });

  it('of oneself is only that one is host', () => {
    expect(news('room:host-changed', { userId: 'ann' })).toEqual({ kind: 'you-host' });
    expect(news('room:user-joined', { participant: aPerson('ann') })).toBeNull();
    for (const name of ['room:user-left', 'room:user-kicked', 'hand:raised'] as const)
      expect(news(name, { userId: 'ann' })).toBeNull();
  });

  it('says that one is recorded, and that one is not any more', () => {
    expect(news('recording:started', { recordingId: 'one' })).toEqual({ kind: 'recording' });
    expect(news('recording:stopped', { recordingId: 'one' })).toEqual({ kind: 'not-recording' });
  });

  it('says that one’s own track was refused, and nobody else’s', () => {
    expect(news('media:track-refused', { userId: 'ann' })).toEqual({ kind: 'you-unencrypted' });
    expect(news('media:track-refused', { userId: 'ben' })).toBeNull();
  });

  it('is not what is seen anyway', () => {
    expect(news('room:updated', { room: aRoom(1) })).toBeNull();
    expect(news('media:user-muted', { userId: 'ben', isMuted: true })).toBeNull();
    expect(news('media:user-video', { userId: 'ben', isVideoOff: true })).toBeNull();
    expect(news('hand:lowered', { userId: 'ben' })).toBeNull();
  });
});
