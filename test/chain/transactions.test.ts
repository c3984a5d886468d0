import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Contract } from 'ethers';
import mongoose from 'mongoose';
import { devAccount } from '../../stack/chain/dev-chain.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type ChainForward, type ChainWorld, openChainWorld } from './world.ts';

/** Transactions of the pool that do not simply go through. */

let world: ChainWorld;
beforeAll(async () => {
  world = await openChainWorld({
    blockTime: 0,
    wallets: 1,
    settings: { CHAIN_CONFIRMATIONS: '0', CHAIN_REPLACE_AFTER: '2s', CHAIN_MAX_FEE_GWEI: '50' },
  });
});
afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

const relayer = (): string => world.anvil.relayers[0] as string;
type Owned = Readonly<{
  setRelayer(relayer: string, allowed: boolean, gas?: object): Promise<{ wait(): Promise<unknown> }>;
}>;
const owner = (): Owned => {
  const { contract, artifact, provider } = world.anvil;
  return new Contract(contract, artifact.abi, devAccount(0).connect(provider)) as unknown as Owned;
};
const setRelayer = async (allowed: boolean): Promise<void> => {
  await (await owner().setRelayer(relayer(), allowed)).wait();
};

async function setBalance(wei: bigint): Promise<void> {
  await world.anvil.rpc('anvil_setBalance', [relayer(), `0x${wei.toString(16)}`]);
}

const forwardOf = async (roomId: string): Promise<ChainForward | undefined> =>
  (await world.listForwards(`&roomId=${roomId}`))[0];

const expectForward = (roomId: string, expected: Record<string, unknown>, within = 20_000) =>
  eventually(async () => {
    const forward = await forwardOf(roomId);
    expect(forward).toMatchObject(expected);
    return forward as ChainForward;
  }, within);

it('one that is stuck is replaced at a higher fee until one of them is mined', async () => {
  const roomId = randomUUID();
  await world.join(world.anvil.wallet(), roomId);
  await world.settled();
  const other = randomUUID();
  const wallet = world.anvil.wallet();
  await world.anvil.setAutomine(false);
  await world.join(wallet, other);
  await world.anvil.mine();
  const stuck = await eventually(async () => {
    const forward = await forwardOf(other);
    expect(forward?.transactions.length).toBeGreaterThanOrEqual(3);
    return forward as ChainForward;
  }, 20_000);
  expect(stuck).toMatchObject({ state: 'OPEN', relayer: relayer().toLowerCase() });
  const known = await Promise.all(
    stuck.transactions.map(({ hash }) =>
      world.anvil.rpc<{ nonce: string; maxFeePerGas: string } | null>('eth_getTransactionByHash', [hash]),
    ),
  );
  // Each took the place of the one before it: the node has the last.
  expect(known.filter((one) => one !== null)).toHaveLength(1);
  await world.anvil.mine();
  await world.anvil.setAutomine(true);
  await expectForward(other, { state: 'DONE', nonce: stuck.nonce });
  await world.settled();
});

it('a wallet whose nonce is open is not handed out, and is when its receipt is there', async () => {
  await world.anvil.setAutomine(false);
  const rooms = [randomUUID(), randomUUID(), randomUUID()];
  for (const roomId of rooms) await world.join(world.anvil.wallet(), roomId);
  await world.anvil.mine();
  await eventually(async () => {
    expect((await world.listForwards('&state=OPEN')).length).toBe(1);
    expect((await world.listForwards('&state=QUEUED')).length).toBe(2);
  }, 20_000);
  await world.anvil.mine();
  await eventually(async () => {
    expect((await world.listForwards('&state=OPEN')).length).toBe(1);
    expect((await world.listForwards('&state=QUEUED')).length).toBe(1);
  }, 20_000);
  await world.anvil.setAutomine(true);
  await world.anvil.mine();
  await world.settled();
});

