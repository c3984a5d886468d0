import { setTimeout as sleep } from 'node:timers/promises';
import type { HDNodeWallet } from 'ethers';
import { newAdministrator, type Person } from '../access/people.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateAnvil, type PrivateAnvilOptions, startPrivateAnvil } from '../support/private-anvil.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { startInstance } from '../support/service.ts';
import { type ContractTalk, checkEachHasOne, keyOf, talkTo } from './contract-talk.ts';

/** Chains, databases and instances of a test's own, with the stack's LiveKit behind them. */

type Line = Record<string, unknown>;
type Settings = Readonly<Record<string, string>>;
type Instance = Awaited<ReturnType<typeof startInstance>> & Readonly<{ lines(): Line[] }>;

export type ChainForward = Readonly<{
  eventId: string;
  roomId: string;
  wallet: string;
  type: string;
  state: string;
  reason: { code: string; message: string } | null;
  relayer: string | null;
  nonce: number | null;
  attempts: number;
  transactions: { hash: string; purpose: string }[];
  transactionHash: string | null;
  queuedAt: string;
  minedAt: string | null;
}>;
export type ChainEvent = Readonly<{
  id: string;
  name: string;
  roomId: string;
  wallet: string;
  state: string;
  blockNumber: number;
  transactionHash: string;
}>;

export type ChainWorld = AsyncDisposable &
  ContractTalk &
  Readonly<{
    anvil: PrivateAnvil;
    databaseUrl: string;
    /** The environment of an instance of this world. */
    settings: Settings;
    service: Instance;
    another(settings?: Settings): Promise<Instance>;
    /** As administrators see them; all of them. */
    listForwards(filter?: string): Promise<ChainForward[]>;
    listEvents(filter?: string): Promise<ChainEvent[]>;
    administrator: string;
    person(name?: string): Promise<Person>;
    /** Waits until each join that stands has its forward, and fails unless each has exactly one and no other is there. */
    settled(within?: number): Promise<void>;
  }>;

/** @param options.blockTime seconds; 0: blocks come with transactions only */
export async function openChainWorld(
  options: Pick<PrivateAnvilOptions, 'blockTime' | 'wallets'> & Readonly<{ settings?: Settings }> = {},
): Promise<ChainWorld> {
  const { blockTime = 1, wallets = 2 } = options;
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await ownDatabaseUrl());
  const anvil = opening.use(await startPrivateAnvil({ wallets, ...(blockTime > 0 ? { blockTime } : {}) }));
  const settings: Settings = {
    MONGO_URL: database.url,
    SHUTDOWN_GRACE: '0ms',
    NATS_URL: '',
    ...anvil.settings,
    ...options.settings,
  };
  async function startOne(more: Settings = {}): Promise<Instance> {
    const log = readableLogger();
    const said: Line[] = [];
    const instance = await startInstance({ ...settings, ...more }, log.logger);
    return {
      ...instance,
      lines: () => {
        said.push(...log.lines());
        return said;
      },
      [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
    };
  }
  const talk = talkTo(anvil);
  const first = opening.use(await startOne());
  const { token: administrator } = await newAdministrator();

  async function all<T>(path: string, name: string, filter = ''): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = `?limit=100${filter}${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { status, body } = await call('GET', `${path}${query}`, {
        token: administrator,
        base: first.api,
      });
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      items.push(...(body[name] as unknown as T[]));
      cursor = body['next'] as unknown as string | null;
    }
    return items;
  }
  const listForwards = (filter?: string) => all<ChainForward>('/chain/forwards', 'forwards', filter);

  const opened = opening.move();
  return {
    anvil,
    databaseUrl: database.url,
    settings,
    service: first,
    another: async (more) => opened.use(await startOne(more)),
    ...talk,
    listForwards,
    listEvents: (filter) => all<ChainEvent>('/chain/events', 'events', filter),
    administrator,
    person: newPerson,
    async settled(within = 30_000) {
      await eventually(() => checkEachHasOne(talk), within);
      // What would be told twice would be told now.
      await sleep(1_500);
      await checkEachHasOne(talk);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export { type HDNodeWallet, keyOf };
