import { AccessToken } from 'livekit-server-sdk';
import type { Config } from '../../../config/index.ts';
import { roomSettings } from '../../../livekit/index.ts';
import type { RecordingJob } from '../recording.ts';

/** The recorder connects at once; a reconnection uses the token that LiveKit refreshes. Seconds. */
const TTL = 60;

/**
 * A token of the kind that LiveKit gives its own recorders (`egress`): whoever has one holds no seat, counts for nothing
 * and is seen by nobody. The kind stands in the token, which is signed with our key, so nobody but us can be one.
 */
export function mintRecorderToken(
  livekit: Config['livekit'],
  { roomId, recordingId }: RecordingJob,
): Promise<string> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret.reveal(), {
    identity: `recorder:${recordingId}`,
    ttl: TTL,
  });
  token.kind = 'egress';
  token.addGrant({
    roomJoin: true,
    room: roomId,
    hidden: true,
    recorder: true,
    canSubscribe: true,
    canPublish: false,
    canPublishData: false,
    canUpdateOwnMetadata: false,
  });
  // It may be the first there.
  token.roomConfig = roomSettings(roomId);
  return token.toJwt();
}
