import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Interface } from 'ethers';
import mongoose from 'mongoose';
import { ABI } from '../../src/chain/contract.ts';
import { eventually } from '../support/eventually.ts';
import { anOfferToSend } from '../support/sdp.ts';
import { type ChainWorld, keyOf, openChainWorld } from './world.ts';

/** 200 joins on 4 wallets of the pool. */

const JOINS = 200;
const SENDERS = 20;

let world: ChainWorld;
beforeAll(async () => {
  world = await openChainWorld({ wallets: 4 });
});
afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

type Row = {
  _id: string;
  position: string;
  state: string;
  relayer: string;
  nonce: number;
  transactions: unknown[];
  queuedAt: Date;
  takenAt: Date;
  minedAt: Date;
};

async function rows(): Promise<Row[]> {
  const connection = await mongoose.createConnection(world.databaseUrl).asPromise();
  const found = await connection.collection('chain_forwards').find({}).toArray();
  await connection.close();
  return found as unknown as Row[];
}

it('are each answered once, first in first out, with never two open transactions of one wallet', async () => {
  const join = new Interface([...ABI, 'function joinRoom(bytes32, string, string[])']);
  const senders = Array.from({ length: SENDERS }, () => world.anvil.wallet());
  await Promise.all(
    senders.map(async (sender) => {
      for (let count = 0; count < JOINS / SENDERS; count += 1) {
        const call = [keyOf(randomUUID()), anOfferToSend(), ['microphone']];
        const data = join.encodeFunctionData('joinRoom', call);
        await sender.sendTransaction({ to: world.anvil.contract, data, nonce: count });
      }
    }),
  );
  await eventually(async () => expect(await world.joins()).toHaveLength(JOINS), 30_000);
  // A log that nobody reads says no more after a while.
  const reading = setInterval(() => world.service.lines(), 100);
  await world.settled(120_000).finally(() => clearInterval(reading));

  const forwards = await eventually(async () => {
    const all = await rows();
    expect(all.every(({ state }) => state === 'DONE')).toBe(true);
    return all;
  });
  expect(forwards).toHaveLength(JOINS);
  expect(new Set(forwards.map(({ relayer }) => relayer)).size).toBe(4);

  for (const of of Map.groupBy(forwards, ({ relayer }) => relayer).values()) {
    const inOrder = of.toSorted((a, b) => a.nonce - b.nonce);
    expect(inOrder.map(({ nonce }) => nonce)).toEqual(inOrder.map((_, index) => index));
    for (const [index, { takenAt }] of inOrder.entries()) {
      const former = inOrder[index - 1];
      if (former) expect(takenAt.getTime()).toBeGreaterThanOrEqual(former.minedAt.getTime());
    }
  }

  // Nobody had their turn before one who stood in the line already, further to the front. The line is read before one is
  // taken from it: who came in that moment does not count.
  const MOMENT = 1_000;
  const turns = new Map<string, number>();
  for (const { event, eventId, time } of world.service.lines())
    if (event === 'chain.forward.next' && !turns.has(String(eventId)))
      turns.set(String(eventId), Date.parse(String(time)));
  const turnOf = ({ _id }: Row): number => turns.get(_id) ?? Number.NaN;
  const overtaken = forwards.filter((one) =>
    forwards.some(
      (other) =>
        other.position > one.position &&
        turnOf(other) < turnOf(one) &&
        one.queuedAt.getTime() + MOMENT < turnOf(other),
    ),
  );
  expect([...turns.keys()]).toHaveLength(JOINS);
  expect(overtaken.map(({ position }) => position)).toEqual([]);
}, 240_000);
