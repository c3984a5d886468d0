import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import mongoose, { type Connection } from 'mongoose';
import { again } from '../support/again.ts';
import { eventually } from '../support/eventually.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateAnvil, startPrivateAnvil } from '../support/private-anvil.ts';
import { runReadyService } from '../support/service-process.ts';
import { type ContractTalk, checkEachHasOne, talkTo } from './contract-talk.ts';
import { type WatchedStore, type Write, watchStore } from './watched-store.ts';

/**
 * `kill -9` between every two steps of a forward (docs/forward.md), by a store that kills whoever writes to it: once
 * before a write is done, once after it is and before the service hears of it. Whatever the service does outside (the
 * SFU's exchange, signing, sending, looking for receipts) lies between two of these writes, so that it is killed before
 * and after each of them, too.
 *
 * Not among the writes: leases and how far the chain is read, which are written again every second (the latter comes
 * right after that of the event, before anything else is done about it), and what rooms do about their own events.
 */
const COLLECTIONS = ['chain_events', 'chain_forwards', 'rooms'];

/** At these it was killed at least; in the order in which they come. */
const STEPS = [
  'chain_events PENDING',
  'chain_events CONFIRMED',
  'chain_events taken',
  'rooms LIVE',
  'chain_forwards QUEUED',
  'chain_events DONE',
  'chain_forwards OPEN',
  'chain_forwards MINED',
  'chain_forwards DONE',
];
/** More than there are: what is not over by then never is. */
const MAX_KILLS = 25;
/** A look of the service is a second apart from the next at most; all else is quicker. Milliseconds. */
const SETTLES_WITHIN = 15_000;

type Join = Readonly<{ wallet: string; roomId: string }>;
type Lane = Readonly<{
  anvil: PrivateAnvil;
  talk: ContractTalk;
  watched: WatchedStore;
  store: Connection;
  settings: Readonly<Record<string, string>>;
}>;
type ForwardInStore = Readonly<{ state: string; holdsSeat?: true; attempts: number; transactions: object[] }>;

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'killed-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

/** A chain, a database and the way to it, which are not the other mode's. */
async function openLane(opened: AsyncDisposableStack): Promise<Lane> {
  const database = opened.use(await ownDatabaseUrl());
  const anvil = opened.use(await startPrivateAnvil({ wallets: 1 }));
  const watched = opened.use(await watchStore(database.url, COLLECTIONS));
  const store = await mongoose.createConnection(database.url).asPromise();
  opened.defer(() => store.close());
  // Blocks come quickly, so that the confirmations do.
  opened.use(again(() => anvil.mine().then(() => sleep(200))));
  const settings = {
    ...anvil.settings,
    MONGO_URL: watched.url,
    NATS_URL: '',
    ZIPKIN_URL: '',
    NODE_COMPILE_CACHE: cache, // it starts two dozen times
  };
  return { anvil, talk: talkTo(anvil), watched, store, settings };
}

/** Names the writes that belong to one join, in their order; null for all others. */
function namerFor({ wallet, roomId }: Join): (write: Write) => string | null {
  const ids = new Set([roomId]);
  const counts = new Map<string, number>();
  return ({ command, collection, changes }) => {
    for (const { id, fields } of changes)
      if (fields['name'] === 'ParticipantJoined' && fields['wallet'] === wallet) ids.add(id);
    const ours = changes.find(({ id }) => ids.has(id));
    if (!ours) return null;
    const { state, work, status } = ours.fields;
    // A room without a change of its own: its events were carried on.
    if (collection === 'rooms' && status === undefined) return null;
    const name = `${collection} ${command === 'findAndModify' ? 'taken' : (state ?? work ?? status ?? command)}`;
    const times = (counts.get(name) ?? 0) + 1;
    counts.set(name, times);
    return times === 1 ? name : `${name} ${times}`;
  };
}

const forwardsOf = ({ store }: Lane, { wallet, roomId }: Join): Promise<ForwardInStore[]> =>
  store.collection<ForwardInStore>('chain_forwards').find({ wallet, roomId }).toArray();

