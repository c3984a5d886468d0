import { z } from 'zod';
import { readCursor, writeCursor } from '../cursor.ts';
import { ServiceError } from '../errors.ts';
import { defineRoute, type Route } from '../http/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { moment, pageOf, roomId } from '../wire/index.ts';
import { FORWARD_STATES, type Forward } from './forwards/forward.ts';
import type { ForwardStore } from './forwards/forward-store.ts';
import { type ChainEvent, type Mirror, positionOf } from './listener/mirror.ts';
import type { PoolWallet } from './wallets/pool.ts';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'is no address of a wallet')
  .transform((text) => text.toLowerCase())
  .meta({ override: { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' } });

const eventState = z.enum(['PENDING', 'CONFIRMED', 'ORPHANED']);
const forwardState = z.enum(FORWARD_STATES as [Forward['state'], ...Forward['state'][]]);
const where = { roomId: roomId.optional(), wallet: address.optional() };

const traceId = z
  .string()
  .nullable()
  .meta({ description: 'Its trace, from the block that carried the event to the receipt of the answer.' });

const event = z
  .object({
    id: z.string(),
    name: z.enum(['ParticipantJoined', 'ParticipantLeft', 'EventForwarded']),
    roomId: z.string(),
    wallet: z.string(),
    state: eventState.meta({
      description:
        'PENDING: not enough blocks on top of it yet. ORPHANED: a reorganisation left it out, and what it did was undone.',
    }),
    blockNumber: z.int(),
    blockHash: z.string(),
    transactionHash: z.string(),
    logIndex: z.int(),
    traceId,
    seenAt: moment,
  })
  .meta({ id: 'ChainEvent' });

const forward = z
  .object({
    eventId: z.string(),
    roomId: z.string(),
    wallet: z.string(),
    type: z.string().meta({ description: '`join-room`, `publish-track` or `error`.' }),
    state: forwardState,
    reason: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it is where it is.' }),
    relayer: z.string().nullable().meta({ description: 'The wallet of the pool that tells it.' }),
    nonce: z.int().nullable(),
    attempts: z.int(),
    transactions: z.array(z.object({ hash: z.string(), purpose: z.enum(['forward', 'cancel']) })),
    transactionHash: z.string().nullable().meta({ description: 'Which of them is in a block.' }),
    queuedAt: moment,
    minedAt: moment.nullable(),
    traceId,
  })
  .meta({ id: 'ChainForward' });

const wallet = z
  .object({
    address: z.string(),
    state: z.enum(['available', 'busy', 'elsewhere']).meta({
      description: '`elsewhere`: another instance works with it; ask that one.',
    }),
    balance: z.string().nullable().meta({ description: 'Wei; null before it was looked at.' }),
  })
  .meta({ id: 'ChainWallet' });

const forwardParams = z.object({
  eventId: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is no id of an event')
    .meta({ description: 'The event that it answers.' }),
});

/** As `positionOf` writes it. */
const PLACE = /^\d{12}\.\d{6}\.[0-9a-f]{8}$/;

/** What administrators see of the chain, and do about forwards that failed. */
export function chainRoutes(deps: {
  mirror: Pick<Mirror, 'list'>;
  store: Pick<ForwardStore, 'list' | 'get' | 'retry'>;
  wallets: () => readonly PoolWallet[];
  onQueued: () => void;
  logger: Pick<Logger, 'info'>;
}): Route[] {
  const { mirror, store, logger } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/chain/events',
      tag: 'Chain',
      summary: "The contract's events as they are mirrored here, newest first.",
      access: 'administrator',
      query: z.object({ ...where, state: eventState.optional(), ...pageOf(50) }),
      answers: {
        200: {
          description: 'A page of them.',
          schema: z
            .object({ events: z.array(event), next: z.string().nullable() })
            .meta({ id: 'ChainEventPage' }),
        },
      },
      problems: [],
      async handle({ query: { cursor, limit, ...filter } }) {
        const rows = await mirror.list(filter, placeIn(cursor), limit + 1);
        return {
          status: 200,
          body: { events: rows.slice(0, limit).map(presentEvent), next: nextOf(rows, limit, positionOf) },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/chain/forwards',
      tag: 'Chain',
      summary: 'What the contract is told, and what became of it, newest first.',
      access: 'administrator',
      query: z.object({ ...where, state: forwardState.optional(), ...pageOf(50) }),
      answers: {
        200: {
          description: 'A page of them.',
          schema: z
            .object({ forwards: z.array(forward), next: z.string().nullable() })
            .meta({ id: 'ChainForwardPage' }),
        },
      },
      problems: [],
      async handle({ query: { cursor, limit, ...filter } }) {
        const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
        const rows = await store.list(given, placeIn(cursor), limit + 1);
        const next = nextOf(rows, limit, ({ position }) => position);
        return { status: 200, body: { forwards: rows.slice(0, limit).map(presentForward), next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/chain/forwards/{eventId}',
      tag: 'Chain',
      summary: 'One of them.',
      access: 'administrator',
      params: forwardParams,
      answers: { 200: { description: 'The forward.', schema: forward } },
      problems: ['FORWARD_NOT_FOUND'],
      async handle({ params: { eventId } }) {
        return { status: 200, body: presentForward(await found(store, eventId)) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/chain/forwards/{eventId}/retry',
      tag: 'Chain',
      summary: 'Have one that failed tried again.',
      description: 'It goes to the front of the line, where its event was.',
      access: 'administrator',
      params: forwardParams,
      answers: { 200: { description: 'It is in the line.', schema: forward } },
      problems: ['FORWARD_NOT_FOUND', 'FORWARD_NOT_FAILED'],
      async handle({ params: { eventId }, principal: { user } }) {
        const failed = await found(store, eventId);
        if (failed.state !== 'FAILED' || !(await store.retry(failed)))
          throw new ServiceError(
            'FORWARD_NOT_FAILED',
            'This forward has not failed, or is tried again already.',
          );
        logger.info('chain.forward.retried', { eventId, userId: user.id });
        deps.onQueued();
        return { status: 200, body: presentForward(await found(store, eventId)) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/chain/wallets',
      tag: 'Chain',
      summary: 'The wallets of the pool, as the instance that answers knows them.',
      access: 'administrator',
      answers: {
        200: {
          description: 'All of them.',
          schema: z.object({ wallets: z.array(wallet) }).meta({ id: 'ChainWallets' }),
        },
      },
      problems: [],
      handle: async () => ({ status: 200, body: { wallets: deps.wallets().map(presentWallet) } }),
    }),
  ];
}

async function found(store: Pick<ForwardStore, 'get'>, eventId: string): Promise<Forward> {
  const one = await store.get(eventId);
  if (!one) throw new ServiceError('FORWARD_NOT_FOUND', 'No event of this id has a forward.');
  return one;
}

const placeIn = (cursor: string | undefined): string | null =>
  cursor === undefined ? null : readCursor(cursor, PLACE);

/** @param rows one more than the page, when there is a next one */
function nextOf<R>(rows: readonly R[], limit: number, placeOf: (row: R) => string): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last ? writeCursor(placeOf(last)) : null;
}

function presentEvent(one: ChainEvent): z.output<typeof event> {
  const { id, name, roomId: room, wallet: by, state, blockNumber, blockHash, transactionHash } = one;
  const { logIndex, seenAt } = one;
  return {
    id,
    name,
    roomId: room,
    wallet: by,
    state,
    blockNumber,
    blockHash,
    transactionHash,
    logIndex,
    seenAt,
    traceId: traceIdIn(one),
  };
}

/** Without what is told: a session description is between the two. */
function presentForward(one: Forward): z.output<typeof forward> {
  const { id, roomId: room, wallet: of, state, reason, relayer, nonce, attempts, queuedAt, minedAt } = one;
  return {
    eventId: id,
    roomId: room,
    wallet: of,
    type: (JSON.parse(one.data) as { type: string }).type,
    state,
    reason,
    relayer,
    nonce,
    attempts,
    transactions: one.transactions.map(({ hash, purpose }) => ({ hash, purpose })),
    transactionHash: one.mined?.hash ?? null,
    queuedAt,
    minedAt,
    traceId: traceIdIn(one),
  };
}

/** The second part of a `traceparent`. */
const traceIdIn = ({ traceparent }: Pick<Forward, 'traceparent'>): string | null =>
  traceparent?.split('-')[1] ?? null;

const presentWallet = ({ signer, isOurs, isBusy, balance }: PoolWallet): z.output<typeof wallet> => ({
  address: signer.address,
  state: isOurs ? (isBusy ? 'busy' : 'available') : 'elsewhere',
  balance: balance === null ? null : `${balance}`,
});
