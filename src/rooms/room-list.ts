import type { QueryFilter } from 'mongoose';
import { readCursor, writeCursor } from '../cursor.ts';
import type { RoomSummary } from './events.ts';
import type { RoomAccess, RoomStatus } from './room.ts';
import { listKeyOf, type RoomDocument } from './room-documents.ts';

/** What to list. `access` undefined lists all, which is for administrators. */
export type RoomListRequest = Readonly<{
  status: RoomStatus;
  access?: RoomAccess | undefined;
  language?: string | undefined;
  topic?: string | undefined;
  /** Stands anywhere in the title or the topic, whatever its case. */
  q?: string | undefined;
  hasSeats?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
}>;

type Filter = QueryFilter<RoomDocument>;

/** A flat filter on indexed fields; only a text to look for reads documents (those that the rest left). */
export function listFilter(request: RoomListRequest): Filter {
  const filter: Filter = { status: request.status };
  if (request.access !== undefined) filter['access'] = request.access;
  if (request.language !== undefined) filter['language'] = request.language;
  if (request.topic !== undefined) filter['topic'] = request.topic;
  if (request.hasSeats !== undefined) filter['hasSeats'] = request.hasSeats;
  if (request.cursor !== undefined) filter['listKey'] = { $lt: readCursor(request.cursor, LIST_KEY) };
  if (request.q !== undefined) {
    const text = new RegExp(RegExp.escape(request.q), 'i');
    filter['$or'] = [{ title: text }, { topic: text }];
  }
  return filter;
}

const LIST_KEY = /^\d{4}-\d\d-\d\dT[\d:.]+Z\/[\w-]+$/;

/** Opaque to clients: the key of the page's last room, after which the next page begins. */
export function nextCursor(page: readonly RoomSummary[]): string | null {
  const last = page.at(-1);
  return last ? writeCursor(listKeyOf(last)) : null;
}
