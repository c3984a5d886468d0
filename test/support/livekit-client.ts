import { once } from 'node:events';
import { afterAll } from '@jest/globals';
import { type DisconnectReason, dispose, Room, RoomEvent, type RoomOptions } from '@livekit/rtc-node';
import type { JoinBody } from './client.ts';

// The library's own threads would keep the test process alive.
afterAll(() => dispose());

/** A real LiveKit client in a real room. Disposing disconnects it. */
export type Connected = AsyncDisposable & Readonly<{ room: Room; disconnected: Promise<DisconnectReason> }>;

export async function connect(
  joined: Pick<JoinBody, 'server_url' | 'participant_token'>,
  options: Partial<RoomOptions> = {},
): Promise<Connected> {
  const room = new Room();
  const disconnected = once(room, RoomEvent.Disconnected).then(([reason]) => reason as DisconnectReason);
  await room.connect(joined.server_url, joined.participant_token, {
    autoSubscribe: false,
    dynacast: false,
    ...options,
  });
  return { room, disconnected, [Symbol.asyncDispose]: () => room.disconnect() };
}
