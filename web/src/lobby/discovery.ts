import { io } from 'socket.io-client';
import type { UpdateListener } from './room-watch.ts';

/** When the service turns us away without saying for how long. Milliseconds. */
const COME_BACK_AFTER = 30_000;

/**
 * Listens for what changes in the list of public rooms, over Socket.IO's namespace `/discovery`, which takes anybody
 * (docs/sockets.md). Comes back by itself after every cut.
 *
 * @returns stops it
 */
export function listenForRooms({ connected, told, cut }: UpdateListener): () => void {
  const socket = io('/discovery', {
    // The service takes one listener a connection.
    forceNew: true,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: 1_000,
    reconnectionDelayMax: 15_000,
  });
  let comeBack: ReturnType<typeof setTimeout> | undefined;

  function away(retryAfter = COME_BACK_AFTER): void {
    cut();
    // Socket.IO tries again by itself, but not when the service said no.
    if (socket.active) return;
    clearTimeout(comeBack);
    comeBack = setTimeout(() => socket.connect(), retryAfter);
  }

  socket.on('connect', connected);
  socket.on('room:list-update', told);
  socket.on('connect_error', (error: Error & { data?: { retryAfter?: number } }) =>
    away(error.data?.retryAfter),
  );
  socket.on('disconnect', () => away());

  return () => {
    clearTimeout(comeBack);
    socket.off();
    socket.disconnect();
  };
}
