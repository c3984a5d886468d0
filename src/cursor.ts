import { ServiceError } from './errors.ts';

/** What a cursor stands for, opaque to clients. */
export const writeCursor = (place: string): string => Buffer.from(place).toString('base64url');

/** @throws INVALID_REQUEST when it stands for nothing of this form */
export function readCursor(cursor: string, form: RegExp): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  if (form.test(place)) return place;
  throw new ServiceError('INVALID_REQUEST', 'This cursor is not one of ours.', {
    fields: [{ path: 'cursor', message: 'take it from the `next` of an earlier answer' }],
  });
}
