import { TrackSource, type VideoGrant } from 'livekit-server-sdk';
import type { Role, Room } from '../rooms/index.ts';

const SPEAKING = [TrackSource.CAMERA, TrackSource.MICROPHONE];
const SHARING = [TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO];

/**
 * What a LiveKit token allows: this room, and of the sources those that the role may publish there. Among
 * strangers (a public room) only the host shows a screen. Data messages are off: what is said goes through
 * the service, which keeps it.
 */
export function grantsFor(room: Pick<Room, 'id' | 'access'>, role: Role) {
  const mayShare = role === 'HOST' || room.access === 'private';
  return {
    roomJoin: true,
    room: room.id,
    canSubscribe: true,
    canPublish: true,
    canPublishSources: mayShare ? [...SPEAKING, ...SHARING] : SPEAKING,
    canPublishData: false,
    canUpdateOwnMetadata: false,
  } satisfies VideoGrant;
}
