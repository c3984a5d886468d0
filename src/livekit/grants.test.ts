import { describe, expect, it } from '@jest/globals';
import { TrackSource } from 'livekit-server-sdk';
import type { Role, Room } from '../rooms/index.ts';
import { grantsFor } from './grants.ts';

const { CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO } = TrackSource;

describe('grantsFor', () => {
  it.each<[Room['access'], Role, boolean]>([
    ['public', 'PARTICIPANT', false],
    ['public', 'HOST', true],
    ['private', 'PARTICIPANT', true],
    ['private', 'HOST', true],
  ])('in a %s room lets a %s share a screen: %s', (access, role, mayShare) => {
    expect(grantsFor({ id: 'a-room', access }, role)).toEqual({
      roomJoin: true,
      room: 'a-room',
      canSubscribe: true,
      canPublish: true,
      canPublishSources: [CAMERA, MICROPHONE, ...(mayShare ? [SCREEN_SHARE, SCREEN_SHARE_AUDIO] : [])],
      canPublishData: false,
      canUpdateOwnMetadata: false,
    });
  });
});
