import { expect, it } from '@jest/globals';
import { aRoom, aSeat } from '../../../test/support/a-room.ts';
import { createBook } from './book.ts';
import { idOf, type UserConnection } from './connection.ts';
import { sweep } from './sweep.ts';

const connection = (cid: number, serverId = 'NA'): UserConnection => ({
  serverId,
  cid,
  roomId: 'a-room',
  userId: 'host',
});

/** @param has what a server says when it is asked after one that it did not list */
async function swept(given: {
  counted?: UserConnection[];
  heard?: UserConnection[];
  listed?: UserConnection[];
  has?: () => Promise<boolean | null>;
  isShut?: boolean;
  during?: (book: ReturnType<typeof createBook>) => void;
}) {
  const changed: string[] = [];
  const uncounted: string[] = [];
  const book = createBook({ onChange: (one) => changed.push(`${idOf(one)} ${book.isOpen(one)}`) });
  for (const one of given.heard ?? []) book.came(one);
  changed.length = 0;
  const connections = (given.counted ?? []).map((one) => `nats:${idOf(one)}`);
  const room = aRoom({ seats: [aSeat('host', { connections: ['livekit:PA_1', ...connections] })] });
  await sweep({
    servers: {
      async list() {
        given.during?.(book);
        return given.listed ?? [];
      },
      has: given.has ?? (async () => false),
    },
    book,
    rooms: { roomsWithDoor: async () => ['a-room'], get: async () => room },
    isShut: () => given.isShut ?? false,
    onUncounted: (one) => uncounted.push(idOf(one)),
  });
  return { changed, uncounted, standing: book.all().map(idOf) };
}

it('counts out what no server has, heard of or only counted', async () => {
  const { changed, standing } = await swept({ counted: [connection(1)], heard: [connection(2)] });
  expect(changed.toSorted()).toEqual(['NA.1 false', 'NA.2 false']);
  expect(standing).toEqual([]);
});

it('leaves one that its server has after all, and one whose server says nothing', async () => {
  for (const has of [async () => true, () => Promise.reject(new Error('timeout'))])
    expect((await swept({ counted: [connection(1)], has })).changed).toEqual([]);
});

it('counts out what was at a server that is no more, without asking after each', async () => {
  let asked = 0;
  const has = async () => {
    asked += 1;
    return null;
  };
  const counted = Array.from({ length: 200 }, (_, cid) => connection(cid));
  expect((await swept({ counted, has })).changed).toHaveLength(200);
  expect(asked).toBeLessThan(50);
});

it('does not ask a server that said goodbye', async () => {
  const has = () => Promise.reject(new Error('asked'));
  expect((await swept({ counted: [connection(1)], has, isShut: true })).changed).toEqual(['NA.1 false']);
});

it('counts in what stands and is not counted', async () => {
  const { changed, uncounted } = await swept({ listed: [connection(1)] });
  expect([changed, uncounted]).toEqual([['NA.1 true'], ['NA.1']]);
});

it('does not bring back one that went while the servers were asked', async () => {
  const { standing } = await swept({
    heard: [connection(1)],
    listed: [connection(1)],
    during: (book) => book.went(connection(1)),
  });
  expect(standing).toEqual([]);
});

it('leaves alone one that came while the servers were asked', async () => {
  const { standing } = await swept({ during: (book) => book.came(connection(1)) });
  expect(standing).toEqual(['NA.1']);
});
