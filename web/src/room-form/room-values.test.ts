import { describe, expect, it } from '@jest/globals';
import {
  changesOf,
  draftOf,
  newRoomOf,
  type RoomValues,
  refusedFields,
  valuesOf,
  wrongIn,
} from './room-values.ts';

const room: RoomValues = {
  title: 'Morning practice',
  topic: 'Travel',
  language: 'vi',
  maxParticipants: 8,
  access: 'private',
  invited: ['one', 'two'],
  e2ee: true,
};

describe('what a host says of their room', () => {
  it('is the same after it was typed', () => {
    expect(valuesOf(draftOf(room))).toEqual(room);
  });

  it('begins as a public room of six seats', () => {
    expect(valuesOf(draftOf({ language: 'vi' }))).toEqual({
      title: '',
      topic: null,
      language: 'vi',
      maxParticipants: 6,
      access: 'public',
      invited: [],
      e2ee: false,
    });
  });

  it('invites each once, however the ids are put apart, and nobody into a public room', () => {
    const draft = { ...draftOf(room), invited: ' one \n\ntwo, three;one\r\n' };
    expect(valuesOf(draft).invited).toEqual(['one', 'two', 'three']);
    expect(valuesOf({ ...draft, access: 'public' }).invited).toEqual([]);
  });

  it('needs a title, and seats that there can be', () => {
    const wrong = (more: object) => wrongIn(valuesOf({ ...draftOf(room), ...more }));
    expect(wrong({})).toEqual([]);
    expect(wrong({ title: '  ', seats: '' })).toEqual(['title', 'seats']);
    for (const seats of ['1', '101', '2.5', 'many', '-3']) expect(wrong({ seats })).toEqual(['seats']);
    for (const seats of ['2', '100']) expect(wrong({ seats })).toEqual([]);
  });
});

describe('what is sent', () => {
  it('leaves out what a new room does not have', () => {
    expect(newRoomOf({ ...room, topic: null, language: null })).toEqual({
      title: 'Morning practice',
      maxParticipants: 8,
      access: 'private',
      invited: ['one', 'two'],
      e2ee: true,
    });
  });

  it('is only what changed', () => {
    expect(changesOf(room, room)).toBeNull();
    expect(changesOf(room, { ...room, title: 'Evening practice', topic: null })).toEqual({
      title: 'Evening practice',
      topic: null,
    });
    expect(changesOf(room, { ...room, language: null, maxParticipants: 9, invited: ['one'] })).toEqual({
      language: null,
      maxParticipants: 9,
      invited: ['one'],
    });
  });
});

describe('what the service refuses', () => {
  it('is shown at its fields', () => {
    const at = (...paths: string[]) => refusedFields(paths.map((path) => ({ path, message: 'is wrong' })));
    expect(at('body.title', 'body.maxParticipants')).toEqual(['title', 'seats']);
    expect(at('body.invited.3', 'body.invited.7')).toEqual(['invited']);
    expect(at('body', 'query.limit', 'body.other')).toEqual([]);
  });
});
