/**
 * Where a socket stands in what it was told. Each message of ours carries it as its last argument, and Socket.IO's
 * client sends the last one back when it reconnects (its connection state recovery). So a socket can go on at any
 * instance, and nothing has to be kept for it.
 */
export type Offset = Readonly<{ in: 'room'; roomId: string; seq: number }> | LobbyOffset;

/**
 * In the lobby at this time; the last change of the list that it was told of, if there was one, and marks of those told
 * just before (list-updates.ts).
 */
export type LobbyOffset = Readonly<{
  in: 'lobby';
  at: Date;
  last: Readonly<{ roomId: string; seq: number; heard: readonly string[] }> | null;
}>;

/** Characters of a mark, and how many an offset carries at most. */
export const MARK_LENGTH = 6;
export const MAX_MARKS = 16;
const MARK = new RegExp(`.{${MARK_LENGTH}}`, 'g');

export function writeOffset(offset: Offset): string {
  if (offset.in === 'room') return `room/${offset.roomId}/${offset.seq}`;
  const { at, last } = offset;
  if (last === null) return `lobby/${at.getTime()}`;
  return `lobby/${at.getTime()}/${last.roomId}/${last.seq}/${last.heard.join('')}`;
}

/** What a client sent; null when it is none of ours. */
export function readOffset(text: unknown): Offset | null {
  if (typeof text !== 'string') return null;
  const room = /^room\/([\w-]{1,100})\/(\d{1,15})$/.exec(text);
  if (room?.[1]) return { in: 'room', roomId: room[1], seq: Number(room[2]) };
  const lobby = /^lobby\/(\d{1,15})(?:\/([\w-]{1,100})\/(\d{1,15})\/((?:[\w-]{6}){0,16}))?$/.exec(text);
  if (!lobby) return null;
  const [, at, roomId, seq, marks = ''] = lobby;
  return {
    in: 'lobby',
    at: new Date(Number(at)),
    last: roomId === undefined ? null : { roomId, seq: Number(seq), heard: marks.match(MARK) ?? [] },
  };
}
