import { expect, it } from '@jest/globals';
import { requestId } from './request-id.ts';

it('names a request by a UUID, the same at each try', () => {
  const id = requestId('sysJsWorker.room.user', '12 2026-01-01T00:00:00Z');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(requestId('sysJsWorker.room.user', '12 2026-01-01T00:00:00Z')).toBe(id);
});

it('names no two requests the same', () => {
  const ids = ['room.user', 'room.other', 'other.user'].flatMap((subject) =>
    ['1 t', '2 t', '1 u'].map((nonce) => requestId(subject, nonce)),
  );
  expect(new Set(ids).size).toBe(ids.length);
});
