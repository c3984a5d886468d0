import * as policy from './recording-policy.ts';
import type { Room } from './room.ts';
import type { Transition } from './transitions.ts';

/** What doors do about recordings of a room, as part of `Rooms`. */
export function recordingMethods(deps: {
  get: (roomId: string) => Promise<Room>;
  change: (roomId: string, decide: (room: Room) => Transition) => Promise<Room>;
  now: () => Date;
}) {
  const { get, change, now } = deps;
  return {
    /** The room, if this user may begin to record it now. Throws as `startRecording`. */
    async mayRecord(roomId: string, hostId: string): Promise<Room> {
      const room = await get(roomId);
      policy.startRecording(room, hostId, '', now());
      return room;
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED, RECORDING_IMPOSSIBLE_E2EE, ALREADY_RECORDING */
    async startRecording(roomId: string, hostId: string, recordingId: string): Promise<Room> {
      return change(roomId, (room) => policy.startRecording(room, hostId, recordingId, now()));
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED */
    async stopRecording(roomId: string, hostId: string, recordingId: string): Promise<Room> {
      return change(roomId, (room) => policy.stopRecording(room, hostId, recordingId));
    },

    /** It is over, and no person said so. */
    async recordingOver(roomId: string, recordingId: string): Promise<Room> {
      return change(roomId, (room) => policy.recordingOver(room, recordingId));
    },

    /** A track that came unencrypted: refused where the room is encrypted. */
    async refuseUnencrypted(roomId: string, track: policy.TrackOf): Promise<Room> {
      return change(roomId, (room) => policy.refuseUnencrypted(room, track));
    },
  };
}
