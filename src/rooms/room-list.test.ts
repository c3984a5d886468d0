import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aRoom, noon } from '../../test/support/a-room.ts';
import { summarise } from './events.ts';
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

describe('listFilter', () => {
  it('asks for the status alone when nothing else is asked', () => {
    expect(filter({ status: 'ENDED' })).toEqual({ $and: [{ status: 'ENDED' }] });
  });

  it('asks for everything that is asked, at once', () => {
    const asked = { access: 'public', language: 'vi', topic: 'verbs', hasSeats: true } as const;
    expect(filter(asked)).toEqual({
      $and: [
        { status: 'LIVE' },
        { access: 'public' },
        { language: 'vi' },
        { topic: 'verbs' },
        { hasSeats: true },
      ],
    });
  });

  it('asks for full rooms when told hasSeats=false, which is not the same as not told', () => {
    expect(filter({ hasSeats: false })).toEqual({ $and: [{ status: 'LIVE' }, { hasSeats: false }] });
  });

  it('takes the searched text as it is, whatever its case', () => {
    const found = (q: string, title: string): boolean => {
      const [, condition] = filter({ q }).$and ?? [];
      const [{ title: pattern }] = (condition as { $or: [{ title: RegExp }] }).$or;
      return pattern.test(title);
    };
    expect(found('MORNING', 'Good morning, all')).toBe(true);
    expect(found('a.c', 'abc')).toBe(false);
    expect(found('.*', 'anything')).toBe(false);
    expect(found('(', 'what (ever')).toBe(true);
  });

  it('searches title and topic', () => {
    const text = /verbs/i;
    expect(filter({ q: 'verbs' }).$and?.[1]).toEqual({ $or: [{ title: text }, { topic: text }] });
  });
});

describe('a cursor', () => {
  it('leads from the last room of a page to those older than it, and to the later ids of its moment', () => {
    const cursor = nextCursor([summary('first'), summary('last')]) ?? '';
    expect(filter({ cursor }).$and?.[1]).toEqual({
      $or: [{ createdAt: { $lt: noon } }, { createdAt: noon, _id: { $lt: 'last' } }],
    });
  });

  it('is not given for an empty page', () => {
    expect(nextCursor([])).toBeNull();
  });

  it('comes back as it went out, for any room', () => {
    const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w-]{1,100}$/));
    fc.assert(
      fc.property(id, fc.date({ noInvalidDate: true, min: new Date(0) }), (roomId, createdAt) => {
        const cursor = nextCursor([summary(roomId, createdAt)]) ?? '';
        expect(filter({ cursor }).$and?.[1]).toEqual({
          $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: roomId } }],
        });
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['not base64', '%%%'],
    ['without a time', cursorOf('/a-room')],
    ['without a room', cursorOf('1767268800000/')],
    ['with a time that is no number', cursorOf('noon/a-room')],
    ['with a time that is no date', cursorOf('9e99/a-room')],
    ['with an infinite time', cursorOf('Infinity/a-room')],
    ['with a negative time', cursorOf('-1/a-room')],
    ['with a time written in another way', cursorOf('0x10/a-room')],
    ['with a fraction', cursorOf('1.5/a-room')],
    ['with a time after the end of time', cursorOf('8640000000000001/a-room')],
    ['with more parts than two', cursorOf('1767268800000/a-room/more')],
    ['with an operator as its room', cursorOf('1767268800000/{"$gt":""}')],
    ['of another service', cursorOf('{"page":2}')],
  ])('that is not ours is refused, with the field that it came in: %s', (_what, cursor) => {
    expect(() => filter({ cursor })).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        fields: [expect.objectContaining({ path: 'query.cursor' })],
      }),
    );
  });

  it('of any text at all is taken or refused, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string().map(cursorOf)), (cursor) => {
        try {
          filter({ cursor });
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
        }
      }),
    );
  });
});
