import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Person } from '../access/people.ts';
import { getRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type ChainWorld, openChainWorld } from './world.ts';

/** Reorganisations of a real chain. Blocks come with transactions, and when a test says so. */

let person: Person;

const stateOf = async (world: ChainWorld, transaction: string): Promise<string | undefined> =>
  (await world.listEvents()).find(
    (event) => event.transactionHash === transaction && event.name === 'ParticipantJoined',
  )?.state;

const expectState = (world: ChainWorld, transaction: string, state: string): Promise<void> =>
  eventually(async () => expect(await stateOf(world, transaction)).toBe(state), 20_000);

const expectSeats = (world: ChainWorld, roomId: string, seats: number): Promise<void> =>
  eventually(async () => {
    const room = await getRoom(roomId, person.token, world.service.api);
    expect(room.joinedParticipants).toBe(seats);
  }, 20_000);

describe('a reorganisation before the event counts', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await openChainWorld({ blockTime: 0, settings: { CHAIN_CONFIRMATIONS: '4' } });
    person = await world.person();
    await world.anvil.mine(5);
  });
  afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

  it.each([1, 3])('of %i blocks that leaves it out: it is never answered', async (depth) => {
    const roomId = randomUUID();
    const joined = await world.join(world.anvil.wallet(), roomId);
    await world.anvil.mine(depth - 1);
    await expectState(world, joined, 'PENDING');
    await world.anvil.reorg(depth);
    await expectState(world, joined, 'ORPHANED');
    await world.anvil.mine(6);
    await world.settled();
    expect(await world.listForwards(`&roomId=${roomId}`)).toEqual([]);
    expect((await getRoom(roomId, person.token, world.service.api)).status).toBe(404);
  });

  it.each([1, 3])('of %i blocks that mines it anew: it is answered once', async (depth) => {
    const roomId = randomUUID();
    const joined = await world.join(world.anvil.wallet(), roomId);
    await world.anvil.mine(depth - 1);
    await expectState(world, joined, 'PENDING');
    await world.anvil.reorg(depth, [joined]);
    await world.anvil.mine(6);
    await world.settled();
    expect(await stateOf(world, joined)).toBe('CONFIRMED');
    expect(await world.listForwards(`&roomId=${roomId}`)).toHaveLength(1);
  });
});

describe('a reorganisation after the forward', () => {
  let world: ChainWorld;
  beforeAll(async () => {
    world = await openChainWorld({ blockTime: 0, settings: { CHAIN_CONFIRMATIONS: '1' } });
    await world.anvil.mine(5);
  });
  afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

  /** A join that was answered, its forward in the newest block or under `above` more. */
  async function answered(above: number) {
    const roomId = randomUUID();
    const wallet = world.anvil.wallet();
    const joined = await world.join(wallet, roomId);
    await world.anvil.mine();
    const forward = await eventually(async () => {
      const [told] = (await world.forwards()).filter((one) => one.wallet === wallet.address.toLowerCase());
      if (!told) throw new Error('not told yet');
      return told;
    }, 20_000);
    await expectSeats(world, roomId, 1);
    await world.anvil.mine(above);
    return { roomId, wallet, joined, forward };
  }

  it('of 1 block that takes the forward away: the same is told again', async () => {
    const { roomId, forward } = await answered(0);
    await world.anvil.reorg(1);
    await world.settled();
    await world.anvil.mine(2);
    await world.settled();
    const [again] = (await world.forwards()).filter(({ room }) => room === forward.room);
    expect(again).toMatchObject({ text: forward.text, transaction: forward.transaction });
    await expectSeats(world, roomId, 1);
  });

  it('of 3 blocks that takes both away: the participant leaves, and nothing is told', async () => {
    const { roomId, joined } = await answered(0);
    await world.anvil.reorg(3);
    await expectState(world, joined, 'ORPHANED');
    await eventually(async () => {
      // What uses the nonce up has to be deep enough as well.
      await world.anvil.mine();
      const [forward] = await world.listForwards(`&roomId=${roomId}`);
      expect(forward?.state).toBe('CANCELLED');
    }, 20_000);
    await expectSeats(world, roomId, 0);
    await world.settled();
  });

  it('of 3 blocks that mines the join anew: it is told once', async () => {
    const { roomId, joined } = await answered(0);
    await world.anvil.reorg(3, [joined]);
    await world.anvil.mine(4);
    await world.settled();
    expect(await stateOf(world, joined)).toBe('CONFIRMED');
    await expectSeats(world, roomId, 1);
  });

  it('of 3 blocks that mines both anew: it is told once', async () => {
    const { joined, forward } = await answered(0);
    await world.anvil.reorg(3, [joined, forward.transaction]);
    await world.anvil.mine(4);
    await world.settled();
    expect(await stateOf(world, joined)).toBe('CONFIRMED');
  });

  it('of 3 blocks, and the join comes back in a later block: it is told once', async () => {
    const { joined } = await answered(0);
    const raw = await world.anvil.rpc<string>('eth_getRawTransactionByHash', [joined]);
    await world.anvil.reorg(3);
    await expectState(world, joined, 'ORPHANED');
    await world.anvil.rpc('eth_sendRawTransaction', [raw]);
    await world.anvil.mine(4);
    await eventually(async () => expect(await stateOf(world, joined)).toBe('CONFIRMED'), 20_000);
    await world.anvil.mine(4);
    await world.settled();
  });

  it('of blocks far below what counted as final, which mines the join anew: it is told once', async () => {
    const { roomId, joined } = await answered(3);
    await eventually(async () => {
      const [done] = await world.listForwards(`&roomId=${roomId}`);
      expect(done?.state).toBe('DONE');
    });
    await world.anvil.reorg(7, [joined]);
    await world.anvil.mine(3);
    await world.settled();
    await world.anvil.mine(3);
    await world.settled();
    expect(await stateOf(world, joined)).toBe('CONFIRMED');
  });

  it('leaves the wallets of the pool usable: further joins are told once each', async () => {
    const wallets = Array.from({ length: 6 }, () => world.anvil.wallet());
    for (const wallet of wallets) await world.join(wallet, randomUUID());
    await world.anvil.mine(3);
    await world.settled();
  });
});
