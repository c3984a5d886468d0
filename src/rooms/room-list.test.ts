import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aRoom, noon } from '../../test/support/a-room.ts';
import { summarise } from './events.ts';
import { listKeyOf } from './room-documents.ts';
import { listFilter, nextCursor, type RoomListRequest } from './room-list.ts';

const everything: RoomListRequest = {
  status: 'LIVE',
  access: undefined,
  language: undefined,
  topic: undefined,
  q: undefined,
  hasSeats: undefined,
  cursor: undefined,
  limit: 20,
};
const filter = (more: Partial<RoomListRequest>) => listFilter({ ...everything, ...more });
const summary = (id: string, createdAt = noon) => summarise(aRoom({ id, createdAt }));
const cursorOf = (text: string) => Buffer.from(text).toString('base64url');

const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w-]{1,100}$/));
const moment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') });

describe('listFilter', () => {
  it('asks for the status alone when nothing else is asked', () => {
    expect(filter({ status: 'ENDED' })).toEqual({ status: 'ENDED' });
  });

  it('asks for everything that is asked, at once', () => {
    const asked = { access: 'public', language: 'vi', topic: 'verbs', hasSeats: true } as const;
    expect(filter(asked)).toEqual({ status: 'LIVE', ...asked });
  });

  it('asks for full rooms when told hasSeats=false, which is not the same as not told', () => {
    expect(filter({ hasSeats: false })).toEqual({ status: 'LIVE', hasSeats: false });
  });

  it('takes the searched text as it is, whatever its case', () => {
    const found = (q: string, title: string): boolean => {
      const {
        $or: [by],
      } = filter({ q }) as { $or: [{ title: RegExp }] };
      return by.title.test(title);
    };
    expect(found('MORNING', 'Good morning, all')).toBe(true);
    expect(found('a.c', 'abc')).toBe(false);
    expect(found('.*', 'anything')).toBe(false);
    expect(found('(', 'what (ever')).toBe(true);
  });

  it('searches title and topic', () => {
    const { $or } = filter({ q: 'verbs' }) as { $or: [{ title: RegExp }, { topic: RegExp }] };
    expect($or.map((by) => Object.keys(by))).toEqual([['title'], ['topic']]);
    expect($or[1].topic.test('Irregular VERBS')).toBe(true);
  });
});

describe('a cursor', () => {
  it('is not given for an empty page', () => {
    expect(nextCursor([])).toBeNull();
  });

  it('leads to the rooms after the last of the page, and to those only', () => {
    const page = [summary('first'), summary('last')];
    expect(filter({ cursor: nextCursor(page) ?? '' })).toEqual({
      status: 'LIVE',
      listKey: { $lt: listKeyOf(summary('last')) },
    });
  });

  it('comes back as it went out, for any room', () => {
    fc.assert(
      fc.property(id, moment, (roomId, createdAt) => {
        const last = summary(roomId, createdAt);
        expect(filter({ cursor: nextCursor([last]) ?? '' })['listKey']).toEqual({ $lt: listKeyOf(last) });
      }),
    );
  });

  it('stands on a key that sorts as rooms are listed: by creation, then by id', () => {
    fc.assert(
      fc.property(id, moment, id, moment, (anId, at, otherId, otherAt) => {
        const [a, b] = [listKeyOf(summary(anId, at)), listKeyOf(summary(otherId, otherAt))];
        if (at.getTime() !== otherAt.getTime()) expect(a < b).toBe(at < otherAt);
        else expect(a < b).toBe(anId < otherId);
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['not base64', '%%%'],
    ['without a time', cursorOf('/a-room')],
    ['without a room', cursorOf('2026-01-01T12:00:00.000Z/')],
    ['with a time in another form', cursorOf('1767268800000/a-room')],
    ['with more parts than two', cursorOf('2026-01-01T12:00:00.000Z/a-room/more')],
    ['with a second line', cursorOf('2026-01-01T12:00:00.000Z/a-room\n2026')],
    ['with an operator as its room', cursorOf('2026-01-01T12:00:00.000Z/{"$gt":""}')],
    ['of another service', cursorOf('{"page":2}')],
  ])('that is not ours is refused, with the field that it came in: %s', (_what, cursor) => {
    expect(() => filter({ cursor })).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        fields: [expect.objectContaining({ path: 'cursor' })],
      }),
    );
  });

  it('of any text at all is taken as a text to compare with, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string().map(cursorOf)), (cursor) => {
        try {
          expect(filter({ cursor })).toEqual({ status: 'LIVE', listKey: { $lt: expect.any(String) } });
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
        }
      }),
    );
  });
});
