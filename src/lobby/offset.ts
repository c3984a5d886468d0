/**
 * Where a socket stands in what it was told. Each message of ours carries it as its last argument, and Socket.IO's
 * client sends the last one back when it reconnects (its connection state recovery). So a socket can go on at any
 * instance, and nothing has to be kept for it.
 */
export type Offset =
  | Readonly<{ in: 'room'; roomId: string; seq: number }>
  /** In the lobby, told of changes of the list up to this time. */
  | Readonly<{ in: 'lobby'; at: Date }>;

export function writeOffset(offset: Offset): string {
  return offset.in === 'room' ? `room/${offset.roomId}/${offset.seq}` : `lobby/${offset.at.getTime()}`;
}

/** What a client sent; null when it is none of ours. */
export function readOffset(text: unknown): Offset | null {
  if (typeof text !== 'string') return null;
  const room = /^room\/([\w-]{1,100})\/(\d{1,15})$/.exec(text);
  if (room?.[1]) return { in: 'room', roomId: room[1], seq: Number(room[2]) };
  const lobby = /^lobby\/(\d{1,15})$/.exec(text);
  return lobby ? { in: 'lobby', at: new Date(Number(lobby[1])) } : null;
}
