/**
 * Where a socket stands in what it was told. Each message of ours carries it as its last argument, and Socket.IO's
 * client sends the last one back when it reconnects (its connection state recovery). So a socket can go on at any
 * instance, and nothing has to be kept for it.
 */
export type Offset = Readonly<{ in: 'room'; roomId: string; seq: number }> | LobbyOffset;

/** In the lobby at this time; the last change of the list that it was told of, if there was one. */
export type LobbyOffset = Readonly<{
  in: 'lobby';
  at: Date;
  last: Readonly<{ roomId: string; seq: number }> | null;
}>;

export function writeOffset(offset: Offset): string {
  if (offset.in === 'room') return `room/${offset.roomId}/${offset.seq}`;
  const { at, last } = offset;
  return last === null ? `lobby/${at.getTime()}` : `lobby/${at.getTime()}/${last.roomId}/${last.seq}`;
}

/** What a client sent; null when it is none of ours. */
export function readOffset(text: unknown): Offset | null {
  if (typeof text !== 'string') return null;
  const room = /^room\/([\w-]{1,100})\/(\d{1,15})$/.exec(text);
  if (room?.[1]) return { in: 'room', roomId: room[1], seq: Number(room[2]) };
  const lobby = /^lobby\/(\d{1,15})(?:\/([\w-]{1,100})\/(\d{1,15}))?$/.exec(text);
  if (!lobby) return null;
  const [, at, roomId, seq] = lobby;
  return {
    in: 'lobby',
    at: new Date(Number(at)),
    last: roomId === undefined ? null : { roomId, seq: Number(seq) },
  };
}
