import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { listFilter } from '../../src/rooms/room-list.ts';
import { newRoomInput } from '../support/a-room.ts';
import { ownDatabase, person, roomsOn } from './support.ts';

type Plan = {
  stage?: string;
  indexName?: string;
  inputStage?: Plan;
  inputStages?: Plan[];
  [name: string]: unknown;
};

/** Every stage of a winning plan, from the top. */
const stagesOf = (plan: Plan): Plan[] => [
  plan,
  ...(plan.inputStage ? stagesOf(plan.inputStage) : []),
  ...(plan.inputStages ?? []).flatMap(stagesOf),
];

describe('the indexes', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let connection: Connection;
  beforeAll(async () => {
    database = await ownDatabase();
    connection = database.connection;
    await using instance = roomsOn(connection);
    for (let index = 0; index < 30; index += 1)
      await instance.rooms.create(person(), { ...newRoomInput, language: index % 2 ? 'vi' : 'en' });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  it('are those of the migrations', async () => {
    const names = async (collection: string) =>
      (await connection.collection(collection).indexes()).map(
        ({ key, unique }) => `${Object.keys(key).join(' ')}${unique ? ' unique' : ''}`,
      );
    expect(await names('rooms')).toEqual(
      expect.arrayContaining([
        'access status listKey',
        'access status language listKey',
        'lapseAt',
        'outbox.at',
        'doors',
      ]),
    );
    expect(await names('participants')).toEqual(
      expect.arrayContaining(['roomId userId unique', 'roomId lastSeq']),
    );
    expect(await names('chat_messages')).toContain('roomId seq unique');
    expect(await names('room_events')).toEqual(expect.arrayContaining(['roomId seq unique', 'at']));
  });

  const none = {
    limit: 20,
    cursor: undefined,
    q: undefined,
    language: undefined,
    topic: undefined,
    hasSeats: undefined,
  } as const;
  const list = (more: object) => listFilter({ ...none, status: 'LIVE', access: 'public', ...more });
  const cursor = Buffer.from(`${new Date().toISOString()}/x`).toString('base64url');
  const queries: [string, string, () => object, Record<string, 1 | -1>][] = [
    ['discovery', 'rooms', () => list({}), { listKey: -1 }],
    ['discovery by language', 'rooms', () => list({ language: 'vi' }), { listKey: -1 }],
    ['discovery of free seats', 'rooms', () => list({ hasSeats: true }), { listKey: -1 }],
    ['a further page', 'rooms', () => list({ cursor }), { listKey: -1 }],
    ["an administrator's list", 'rooms', () => list({ access: undefined }), { listKey: -1 }],
    ['the sweep of lapsed seats', 'rooms', () => ({ lapseAt: { $lte: new Date() } }), { lapseAt: 1 }],
    ['the sweep of the outbox', 'rooms', () => ({ 'outbox.at': { $lt: new Date() } }), {}],
    ['the rooms behind a door', 'rooms', () => ({ doors: 'a-door' }), {}],
    ["a participant's record", 'participants', () => ({ roomId: 'x', userId: 'y' }), {}],
    ['who was in a room', 'participants', () => ({ roomId: 'x', lastSeq: { $lt: 9 } }), { lastSeq: -1 }],
    ["a room's history", 'room_events', () => ({ roomId: 'x', seq: { $gt: 1 } }), { seq: 1 }],
    ["a room's chat", 'chat_messages', () => ({ roomId: 'x', seq: { $lt: 9 } }), { seq: -1 }],
  ];

  it.each(queries)('serve %s without looking at every document', async (_name, collection, filter, sort) => {
    const explained = await connection
      .collection(collection)
      .find(filter())
      .sort(sort)
      .limit(20)
      .explain('queryPlanner');
    const { winningPlan } = (explained as unknown as { queryPlanner: { winningPlan: Plan } }).queryPlanner;
    const stages = stagesOf(winningPlan).map(({ stage }) => stage);
    expect(stages).toContain('IXSCAN');
    expect(stages).not.toContain('COLLSCAN');
  });
});
