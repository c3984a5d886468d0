import type { QueryFilter } from 'mongoose';
import { ServiceError } from '../errors.ts';
import type { RoomSummary } from './events.ts';
import type { RoomAccess, RoomStatus } from './room.ts';
import type { RoomDocument } from './room-documents.ts';

/** What to list. `access` undefined lists all, which is for administrators. */
export type RoomListRequest = Readonly<{
  status: RoomStatus;
  access: RoomAccess | undefined;
  language: string | undefined;
  topic: string | undefined;
  /** Stands anywhere in the title or the topic, whatever its case. */
  q: string | undefined;
  hasSeats: boolean | undefined;
  cursor: string | undefined;
  limit: number;
}>;

type Filter = QueryFilter<RoomDocument>;

export function listFilter(request: RoomListRequest): Filter {
  const conditions: Filter[] = [{ status: request.status }];
  if (request.access !== undefined) conditions.push({ access: request.access });
  if (request.language !== undefined) conditions.push({ language: request.language });
  if (request.topic !== undefined) conditions.push({ topic: request.topic });
  if (request.hasSeats !== undefined) conditions.push({ hasSeats: request.hasSeats });
  if (request.q !== undefined) {
    const text = new RegExp(RegExp.escape(request.q), 'i');
    conditions.push({ $or: [{ title: text }, { topic: text }] });
  }
  if (request.cursor !== undefined) conditions.push(olderThan(request.cursor));
  return { $and: conditions };
}

/** A page ends at its last room, so the next begins with what is older: true at any depth, for one index step. */
function olderThan(cursor: string): Filter {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split('/');
  const createdAt = new Date(Number(time));
  if (id === '' || Number.isNaN(createdAt.getTime())) {
    throw new ServiceError('INVALID_REQUEST', 'This cursor is not one of ours.', {
      fields: [{ path: 'query.cursor', message: 'take it from the `next` of an earlier answer' }],
    });
  }
  return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: id } }] };
}

/** Opaque to clients: the creation time (ms) and id of the page's last room. */
export function nextCursor(page: readonly RoomSummary[]): string | null {
  const last = page.at(-1);
  return last ? Buffer.from(`${last.createdAt.getTime()}/${last.id}`).toString('base64url') : null;
}
