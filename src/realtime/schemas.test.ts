import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import * as schema from './schemas.ts';

/** Paths of what is wrong; none when all is right. */
const faults = (type: z.ZodType, value: unknown): string[] =>
  type.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a new room', () => {
  const room = (more: Record<string, unknown> = {}) => ({ title: 'Morning practice', ...more });

  it('needs a title only, and has the defaults of the specification', () => {
    expect(schema.newRoom.parse(room())).toEqual({
      title: 'Morning practice',
      maxParticipants: 6,
      access: 'public',
      invited: [],
      e2ee: false,
    });
  });

  it.each<[string, unknown]>([
    ['title', undefined],
    ['title', ''],
    ['title', '   '],
    ['title', 'a'.repeat(256)],
    ['title', 42],
    ['topic', ''],
    ['topic', 'a'.repeat(256)],
    ['topic', null],
    ['maxParticipants', 1],
    ['maxParticipants', 101],
    ['maxParticipants', 6.5],
    ['maxParticipants', '6'],
    ['access', 'secret'],
    ['invited', 'alice'],
    ['invited', Array.from({ length: 1_001 }, (_, index) => `user-${index}`)],
    ['e2ee', 'true'],
    ['language', 'x'],
    ['language', 'not a language'],
    ['language', 'en_US'],
    ['language', 'a'.repeat(36)],
  ])('is refused with %s = %.30j, by that path', (name, value) => {
    expect(faults(schema.newRoom, room({ [name]: value }))).toEqual([name]);
  });

  it('is refused with an empty or endless id among those invited, by its place', () => {
    expect(faults(schema.newRoom, room({ invited: ['ok', '', 'a'.repeat(256)] }))).toEqual([
      'invited.1',
      'invited.2',
    ]);
  });

  it.each(['id', 'status', 'hostId', 'kicked', 'version', 'seats'])('may not set %s', (name) => {
    expect(faults(schema.newRoom, room({ [name]: 'x' }))).not.toEqual([]);
  });

  it('takes the ends of every range', () => {
    const edges = [
      { title: 'a' },
      { title: 'a'.repeat(255) },
      { topic: 'a'.repeat(255) },
      { maxParticipants: 2 },
      { maxParticipants: 100 },
      { invited: Array.from({ length: 1_000 }, (_, index) => `user-${index}`) },
    ];
    for (const edge of edges) expect(faults(schema.newRoom, room(edge))).toEqual([]);
  });

  it('trims what is written, and measures it then', () => {
    expect(schema.newRoom.parse(room({ title: ` ${'a'.repeat(255)} ` })).title).toHaveLength(255);
  });

  it.each([
    ['VI', 'vi'],
    ['pt-br', 'pt-BR'],
    ['zh-hans-cn', 'zh-Hans-CN'],
    ['iw', 'he'],
    ['sr-latn', 'sr-Latn'],
  ])('has its language in canonical spelling: %s is %s', (written, canonical) => {
    expect(schema.newRoom.parse(room({ language: written })).language).toBe(canonical);
  });
});

describe('the filters of a list', () => {
  it('have their defaults: LIVE rooms, twenty at a time', () => {
    expect(schema.roomQuery.parse({})).toEqual({ status: 'LIVE', limit: 20 });
  });

  it('come as text and mean what they say', () => {
    expect(
      schema.roomQuery.parse({ hasSeats: 'false', limit: '100', language: 'PT-br', q: ' a ' }),
    ).toMatchObject({
      hasSeats: false,
      limit: 100,
      language: 'pt-BR',
      q: 'a',
    });
  });

  it.each<[string, unknown]>([
    ['status', 'live'],
    ['hasSeats', '1'],
    ['hasSeats', ''],
    ['limit', '0'],
    ['limit', '101'],
    ['limit', '1.5'],
    ['limit', 'many'],
    ['q', ' '],
    ['q', 'a'.repeat(101)],
    ['q', ['a', 'b']],
    ['topic', ['a', 'b']],
    ['cursor', 'a'.repeat(201)],
    ['language', 'english please'],
  ])('are refused with %s = %.30j, by that path', (name, value) => {
    expect(faults(schema.roomQuery, { [name]: value })).toEqual([name]);
  });

  it('do not take the access from anybody but an administrator', () => {
    expect(schema.roomQuery.parse({ access: 'private' })).not.toHaveProperty('access');
    expect(schema.adminRoomQuery.parse({ access: 'private' })).toMatchObject({ access: 'private' });
  });
});

describe('the id of a room', () => {
  it.each(['0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f', 'contract_7', 'a'])('may be %j', (roomId) => {
    expect(faults(schema.roomParams, { roomId })).toEqual([]);
  });

  it.each(['', '../x', 'a b', 'a/b', '$ne', 'a'.repeat(101), 'ünï', 'a\n', 'a%00'])(
    'may not be %.20j',
    (roomId) => {
      expect(faults(schema.roomParams, { roomId })).toEqual(['roomId']);
    },
  );
});

describe("a request in LiveKit's token endpoint contract", () => {
  it('may be empty, and may hold what the contract gains later', () => {
    expect(schema.tokenRequest.parse({})).toEqual({});
    expect(faults(schema.tokenRequest, { a_new_field: true })).toEqual([]);
  });

  it('must name its room where the address does not', () => {
    expect(faults(schema.roomTokenRequest, {})).toEqual(['room_name']);
    expect(faults(schema.roomTokenRequest, { room_name: '' })).toEqual(['room_name']);
    expect(faults(schema.roomTokenRequest, { room_name: 'a-room' })).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['its own room configuration', { room_config: {} }, 'room_config'],
    ['a room configuration of nothing', { room_config: null }, 'room_config'],
    ['the role', { participant_attributes: { role: 'HOST' } }, 'participant_attributes.role'],
    ['the trace', { participant_attributes: { traceparent: 'x' } }, 'participant_attributes.traceparent'],
    ['an attribute that is no text', { participant_attributes: { a: 1 } }, 'participant_attributes.a'],
    ['an attribute without a name', { participant_attributes: { '': 'x' } }, 'participant_attributes.'],
    [
      'an endless attribute',
      { participant_attributes: { a: 'x'.repeat(1_025) } },
      'participant_attributes.a',
    ],
    ['endless metadata', { participant_metadata: 'x'.repeat(4_097) }, 'participant_metadata'],
    ['an endless name', { participant_name: 'x'.repeat(256) }, 'participant_name'],
    ['an identity that is no text', { participant_identity: { $ne: '' } }, 'participant_identity'],
  ])('may not set %s', (_what, body, path) => {
    expect(faults(schema.tokenRequest, body)).toEqual([path]);
    expect(faults(schema.roomTokenRequest, { room_name: 'a-room', ...(body as object) })).toEqual([path]);
  });

  it('may set sixteen attributes, and not one more', () => {
    const attributes = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));
    expect(faults(schema.tokenRequest, { participant_attributes: attributes(16) })).toEqual([]);
    expect(faults(schema.tokenRequest, { participant_attributes: attributes(17) })).toEqual([
      'participant_attributes',
    ]);
  });

  it('cannot reach past its own fields by a name that JavaScript knows', () => {
    const body = JSON.parse('{"participant_attributes":{"__proto__":"x","constructor":"y"}}') as unknown;
    const parsed = schema.tokenRequest.safeParse(body).data?.participant_attributes ?? {};
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});
