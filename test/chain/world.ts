import { setTimeout as sleep } from 'node:timers/promises';
import { Contract, type HDNodeWallet, type Signer } from 'ethers';
import { roomKeyOf } from '../../src/chain/names.ts';
import { newAdministrator, type Person } from '../access/people.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateAnvil, type PrivateAnvilOptions, startPrivateAnvil } from '../support/private-anvil.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { anOfferToSend } from '../support/sdp.ts';
import { startInstance } from '../support/service.ts';

/** Chains, databases and instances of a test's own, with the stack's LiveKit behind them. */

type Line = Record<string, unknown>;
type Settings = Readonly<Record<string, string>>;
type Instance = Awaited<ReturnType<typeof startInstance>> & Readonly<{ lines(): Line[] }>;

/** An event that the contract told of. */
export type Told = Readonly<{
  room: string;
  wallet: string;
  text: string;
  block: number;
  transaction: string;
}>;

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

export const keyOf = (roomId: string): string => {
  const key = roomKeyOf(roomId);
  if (key === null) throw new Error(`${roomId} has no name on the chain`);
  return key;
};

export type ChainWorld = AsyncDisposable &
  Readonly<{
    anvil: PrivateAnvil;
    databaseUrl: string;
    /** The environment of an instance of this world. */
    settings: Settings;
    service: Instance;
    another(settings?: Settings): Promise<Instance>;
    /** Sends a join, and waits until it is mined, unless nothing is mined by itself. @returns its hash */
    join(
      wallet: Signer,
      roomId: string,
      options?: { offer?: string; tracks?: readonly string[] },
    ): Promise<string>;
    leave(wallet: Signer, roomId: string): Promise<string>;
    /** What stands in the chain now. */
    joins(): Promise<Told[]>;
    forwards(): Promise<Told[]>;
    /** As administrators see them; all of them. */
    listForwards(filter?: string): Promise<ChainForward[]>;
    listEvents(filter?: string): Promise<ChainEvent[]>;
    administrator: string;
    person(name?: string): Promise<Person>;
    /** Waits until each join that stands has its forward, and fails unless each has exactly one and no other is there. */
    settled(within?: number): Promise<void>;
  }>;

export async function openChainWorld(
  options: PrivateAnvilOptions & Readonly<{ settings?: Settings; without?: 'instance' }> = {},
): Promise<ChainWorld> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await ownDatabaseUrl());
  const anvil = opening.use(await startPrivateAnvil({ blockTime: 1, ...options }));
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
  const contract = new Contract(anvil.contract, anvil.artifact.abi, anvil.provider);
  const as = (wallet: Signer) => contract.connect(wallet) as Contract;
  const first = opening.use(await startOne());
  const { token: administrator } = await newAdministrator();

  async function logsOf(name: string): Promise<Told[]> {
    const logs = await contract.queryFilter(name, 0);
    return logs.map((log): Told => {
      const { args } = log as unknown as { args: readonly [string, string, string] };
      return {
        room: args[0],
        wallet: args[1].toLowerCase(),
        text: args[2],
        block: log.blockNumber,
        transaction: log.transactionHash,
      };
    });
  }
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
  const joins = () => logsOf('ParticipantJoined');
  const forwards = () => logsOf('EventForwarded');
  const listForwards = (filter?: string) => all<ChainForward>('/chain/forwards', 'forwards', filter);

  const opened = opening.move();
  return {
    anvil,
    databaseUrl: database.url,
    settings,
    service: first,
    another: async (more) => opened.use(await startOne(more)),
    async join(wallet, roomId, { offer = anOfferToSend(), tracks = ['microphone'] } = {}) {
      const sent = await as(wallet)['joinRoom']?.(keyOf(roomId), offer, tracks);
      return sent.hash as string;
    },
    async leave(wallet, roomId) {
      const sent = await as(wallet)['leaveRoom']?.(keyOf(roomId));
      return sent.hash as string;
    },
    joins,
    forwards,
    listForwards,
    listEvents: (filter) => all<ChainEvent>('/chain/events', 'events', filter),
    administrator,
    person: newPerson,
    async settled(within = 30_000) {
      await eventually(async () => {
        const [asked, answered] = [counted(await joins()), counted(await forwards())];
        expectSame(asked, answered);
      }, within);
      // What would be told twice would be told now.
      await sleep(1_500);
      expectSame(counted(await joins()), counted(await forwards()));
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const counted = (told: readonly Told[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { room, wallet } of told.toSorted((a, b) => (a.room + a.wallet < b.room + b.wallet ? -1 : 1)))
    counts[`${room} ${wallet}`] = (counts[`${room} ${wallet}`] ?? 0) + 1;
  return counts;
};

function expectSame(asked: Record<string, number>, answered: Record<string, number>): void {
  const [a, b] = [JSON.stringify(asked), JSON.stringify(answered)];
  if (a !== b) throw new Error(`joins that stand and their forwards differ:\n${a}\n${b}`);
}

export type { HDNodeWallet };
