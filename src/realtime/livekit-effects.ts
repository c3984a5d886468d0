import type { LiveKit } from '../livekit/index.ts';
import { type EventHandler, type RoomEvent, type Rooms, roleOf, seatOf } from '../rooms/index.ts';

type Effect<T extends RoomEvent['type']> = (event: RoomEvent & { type: T }) => Promise<void>;

/**
 * What follows in LiveKit from what happened in a room. Looks at the room as it is now: by the time this is
 * done (again), the one who left may be back.
 */
export function livekitEffects(deps: { rooms: Pick<Rooms, 'get'>; livekit: LiveKit }): EventHandler {
  const { rooms, livekit } = deps;

  const disconnect = async (roomId: string, userId: string): Promise<void> => {
    const room = await rooms.get(roomId);
    if (!seatOf(room, userId)) await livekit.removeUser(roomId, userId);
  };

  const left: Effect<'participant.left'> = async ({ roomId, data }) => {
    // Who is out because the room is over goes with it.
    if (data.reason !== 'ended') await disconnect(roomId, data.participant.userId);
  };

  const kicked: Effect<'participant.kicked'> = ({ roomId, data }) => disconnect(roomId, data.userId);

  /** Only what a host did: who says of themselves that they are muted has done it in LiveKit. */
  const muted: Effect<'participant.muted'> = async ({ roomId, data }) => {
    const { userId, role } = data.participant;
    if (data.by === userId && role !== 'HOST') return;
    const room = await rooms.get(roomId);
    if (seatOf(room, userId)?.isMuted) await livekit.mute(roomId, (id) => id === userId);
  };

  const promoted: Effect<'participant.promoted'> = async ({ roomId, data }) => {
    const room = await rooms.get(roomId);
    for (const { userId } of data.former ? [data.participant, data.former] : [data.participant])
      if (seatOf(room, userId)) await livekit.setRole(room, userId, roleOf(room, userId));
  };

  /** It came unencrypted into an encrypted room. */
  const trackRefused: Effect<'track.refused'> = ({ roomId, data }) =>
    livekit.refuseTrack(roomId, data.participant.userId, data.trackId);

  const closeRoom: Effect<'room.ended'> = (event) => livekit.closeRoom(event.roomId);

  const effects: { [T in RoomEvent['type']]?: Effect<T> } = {
    'participant.left': left,
    'participant.kicked': kicked,
    'participant.muted': muted,
    'participant.promoted': promoted,
    'track.refused': trackRefused,
    'room.ended': closeRoom,
  };
  return async (event) => (effects[event.type] as Effect<RoomEvent['type']> | undefined)?.(event);
}
