import { DisconnectReason } from 'livekit-client';
import type { FailureCode } from '../../api/api-error.ts';

/** Why someone is not in the room, or not any more; each has its own words and its way on (room/ending-page.tsx). */
export type Ending =
  | 'left'
  | 'kicked'
  | 'ended'
  | 'full'
  | 'not-invited'
  | 'not-found'
  | 'elsewhere'
  | 'signed-out'
  | 'no-encryption';

const BY_CODE: Partial<Record<FailureCode, Ending>> = {
  ROOM_NOT_FOUND: 'not-found',
  // Not even the address of a room.
  INVALID_REQUEST: 'not-found',
  ROOM_ENDED: 'ended',
  ROOM_FULL: 'full',
  KICKED: 'kicked',
  NOT_INVITED: 'not-invited',
  SIGNED_OUT: 'signed-out',
  UNAUTHENTICATED: 'signed-out',
  TOKEN_REVOKED: 'signed-out',
  TOKEN_EXPIRED: 'signed-out',
  TOKEN_INVALID: 'signed-out',
};

/** What a refusal means for the visit; null when trying again makes sense. */
export const endingOfCode = (code: FailureCode): Ending | null => BY_CODE[code] ?? null;

/** What LiveKit's farewell means; null when the call was cut and should be made again. */
export function endingOfDisconnect(reason: DisconnectReason | undefined): Ending | 'removed' | null {
  switch (reason) {
    case DisconnectReason.DUPLICATE_IDENTITY:
      return 'elsewhere';
    case DisconnectReason.ROOM_DELETED:
      return 'ended';
    // By a kick, or since they left through another door: the socket knows which.
    case DisconnectReason.PARTICIPANT_REMOVED:
      return 'removed';
    default:
      return null;
  }
}
