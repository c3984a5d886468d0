import { type EventHandler, type RoomEvent, type Rooms, seatOf } from '../rooms/index.ts';
import type { LiveKit } from './livekit.ts';

type Effect = (event: RoomEvent) => Promise<void>;

/**
 * What follows in LiveKit from what happened in a room. Looks at the room as it is now: by the time this is
 * done (again), the one who left may be back.
 */
export function livekitEffects(deps: { rooms: Pick<Rooms, 'get'>; livekit: LiveKit }): EventHandler {
  const { rooms, livekit } = deps;

  const disconnectUser: Effect = async (event) => {
    if (event.type !== 'participant.left' || event.data.reason === 'ended') return;
    const { userId } = event.data.participant;
    const room = await rooms.get(event.roomId);
    if (!seatOf(room, userId)) await livekit.removeUser(event.roomId, userId);
  };

  const closeRoom: Effect = (event) => livekit.closeRoom(event.roomId);

  const effects: Partial<Record<RoomEvent['type'], Effect>> = {
    'participant.left': disconnectUser,
    'room.ended': closeRoom,
  };
  return async (event) => effects[event.type]?.(event);
}
