import { beforeEach, describe, expect, it } from '@jest/globals';
import { anEvent, aParticipant, aRoom, aSeat } from '../../test/support/a-room.ts';
import type { LiveKit } from '../livekit/index.ts';
import type { EventHandler, Room } from '../rooms/index.ts';
import { livekitEffects } from './livekit-effects.ts';

describe('in LiveKit', () => {
  /** The room as it is by now, and what LiveKit was told. */
  let room: Room;
  let told: string[];
  let handle: EventHandler;

  beforeEach(() => {
    room = aRoom({ seats: [aSeat('host'), aSeat('guest', { isMuted: true })] });
    told = [];
    handle = livekitEffects({
      rooms: { get: async () => room },
      livekit: {
        async setRole(_room: Room, userId: string, role: string) {
          told.push(`${userId} is ${role}`);
        },
        async mute(_roomId: string, which: (userId: string) => boolean) {
          told.push(`mute ${['host', 'guest'].filter(which).join()}`);
        },
      } as unknown as LiveKit,
    });
  });

  const promoted = (former: string | null) =>
    anEvent('participant.promoted', {
      participant: aParticipant('guest', { role: 'HOST' }),
      former: former === null ? null : aParticipant(former),
    });
  const muted = (userId: string, by: string, again = false) =>
    anEvent('participant.muted', {
      participant: aParticipant(userId, { isMuted: true, role: userId === 'host' ? 'HOST' : 'PARTICIPANT' }),
      by,
      again,
    });

  it('a new host may what a host may, and the former no longer', async () => {
    room = { ...room, hostId: 'guest' };
    await handle(promoted('host'));
    expect(told).toEqual(['guest is HOST', 'host is PARTICIPANT']);
  });

  it('a new host may what a host may, when the former is out', async () => {
    room = { ...room, hostId: 'guest', seats: [aSeat('guest')] };
    await handle(promoted(null));
    expect(new Set(told)).toEqual(new Set(['guest is HOST']));
  });

  it('each is what they are by now, and who is out by now is nothing', async () => {
    room = { ...room, seats: [aSeat('guest')] };
    await handle(promoted('host'));
    expect(told).toEqual(['guest is PARTICIPANT']);
  });

  it('one is muted whom the host muted, though they count as muted already', async () => {
    await handle(muted('guest', 'host'));
    await handle(muted('guest', 'host', true));
    expect(told).toEqual(['mute guest', 'mute guest']);
  });

  it('one is not muted who unmuted themselves since', async () => {
    room = { ...room, seats: [aSeat('host'), aSeat('guest')] };
    await handle(muted('guest', 'host'));
    expect(told).toEqual([]);
  });

  it('a host is muted by their own word, a guest has done it themselves', async () => {
    room = { ...room, seats: room.seats.map((seat) => ({ ...seat, isMuted: true })) };
    await handle(muted('guest', 'guest'));
    expect(told).toEqual([]);
    await handle(muted('host', 'host'));
    expect(told).toEqual(['mute host']);
  });
});