it('an answer that waited in the line is made anew before it is told: an SFU forgets who does not connect', async () => {
  const former = BigInt(await world.anvil.rpc<string>('eth_getBalance', [relayer(), 'latest']));
  await setBalance(0n);
  const roomId = randomUUID();
  const wallet = world.anvil.wallet();
  await world.join(wallet, roomId);
  await using connection = Object.assign(await mongoose.createConnection(world.databaseUrl).asPromise(), {
    [Symbol.asyncDispose]: () => connection.close(),
  });
  const firstAnswer = await eventually(async () => {
    const forward = await connection.collection('chain_forwards').findOne({ roomId, state: 'QUEUED' });
    if (!forward) throw new Error('not in the line');
    return forward['session'].id as string;
  });
  await sleep(8_000);
  await setBalance(former);
  await world.settled();
  const told = (await world.forwards()).find((one) => one.wallet === wallet.address.toLowerCase());
  const { sessionID, type } = JSON.parse(told?.text ?? '') as { sessionID: string; type: string };
  expect([type, sessionID.split('~')[0]]).toEqual(['join-room', firstAnswer.split('~')[0]]);
  expect(sessionID).not.toBe(firstAnswer);
});

describe('a forward that the contract refuses', () => {
  it('has failed, with the reason, costs nothing, and is told once an administrator tries it again', async () => {
    await setRelayer(false);
    const roomId = randomUUID();
    await world.join(world.anvil.wallet(), roomId);
    const failed = await expectForward(roomId, { state: 'FAILED', transactions: [] });
    expect(failed.reason).toEqual({ code: 'REVERTED', message: expect.stringContaining('NotRelayer') });
    await setRelayer(true);
    const retry = () =>
      call('POST', `/chain/forwards/${failed.eventId}/retry`, {
        token: world.administrator,
        base: world.service.api,
      });
    expect((await retry()).status).toBe(200);
    await expectForward(roomId, { state: 'DONE' });
    expect((await retry()).body).toMatchObject({ code: 'FORWARD_NOT_FAILED' });
    await world.settled();
  });

  it('after it was signed: it reverts, is looked at again, and has failed with the reason', async () => {
    await world.anvil.setAutomine(false);
    const roomId = randomUUID();
    await world.join(world.anvil.wallet(), roomId);
    await world.anvil.mine();
    await expectForward(roomId, { state: 'OPEN' });
    // Mined before it in the same block: its fee is far higher.
    const gas = { maxFeePerGas: 400_000_000_000n, maxPriorityFeePerGas: 300_000_000_000n };
    await owner().setRelayer(relayer(), false, gas);
    await world.anvil.mine();
    await world.anvil.setAutomine(true);
    const failed = await expectForward(roomId, { state: 'FAILED' });
    expect(failed.reason).toMatchObject({ code: 'REVERTED', message: expect.stringContaining('NotRelayer') });
    await setRelayer(true);
    const { status } = await call('POST', `/chain/forwards/${failed.eventId}/retry`, {
      token: world.administrator,
      base: world.service.api,
    });
    expect(status).toBe(200);
    await expectForward(roomId, { state: 'DONE' });
    await world.settled();
  });
});

it('an empty wallet keeps the line waiting, says so, and the line goes on when it is filled up', async () => {
  const former = BigInt(await world.anvil.rpc<string>('eth_getBalance', [relayer(), 'latest']));
  await setBalance(0n);
  const roomId = randomUUID();
  await world.join(world.anvil.wallet(), roomId);
  await expectForward(roomId, { state: 'QUEUED', reason: { code: 'NO_FUNDS' } });
  await eventually(async () => {
    const { body } = await call('GET', '/health', { base: world.service.url });
    expect(body).toMatchObject({ components: { chain: { status: 'DOWN', needed: false } } });
  }, 20_000);
  await setBalance(former);
  await expectForward(roomId, { state: 'DONE', reason: null });
  await world.settled();
});

it('a fee above the limit is not paid: it waits, says so, and goes out when fees are lower', async () => {
  await world.anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0xba43b7400']);
  await world.anvil.mine();
  const roomId = randomUUID();
  const wallet = world.anvil.wallet();
  await world.join(wallet, roomId);
  await expectForward(roomId, { state: 'QUEUED', reason: { code: 'FEE_TOO_HIGH' } });
  await world.anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
  await world.anvil.mine();
  await expectForward(roomId, { state: 'DONE' });
  await world.settled();
});
