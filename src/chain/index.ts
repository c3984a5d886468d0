import type { Meter } from '@opentelemetry/api';
import type { Connection } from 'mongoose';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Route } from '../http/index.ts';
import type { Presence } from '../presence/index.ts';
import type { EventHandler, Rooms } from '../rooms/index.ts';
import type { SfuSessions } from '../sfu/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { every } from '../timers.ts';
import { createChain } from './chain.ts';
import { createForwardStore } from './forwards/forward-store.ts';
import { type Forwarding, openForwarding } from './forwards/forwarding.ts';
import { createEffects } from './joins/effects.ts';
import { startSeatKeeper } from './joins/seats.ts';
import { createJoinSessions } from './joins/sessions.ts';
import { createWorkers } from './joins/workers.ts';
import { createCursorStore } from './listener/cursor.ts';
import { createFollower, type Round } from './listener/follow.ts';
import { createMirror } from './listener/mirror.ts';
import { createChainMetrics, isLow } from './metrics.ts';
import { isWallet } from './names.ts';
import { connectNode } from './node.ts';
import { createRounds } from './rounds.ts';
import { chainRoutes } from './routes.ts';
import { openExternalSigner } from './wallets/external-signer.ts';
import { openKeystores } from './wallets/keystores.ts';
import type { Signer } from './wallets/signer.ts';
import { type Opening, whenOpen } from './when-open.ts';

export { chainRoutes } from './routes.ts';

/** An instance that has not read on for so long leaves it to another. Milliseconds. */
const READER_LEASE = 5_000;
/** The chain is looked at when the node says that there is a block, and this often. Milliseconds. */
const LOOK_EVERY = 1_000;
/** What other instances put in the line is found by looking. Milliseconds. */
const WORK_EVERY = 250;
/** A reader that is further behind is down. Blocks. */
const FAR_BEHIND = 50;

type Settings = NonNullable<Config['chain']>;

export type ChainDoor = AsyncDisposable &
  Readonly<{
    /** For administrators. */
    routes: readonly Route[];
    onRoomEvent: EventHandler;
    /** What clients must know of it. */
    info: Readonly<{ contract: string }>;
    /** Whether the chain can be read and answered. @throws ServiceError that says why not */
    probe(): Promise<void>;
  }>;

/**
 * Opens the door of the contract (spec/5-chain.md): mirrors its events, lets wallets in, and answers them there. The
 * service runs without a node; what is missed then is made up for.
 *
 * @throws Error when the wallets cannot be opened
 */
export async function openChainDoor(deps: {
  settings: Settings;
  connection: Connection;
  rooms: Rooms;
  presence: Presence;
  sfu: SfuSessions;
  meter: Meter;
  instance: string;
  source: { newId: () => string; now: () => Date };
  logger: Logger;
}): Promise<ChainDoor> {
  const { settings, connection, rooms, presence, sfu, meter, instance, logger } = deps;
  const { newId, now } = deps.source;
  const { contract, startBlock, confirmations, replaceAfter, lowBalance } = settings;
  await using opened = new AsyncDisposableStack();

  const node = opened.use(connectNode({ url: settings.url, logger }));
  const chain = createChain(node);
  const mirror = createMirror({ connection, now });
  const store = createForwardStore({ connection, now });
  const sessions = createJoinSessions({ sfu, store });

  let lastRound: (Round & { at: number }) | null = null;
  const metrics = opened.use(
    createChainMetrics({
      meter,
      wallets: () => forwarding.now()?.wallets ?? [],
      store,
      lastRound: () => lastRound,
      lowBalance,
      now,
    }),
  );
  // A signer elsewhere may be away when we start; what waits for it waits in the line.
  const forwarding: Opening<Forwarding> = opened.use(
    await whenOpen({
      open: async () =>
        openForwarding({
          connection,
          chain,
          store,
          mirror,
          signers: await openSigners(settings.wallets),
          instance,
          renew: (forward) => effects.renew(forward),
          settings: { contract, confirmations, replaceAfter, maxFee: BigInt(settings.maxFee) },
          metrics,
          logger,
          now,
        }),
      mayFail: settings.wallets.kind === 'external',
      onFailed: (error) => logger.error('chain.signer.away', { error }),
    }),
  );
  const cursor = createCursorStore({
    connection,
    contract,
    start: startBlock,
    instance,
    lease: READER_LEASE,
    now,
  });
  const follower = createFollower({
    chain,
    cursor,
    mirror,
    contract,
    start: startBlock,
    confirmations,
    onReorganised: store.doubt,
    onReplaced: store.forget,
    logger,
    now,
  });
  const effects = createEffects({
    contract,
    chain,
    rooms,
    sfu,
    store,
    mirror,
    sessions,
    newId,
    now,
    onQueued: () => forwarding.now()?.wake(),
    logger,
  });
  const workers = createWorkers({ mirror, effects, onDone: () => working.wake(), logger });

  const complain = (what: string) => (error: unknown) => logger.warn('chain.stalled', { what, error });
  // What was opened last stops first: the clocks, what reads, what works on it, what answers.
  opened.defer(() => workers.idle());
  const working = opened.use(createRounds(() => workers.round(), complain('joins')));
  opened.defer(() => cursor.release().catch(() => {}));
  const reading = opened.use(
    createRounds(async () => {
      const round = await follower.round();
      lastRound = round && { ...round, at: performance.now() };
      if (round) working.wake();
    }, complain('events')),
  );
  opened.use(startSeatKeeper({ store, presence, sessions, tellsWhenGone: sfu.can.tellsWhenGone, logger }));
  const look = (): void => {
    reading.wake();
    forwarding.now()?.look();
  };
  node.onHead(look);
  opened.defer(every(LOOK_EVERY, async () => look()));
  opened.defer(
    every(WORK_EVERY, async () => {
      working.wake();
      forwarding.now()?.wake();
    }),
  );

  const running = opened.move();
  return {
    routes: chainRoutes({
      mirror,
      store,
      wallets: () => forwarding.now()?.wallets ?? [],
      onQueued: () => forwarding.now()?.wake(),
      logger,
    }),
    info: { contract },

    async onRoomEvent(event) {
      const userId = leaverOf(event);
      if (userId === null) return;
      const wallet = userId.slice(userId.indexOf(':') + 1);
      await sessions.closeBefore({ roomId: event.roomId, wallet }, event.at);
    },

    async probe() {
      await chain.chainId();
      if (lastRound && lastRound.lag > FAR_BEHIND) throw down(`${lastRound.lag} blocks are not read yet`);
      const { wallets = [] } = forwarding.now() ?? {};
      if (wallets.every(isLow(lowBalance))) throw down('no wallet of the pool can pay');
    },

    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openSigners(wallets: Settings['wallets']): Promise<Signer[]> {
  const signers =
    wallets.kind === 'external'
      ? await openExternalSigner(wallets.url)
      : await openKeystores(wallets.folder, wallets.password);
  if (signers.length === 0)
    throw new Error(
      'CHAIN_KEYSTORES or CHAIN_SIGNER_URL has no wallet, so nothing could be answered on the chain',
    );
  return signers;
}

/** The wallet that an event takes out of its room. */
function leaverOf(event: Parameters<EventHandler>[0]): string | null {
  if (event.type === 'participant.left') return walletOf(event.data.participant.userId);
  return event.type === 'participant.kicked' ? walletOf(event.data.userId) : null;
}

const walletOf = (userId: string): string | null => (isWallet(userId) ? userId : null);

const down = (why: string): ServiceError =>
  new ServiceError('CHAIN_UNAVAILABLE', `The chain's door: ${why}.`);