/** It has one forward, on the chain as in the store. */
async function checkSettled(lane: Lane, one: Join): Promise<ForwardInStore> {
  const told = (await lane.talk.forwards()).filter(({ wallet }) => wallet === one.wallet);
  const forwards = await forwardsOf(lane, one);
  expect([told.length, forwards]).toEqual([
    1,
    [expect.objectContaining({ state: expect.stringMatching(/^(MINED|DONE)$/) })],
  ]);
  return forwards[0] as ForwardInStore;
}

/** Nothing more will be written about it: its participant waits no longer either. */
async function checkOver(lane: Lane, one: Join): Promise<void> {
  const { state, holdsSeat } = await checkSettled(lane, one);
  expect([state, holdsSeat]).toEqual(['DONE', undefined]);
}

/** As time would, which the next process need not wait for; nobody is left who holds them. */
async function lapseLeases({ store }: Lane): Promise<void> {
  const lapsed = { $set: { leaseUntil: new Date(0) } };
  const held = ['chain_cursor', 'chain_wallets', 'chain_events'];
  await Promise.all(held.map((name) => store.collection(name).updateMany({}, lapsed)));
}

/**
 * One process's life: it makes up for what the former left undone, then a wallet joins, and it is killed at the first
 * step of that at which none was killed before.
 *
 * @returns where it was killed; null when there was no such step
 */
async function live(
  lane: Lane,
  verdict: 'lose' | 'unheard',
  former: Join | null,
  killedAt: readonly string[],
): Promise<{ joined: Join; at: string | null }> {
  const { anvil, talk, watched, settings } = lane;
  await using service = await runReadyService(settings);
  if (former) await eventually(() => checkSettled(lane, former), SETTLES_WITHIN);
  const wallet = anvil.wallet();
  const joined = { wallet: wallet.address.toLowerCase(), roomId: randomUUID() };
  const nameOf = namerFor(joined);
  let at: string | null = null;
  watched.watch({
    judge(write) {
      const name = nameOf(write);
      if (at !== null || name === null || killedAt.includes(name)) return 'pass';
      at = name;
      return verdict;
    },
    kill: () => void service.child.kill('SIGKILL'),
  });
  await talk.join(wallet, joined.roomId);
  await eventually(async () => {
    if (at === null) await checkOver(lane, joined);
  }, SETTLES_WITHIN);
  if (at !== null) await service.exit(SETTLES_WITHIN);
  watched.watch(null);
  return { joined, at };
}

async function killAtEach(verdict: 'lose' | 'unheard'): Promise<string[]> {
  await using opened = new AsyncDisposableStack();
  const lane = await openLane(opened);
  const killedAt: string[] = [];
  const joined: Join[] = [];
  for (;;) {
    const one = await live(lane, verdict, joined.at(-1) ?? null, killedAt).catch((cause: unknown) => {
      throw new Error(`${verdict}, killed at ${killedAt.join(', ')}: ${String(cause)}`, { cause });
    });
    joined.push(one.joined);
    if (one.at === null) break;
    killedAt.push(one.at);
    if (killedAt.length > MAX_KILLS) throw new Error(`there is no end of it: ${killedAt.join(', ')}`);
    await lapseLeases(lane);
  }
  await checkEachHasOne(lane.talk);
  for (const one of joined) expect(await checkSettled(lane, one)).toMatchObject({ attempts: 1 });
  // The contract refuses a second forward of a join; that none was sent is seen by the nonces alone.
  const [relayer = ''] = lane.anvil.relayers;
  expect(await lane.anvil.provider.getTransactionCount(relayer)).toBe(joined.length);
  return killedAt;
}

it('tells each join once, whatever write it was killed at', async () => {
  // Side by side; one that fails leaves the other to its end.
  const both = await Promise.allSettled([killAtEach('lose'), killAtEach('unheard')]);
  const whole = { status: 'fulfilled', value: expect.arrayContaining(STEPS) };
  expect(both).toEqual([whole, whole]);
}, 240_000);
