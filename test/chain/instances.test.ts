import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import mongoose, { type Connection } from 'mongoose';
import { again } from '../support/again.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { startPrivateAnvil } from '../support/private-anvil.ts';
import { runReadyService } from '../support/service-process.ts';
import { checkEachHasOne, talkTo } from './contract-talk.ts';
import { type Verdict, watchStore } from './watched-store.ts';
import { type ChainWorld, type HDNodeWallet, openChainWorld } from './world.ts';

/** Several instances on one pool, and nodes that come and go. */

/** Rooms take six, and these five each. */
const roomsFor = (count: number): string[] => Array.from({ length: count / 5 }, () => randomUUID());
const walletsOf = ({ anvil }: ChainWorld, count: number): HDNodeWallet[] =>
  Array.from({ length: count }, () => anvil.wallet());

/** Each wallet joins a room, all at once. */
async function joinAll(
  world: Pick<ChainWorld, 'join'>,
  wallets: readonly HDNodeWallet[],
  rooms: readonly string[],
): Promise<void> {
  await Promise.all(wallets.map((wallet, n) => world.join(wallet, rooms[Math.floor(n / 5)] ?? '')));
}

async function openStore(url: string): Promise<{ connection: Connection } & AsyncDisposable> {
  const connection = await mongoose.createConnection(url).asPromise();
  return { connection, [Symbol.asyncDispose]: () => connection.close() };
}

/**
 * No wallet of the pool had two transactions open at once: with blocks that come later than transactions, two of one
 * wallet would be in one block. And each of its nonces is that of one forward.
 */
async function checkNonces(world: ChainWorld): Promise<void> {
  const { anvil } = world;
  const forwards = await world.listForwards();
  const told = await world.forwards();
  for (const relayer of anvil.relayers) {
    const own = forwards.filter((forward) => forward.relayer === relayer.toLowerCase());
    const nonces = own.map(({ nonce }) => nonce).toSorted((a, b) => Number(a) - Number(b));
    expect(nonces).toEqual(nonces.map((_, index) => index));
    expect(await anvil.provider.getTransactionCount(relayer)).toBe(nonces.length);
    const hashes = new Set(own.map(({ transactionHash }) => transactionHash));
    const blocks = told.filter(({ transaction }) => hashes.has(transaction)).map(({ block }) => block);
    expect(new Set(blocks).size).toBe(own.length);
  }
}

const signedBy = ({ lines }: ChainWorld['service']): number =>
  lines().filter(({ event }) => event === 'chain.forward.signed').length;

const chainOf = async (url: string): Promise<string> => {
  const health = await fetch(`${url}/health`, { signal: AbortSignal.timeout(3_000) });
  const { components } = (await health.json()) as { components: Record<string, { status: string }> };
  return components['chain']?.status ?? '';
};
const expectChain = (world: ChainWorld, status: 'UP' | 'DOWN') =>
  eventually(async () => expect(await chainOf(world.service.url)).toBe(status), 15_000);

