import { type DisconnectReason, type Room as LiveKit, RoomEvent } from 'livekit-client';
import { codeOf } from '../../api/api-error.ts';
import { rooms } from '../../api/rooms.ts';
import type { Session } from '../../auth/session.ts';
import { type Ending, endingOfCode, endingOfDisconnect } from './ending.ts';

/** `failed`: given up for now; `connect` tries again. */
export type MediaState = 'connecting' | 'up' | 'reconnecting' | 'failed';

/** Waits between the attempts to get through to LiveKit. Milliseconds. */
const WAITS = [1_000, 2_000, 4_000, 8_000];

/**
 * Sound and picture: takes the seat over HTTP, connects to LiveKit with the token that it gets, and does so again when
 * LiveKit's own reconnecting has failed.
 *
 * @param deps.onConnected after each connect; what is sent is to be started
 * @param deps.onOut LiveKit or the service said that we are out
 */
export function createCall(deps: {
  roomId: string;
  livekit: LiveKit;
  session: Pick<Session, 'token'>;
  onState: (state: MediaState) => void;
  onConnected: () => void;
  onOut: (ending: Ending | 'removed') => void;
}) {
  const { roomId, livekit, session, onState } = deps;
  let closed = false;
  let attempt = 0;
  let connecting = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  async function connect(): Promise<void> {
    if (connecting || closed) return;
    clearTimeout(waiting);
    connecting = true;
    onState(attempt === 0 ? 'connecting' : 'reconnecting');
    try {
      const token = await session.token();
      if (closed) return;
      const answer = await rooms.join(roomId, token);
      if (closed) return;
      await livekit.connect(answer.server_url, answer.participant_token, {
        rtcConfig: answer.iceServers.length > 0 ? { iceServers: answer.iceServers as RTCIceServer[] } : {},
      });
      if (closed) return void livekit.disconnect();
      attempt = 0;
      onState('up');
      deps.onConnected();
    } catch (error) {
      if (closed) return;
      const ending = endingOfCode(codeOf(error));
      if (ending) return deps.onOut(ending);
      later();
    } finally {
      connecting = false;
    }
  }

  function later(): void {
    clearTimeout(waiting);
    const wait = WAITS[attempt];
    attempt += 1;
    if (wait === undefined) {
      attempt = 0;
      onState('failed');
      return;
    }
    onState('reconnecting');
    waiting = setTimeout(() => void connect(), wait);
  }

  livekit
    .on(RoomEvent.Reconnecting, () => onState('reconnecting'))
    .on(RoomEvent.SignalReconnecting, () => onState('reconnecting'))
    .on(RoomEvent.Reconnected, () => onState('up'))
    .on(RoomEvent.Disconnected, (reason?: DisconnectReason) => {
      if (closed) return;
      const ending = endingOfDisconnect(reason);
      if (ending) deps.onOut(ending);
      // An attempt that fails says so itself.
      else if (!connecting) later();
    });

  return {
    connect,
    async close(): Promise<void> {
      closed = true;
      clearTimeout(waiting);
      await livekit.disconnect();
    },
  };
}
