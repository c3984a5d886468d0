import type { Mint } from '../../livekit/index.ts';
import type { Rooms } from '../../rooms/index.ts';
import { activeTraceparent } from '../../telemetry/index.ts';
import type { IceServersFor } from '../../turn/index.ts';
import { presentMessage, presentParticipant, presentPresent, presentRoom } from '../../wire/index.ts';
import type { SessionTokens } from '../session-token.ts';
import type { RequestData, RequestType } from './protocol.ts';

/** Who asks, in which room; `once` names the request, so that what it does is done once however often it is tried. */
export type Asking = Readonly<{ roomId: string; userId: string; once: string }>;

/** Does what a request asks for; returns what the answer says. */
export type RequestHandler<T extends RequestType> = (asking: Asking, data: RequestData<T>) => Promise<object>;
export type RequestHandlers = { readonly [T in RequestType]: RequestHandler<T> };

/** What may be shown of the chat, the newest first; fewer when they are long. */
const RECENT_CHAT = [50, 20, 5, 1] as const;
/** NATS takes 128 KB in one message, and the envelope is in it too. Bytes. */
const MAX_INITIAL_DATA = 100_000;

/** What each request does. */
export function createHandlers(deps: {
  rooms: Rooms;
  mint: Mint;
  serverUrl: string;
  iceServersFor: IceServersFor;
  sessionTokens: Pick<SessionTokens, 'renew'>;
  tellWhiteboard: (roomId: string, userId: string, data: unknown, messageId: string) => Promise<void>;
}): RequestHandlers {
  const { rooms, mint, sessionTokens } = deps;

  return {
    async REQ_INITIAL_DATA({ roomId, userId }) {
      const { room, participant } = await rooms.seat(roomId, userId);
      const shown = {
        room: presentRoom(room),
        participants: presentPresent(room),
        participant: presentParticipant(participant),
        recording: room.recording,
      };
      for (const limit of RECENT_CHAT) {
        const { items, next } = await rooms.chat(roomId, userId, { limit });
        const data = { ...shown, chat: { messages: items.map(presentMessage), next } };
        if (Buffer.byteLength(JSON.stringify(data)) <= MAX_INITIAL_DATA) return data;
      }
      return { ...shown, chat: { messages: [], next: null } };
    },

    async REQ_MEDIA_SERVER_DATA({ roomId, userId }) {
      const seated = await rooms.seat(roomId, userId);
      const { token, expiresAt } = await mint(seated, activeTraceparent());
      return {
        server_url: deps.serverUrl,
        participant_token: token,
        expiresAt,
        iceServers: deps.iceServersFor(userId),
      };
    },

    async REQ_RENEW_WAJLC_TOKEN({ roomId, userId }, { token }) {
      await rooms.seat(roomId, userId);
      return sessionTokens.renew(token, roomId, userId);
    },

    async REQ_RAISE_HAND({ roomId, userId, once }) {
      await rooms.setHandRaised(roomId, userId, true, once);
      return { isHandRaised: true };
    },

    async REQ_LOWER_HAND({ roomId, userId, once }) {
      await rooms.setHandRaised(roomId, userId, false, once);
      return { isHandRaised: false };
    },

    async REQ_CHAT_MESSAGE({ roomId, userId, once }, { message }) {
      return { message: presentMessage(await rooms.say(roomId, userId, message, once)) };
    },

    async REQ_WHITEBOARD({ roomId, userId, once }, data) {
      await rooms.seat(roomId, userId);
      await deps.tellWhiteboard(roomId, userId, data, once);
      return {};
    },

    async REQ_MUTE({ roomId, userId, once }, data) {
      if ('isMuted' in data) await rooms.setMuted(roomId, userId, data.isMuted, once);
      else await rooms.mute(roomId, userId, data.userId, once);
      return data;
    },
  };
}
