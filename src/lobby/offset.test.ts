import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Offset, readOffset, writeOffset } from './offset.ts';

const roomId = fc.oneof(fc.uuid(), fc.stringMatching(/^[\w-]{1,100}$/));
const offsets: fc.Arbitrary<Offset> = fc.oneof(
  fc.record({
    in: fc.constant('room' as const),
    roomId,
    seq: fc.nat(),
  }),
  fc.record({
    in: fc.constant('lobby' as const),
    at: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
    last: fc.option(
      fc.record({
        roomId,
        seq: fc.nat(),
        heard: fc.array(fc.stringMatching(/^[\w-]{6}$/), { maxLength: 16 }),
      }),
      { nil: null },
    ),
  }),
);

describe('an offset', () => {
  it('comes back as it went out', () => {
    fc.assert(fc.property(offsets, (offset) => expect(readOffset(writeOffset(offset))).toEqual(offset)));
  });

  it('of the lobby says when, and which change of the list was told last, if there was one', () => {
    const at = new Date(1_767_268_800_000);
    expect(writeOffset({ in: 'lobby', at, last: null })).toBe('lobby/1767268800000');
    expect(
      writeOffset({ in: 'lobby', at, last: { roomId: 'a-room', seq: 7, heard: ['abcdef', 'ghijkl'] } }),
    ).toBe('lobby/1767268800000/a-room/7/abcdefghijkl');
  });

  it.each<[what: string, sent: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no text', 7],
    ['a list of one', ['room/a-room/1']],
    ['an object that turns into one', { toString: () => 'room/a-room/1' }],
    ['an empty text', ''],
    ["Redis' own", '1691234567890-0'],
    ['a room without a place', 'room/a-room'],
    ['a room without an id', 'room//1'],
    ['a room whose id is none', 'room/../1'],
    ['a room whose id is an operator', 'room/{"$gt":""}/1'],
    ['a room whose id is too long', `room/${'a'.repeat(101)}/1`],
    ['a place before the first', 'room/a-room/-1'],
    ['a place between two', 'room/a-room/1.5'],
    ['a place in another notation', 'room/a-room/1e3'],
    ['a place too large for a number', 'room/a-room/9007199254740993'],
    ['a place that is none', 'room/a-room/NaN'],
    ['more parts than there are', 'room/a-room/1/2'],
    ['a second line', 'room/a-room/1\nroom/b-room/1'],
    ['a line end', 'room/a-room/1\n'],
    ['a blank before it', ' room/a-room/1'],
    ['a lobby without a time', 'lobby/'],
    ['a lobby of a time that is too large for one', `lobby/${'9'.repeat(17)}`],
    ['a lobby of a time in words', 'lobby/yesterday'],
    ['a lobby whose last change has no place', 'lobby/1/a-room'],
    ['a lobby whose last change is of no room', 'lobby/1//7'],
    ['a lobby whose last change is of a room whose id is none', 'lobby/1/{"$gt":""}/7'],
    ['a lobby whose last change is of a room whose id is too long', `lobby/1/${'a'.repeat(101)}/7`],
    ['a lobby whose last change is before the first', 'lobby/1/a-room/-1'],
    ['a lobby whose last change is too large for a number', 'lobby/1/a-room/9007199254740993'],
    ['a lobby of more parts than there are', 'lobby/1/a-room/7/abcdef/8'],
    ['a lobby with a line end', 'lobby/1/a-room/7\n'],
    ['another place', 'elsewhere/a-room/1'],
    ['another case', 'ROOM/a-room/1'],
  ])('that is none of ours is none: %s', (_what, sent) => {
    expect(readOffset(sent)).toBeNull();
  });

  it('of any text at all is none, or one whose parts are what they say', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `room/${text}`),
          fc.string().map((text) => `lobby/${text}`),
          fc.string().map((text) => `lobby/1767268800000/${text}`),
        ),
        (text) => {
          const offset = readOffset(text);
          if (offset?.in === 'room')
            expect([offset.roomId, Number.isSafeInteger(offset.seq)]).toEqual([
              expect.stringMatching(/^[\w-]{1,100}$/),
              true,
            ]);
          if (offset?.in !== 'lobby') return;
          expect(offset.at.getTime()).not.toBeNaN();
          if (offset.last)
            expect([offset.last.roomId, Number.isSafeInteger(offset.last.seq)]).toEqual([
              expect.stringMatching(/^[\w-]{1,100}$/),
              true,
            ]);
        },
      ),
    );
  });
});
