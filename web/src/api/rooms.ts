import { ask } from './client.ts';
import type {
  ChatPage,
  JoinAnswer,
  NewRoom,
  ParticipantsPage,
  Room,
  RoomChanges,
  RoomPage,
  RoomWithParticipants,
} from './types.ts';

/** What the lobby looks for; `undefined` is anything. */
export type RoomFilters = Readonly<{ q?: string; topic?: string; language?: string; hasSeats?: boolean }>;

/** Which page of the list, by the `next` of the one before, and how many rooms are on it: 100 at most. */
export type PageOfRooms = Readonly<{ cursor?: string; limit: number; signal?: AbortSignal }>;

/** The room routes of the service (docs at `/api/realtime/docs`). Each throws ApiError. */
export const rooms = {
  /** Public rooms that are live, newest first. No token needed. */
  list: (filters: RoomFilters, { cursor, limit, signal }: PageOfRooms) =>
    ask<RoomPage>('GET', '/rooms', {
      query: {
        q: filters.q,
        topic: filters.topic,
        language: filters.language,
        hasSeats: filters.hasSeats === undefined ? undefined : `${filters.hasSeats}`,
        cursor,
        limit: `${limit}`,
      },
      signal,
    }),

  /** @param token without it only public rooms show themselves */
  get: (id: string, token?: string, signal?: AbortSignal) =>
    ask<RoomWithParticipants>('GET', at(id), { token, signal }),

  create: (room: NewRoom, token: string) =>
    ask<RoomWithParticipants>('POST', '/rooms', { body: room, token }),
  update: (id: string, changes: RoomChanges, token: string) =>
    ask<RoomWithParticipants>('PATCH', at(id), { body: changes, token }),
  end: (id: string, token: string) => ask<Room>('DELETE', at(id), { token }),

  /** Takes a seat, or keeps the one held, and answers what LiveKit wants to see. */
  join: (id: string, token: string) => ask<JoinAnswer>('POST', `${at(id)}/join`, { token }),
  /** Gives the seat up, through every door. */
  leave: (id: string, token: string) => ask<void>('POST', `${at(id)}/leave`, { token }),

  chat: (id: string, token: string, cursor?: string) =>
    ask<ChatPage>('GET', `${at(id)}/chat`, { token, query: { cursor } }),
  participants: (id: string, token: string) =>
    ask<ParticipantsPage>('GET', `${at(id)}/participants`, { token }),

  kick: (id: string, userId: string, token: string) =>
    ask('POST', `${at(id)}/kick/${segment(userId)}`, { token }),
  forgive: (id: string, userId: string, token: string) =>
    ask('DELETE', `${at(id)}/kick/${segment(userId)}`, { token }),
  mute: (id: string, userId: string, token: string) =>
    ask('POST', `${at(id)}/mute/${segment(userId)}`, { token }),
  muteAll: (id: string, token: string) => ask('POST', `${at(id)}/mute`, { token }),
  /** For the host of a room that is not encrypted. */
  startRecording: (id: string, token: string) => ask('POST', `${at(id)}/recordings`, { token }),
  stopRecording: (recordingId: string, token: string) =>
    ask('POST', `/recordings/${segment(recordingId)}/stop`, { token }),
  handOver: (id: string, userId: string, token: string) =>
    ask('POST', `${at(id)}/host/${segment(userId)}`, { token }),
};

const segment = (text: string): string => encodeURIComponent(text);
const at = (id: string): string => `/rooms/${segment(id)}`;