describe('two instances on one pool', () => {
  it('tell each join once, though both take themselves for the holder of every lease', async () => {
    await using world = await openChainWorld({ wallets: 3, blockTime: 0 });
    const other = await world.another({ INSTANCE_ID: 'another' });
    await using store = await openStore(world.databaseUrl);
    await world.anvil.setAutomine(false);
    await using _blocks = again(() => world.anvil.mine().then(() => sleep(300)));
    // What a lease is held for is half of its time; taken from both all the while, each believes that it has it.
    const leases = store.connection.collection('chain_wallets');
    await using _leases = again(async () => {
      await leases.updateMany({}, { $set: { leaseUntil: new Date(0) } });
      await sleep(100);
    });
    const wallets = walletsOf(world, 20);
    await joinAll(world, wallets, roomsFor(20));
    await joinAll(world, wallets, roomsFor(20));
    await world.settled(60_000);
    await checkNonces(world);
    expect(await world.forwards()).toHaveLength(40);
    for (const instance of [world.service, other]) {
      expect(await chainOf(instance.url)).toBe('UP');
      expect(signedBy(instance)).toBeGreaterThan(0);
    }
  }, 120_000);

  it('lose nothing when one of them goes in the middle', async () => {
    await using world = await openChainWorld({ wallets: 3, blockTime: 0 });
    const other = await world.another({ INSTANCE_ID: 'another' });
    await world.anvil.setAutomine(false);
    await using _blocks = again(() => world.anvil.mine().then(() => sleep(300)));
    const wallets = walletsOf(world, 20);
    await joinAll(world, wallets, roomsFor(20));
    await eventually(async () => expect((await world.forwards()).length).toBeGreaterThan(2), 20_000);
    await other[Symbol.asyncDispose]();
    await joinAll(world, wallets, roomsFor(20));
    await world.settled(60_000);
    await checkNonces(world);
    expect(await world.forwards()).toHaveLength(40);
  }, 120_000);

  it('tell each join once when the one at work stands still, and goes on when nobody expects it', async () => {
    await using database = await ownDatabaseUrl();
    await using anvil = await startPrivateAnvil({ wallets: 1, blockTime: 1 });
    await using watched = await watchStore(database.url, ['chain_forwards']);
    const talk = talkTo(anvil);
    const settings = { ...anvil.settings, NATS_URL: '' };
    await using zombie = await runReadyService({
      ...settings,
      MONGO_URL: watched.url,
      INSTANCE_ID: 'zombie',
    });
    await using _living = await runReadyService({
      ...settings,
      MONGO_URL: database.url,
      INSTANCE_ID: 'alive',
    });
    const woken = Promise.withResolvers<void>();
    let stopped = false;
    // It has signed, and what it writes of that arrives when its wallet has long been another's.
    watched.watch({
      async judge({ changes: [change] }): Promise<Verdict> {
        if (stopped || change?.fields['state'] !== 'OPEN') return 'pass';
        stopped = true;
        zombie.child.kill('SIGSTOP');
        await sleep(15_000);
        zombie.child.kill('SIGCONT');
        woken.resolve();
        return 'pass';
      },
      kill: () => {},
    });
    const roomId = randomUUID();
    const wallets = [anvil.wallet(), anvil.wallet(), anvil.wallet()];
    for (const wallet of wallets) await talk.join(wallet, roomId);
    await eventually(() => expect(stopped).toBe(true), 10_000);
    for (const wallet of wallets) await talk.join(wallet, roomId);
    await woken.promise;
    await talk.join(anvil.wallet(), roomId);
    await eventually(() => checkEachHasOne(talk), 60_000);
    await sleep(1_500);
    await checkEachHasOne(talk);
    expect(await anvil.provider.getTransactionCount(anvil.relayers[0] ?? '')).toBe(7);
  }, 120_000);
});

describe('a node', () => {
  it('that is gone for some seconds is shown as down, and what was missed is made up for', async () => {
    await using world = await openChainWorld();
    const rooms = roomsFor(5);
    await joinAll(world, walletsOf(world, 5), rooms);
    await world.anvil.kill();
    await expectChain(world, 'DOWN');
    await sleep(2_000);
    await world.anvil.start();
    await joinAll(world, walletsOf(world, 5), roomsFor(5));
    await expectChain(world, 'UP');
    await world.settled();
  }, 90_000);

  it('that forgot its last blocks and goes on otherwise has one forward for each join that stands', async () => {
    await using world = await openChainWorld({ blockTime: 0, settings: { CHAIN_CONFIRMATIONS: '3' } });
    const { anvil } = world;
    const wallets = walletsOf(world, 10);
    const lost = wallets.slice(5);
    // The node keeps these, and forgets their forwards; of the others it forgets both.
    await joinAll(world, wallets.slice(0, 5), roomsFor(5));
    await anvil.kill();
    await anvil.start();
    await joinAll(world, lost, roomsFor(5));
    await anvil.setAutomine(false);
    await anvil.mine(3);
    await eventually(async () => {
      await anvil.mine();
      expect(await world.listForwards('&state=MINED')).not.toEqual([]);
    }, 15_000);
    const before = await anvil.provider.getBlockNumber();
    await anvil.kill('SIGKILL');
    await anvil.start();
    expect(await anvil.provider.getBlockNumber()).toBeLessThan(before);
    expect(await world.forwards()).toEqual([]);
    await joinAll(world, lost.slice(0, 2), roomsFor(5));
    await using _blocks = again(() => anvil.mine().then(() => sleep(500)));
    await world.settled(60_000);
    expect(await world.joins()).toHaveLength(7);
  }, 120_000);

  it('that answers nothing for some seconds holds nothing up but the chain', async () => {
    await using world = await openChainWorld();
    await joinAll(world, walletsOf(world, 5), roomsFor(5));
    world.anvil.freeze();
    const thawing = sleep(8_000).then(() => world.anvil.thaw());
    await expectChain(world, 'DOWN');
    const { token } = await world.person('host');
    const made = await call('POST', '/rooms', { token, body: { title: 'A test' }, base: world.service.api });
    expect(made.status).toBe(201);
    await thawing;
    await joinAll(world, walletsOf(world, 5), roomsFor(5));
    await world.settled();
    await expectChain(world, 'UP');
  }, 90_000);
});
