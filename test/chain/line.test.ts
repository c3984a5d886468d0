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
  await world.settled(120_000);

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

  // Nobody was taken before one who stood in the line already, further to the front. What is in the line is read before
  // it is signed for: those that came in that moment do not count.
  const MOMENT = 1_000;
  const overtaken = forwards.filter((one) =>
    forwards.some(
      (other) =>
        other.position > one.position &&
        other.takenAt < one.takenAt &&
        one.queuedAt.getTime() + MOMENT < other.takenAt.getTime(),
    ),
  );
  // Those taken side by side by the four wallets are taken in any order.
  for (const one of overtaken) {
    const between = forwards.filter(
      (other) =>
        other.position > one.position && other.takenAt < one.takenAt && other.queuedAt < other.takenAt,
    );
    expect(between.length).toBeLessThan(4);
  }
}, 240_000);
