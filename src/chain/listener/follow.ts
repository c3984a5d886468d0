import { ROOT_CONTEXT } from '@opentelemetry/api';
import { activeTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import type { Block, Chain } from '../chain.ts';
import { type RawLog, readLog, TOPICS } from '../contract.ts';
import { roomIdOf } from '../names.ts';
import { NodeRefusal } from '../node.ts';
import type { Checkpoint, Cursor, CursorStore } from './cursor.ts';
import { nameEvents } from './event-id.ts';
import type { Mirror, SeenEvent } from './mirror.ts';

/** Blocks that are asked for at once; halved while a node finds it too many. */
const RANGE = 1_000;
/** Events that are looked at in one go. */
const BATCH = 200;
/** A chain that is shorter than it was is a node that lags, for so long; then it is taken at its word. Milliseconds. */
const LAGS_FOR = 5_000;

/** What a round found. `lag`: blocks of the chain that have not been read. */
export type Round = Readonly<{ head: number; lag: number }>;

/** Reads the chain into the mirror: ranges to catch up, then block by block; notices what was reorganised away. */
export function createFollower(deps: {
  chain: Pick<Chain, 'block' | 'logs'>;
  cursor: Pick<CursorStore, 'hold' | 'move'>;
  mirror: Pick<Mirror, 'known' | 'write' | 'castAdrift' | 'adrift' | 'orphan' | 'ripe' | 'confirm'>;
  contract: string;
  /** The block that is read first. */
  start: number;
  confirmations: number;
  /** Told before what is above this block is read anew. */
  onReorganised: (block: number) => Promise<void>;
  /** Told when it is another chain altogether, before that is read from its start. */
  onReplaced: () => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
}) {
  const { chain, cursor, mirror, contract, start, confirmations, logger, now } = deps;
  const { onReorganised, onReplaced } = deps;
  let range = RANGE;
  let shorterSince: number | null = null;

  const isInChain = async ({ number, hash }: Checkpoint): Promise<boolean> =>
    (await chain.block(number))?.hash === hash;

  /** How many of the checkpoints are still in the chain: of those that are, each earlier one is as well. */
  async function countShared(checkpoints: readonly Checkpoint[]): Promise<number> {
    let [low, high] = [0, checkpoints.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const checkpoint = checkpoints[middle];
      if (checkpoint && (await isInChain(checkpoint))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** By its first block one chain is told from another. */
  async function withFirst(at: Cursor, head: Block): Promise<Cursor> {
    if (at.checkpoints.length > 0 || head.number < start) return at;
    const first = await chain.block(start);
    return first ? { ...at, checkpoints: [{ number: first.number, hash: first.hash }] } : at;
  }

  /** Goes back to where the chain and what was read of it part. Null while a node only lags. */
  async function goBack(at: Cursor, head: Block): Promise<Cursor | null> {
    const newest = at.checkpoints.at(-1);
    if (!newest || (await isInChain(newest))) {
      shorterSince = null;
      return at;
    }
    const count = await countShared(at.checkpoints);
    const [shared, gone] = [at.checkpoints.slice(0, count), at.checkpoints.slice(count)];
    const ancestor = shared.at(-1)?.number ?? start - 1;
    if (gone.every(({ number }) => number > head.number)) {
      shorterSince ??= now().getTime();
      if (now().getTime() - shorterSince < LAGS_FOR) return null;
    }
    shorterSince = null;
    await mirror.castAdrift(ancestor);
    if (shared.length === 0) {
      // Not even the first block is: nothing of what was read, or told, is in this chain.
      logger.error('chain.replaced', { next: at.next });
      await onReplaced();
    } else {
      logger.warn('chain.reorganised', { from: ancestor + 1, to: newest.number });
      await onReorganised(ancestor);
    }
    return cursor.move(at, { next: ancestor + 1, checkpoints: shared });
  }

  /** Logs of some blocks, and the last of these blocks. Null when the chain changed while they were read. */
  async function read(from: number, to: number) {
    const before = await chain.block(to);
    const logs = await chain.logs(contract, TOPICS, from, to);
    const after = await chain.block(to);
    return before !== null && before.hash === after?.hash ? { logs, last: before } : null;
  }

  async function readNext(at: Cursor, head: Block): Promise<Cursor | null> {
    // In ever smaller steps: the nearer to the head, the more blocks are remembered by which a reorganisation is placed.
    const left = head.number - at.next + 1;
    const to = at.next + Math.min(range, Math.ceil(left / 2)) - 1;
    try {
      const found = await read(at.next, to);
      if (found === null) return null;
      await mirror.write(await seen(found.logs));
      range = Math.min(range * 2, RANGE);
      const { number, hash } = found.last;
      return await cursor.move(at, { next: to + 1, checkpoints: [...at.checkpoints, { number, hash }] });
    } catch (error) {
      if (!(error instanceof NodeRefusal) || range === 1) throw error;
      // Nodes have limits of their own to what one answer may hold.
      range = Math.max(1, Math.floor(range / 2));
      return at;
    }
  }

  /** A new event begins a trace, which goes on to the receipt of its forward. */
  async function seen(logs: readonly RawLog[]): Promise<SeenEvent[]> {
    const named = nameEvents(logs);
    const known = await mirror.known(named.map(({ id }) => id));
    const events: SeenEvent[] = [];
    for (const { id, log } of named) {
      const event = readLog(log);
      if (event === null) continue;
      const place = {
        blockNumber: Number(log.blockNumber),
        blockHash: log.blockHash,
        transactionHash: log.transactionHash,
        logIndex: Number(log.logIndex),
      };
      const roomId = roomIdOf(event.roomKey);
      const attributes = {
        'chain.event': event.name,
        'chain.block': place.blockNumber,
        'chain.transaction': place.transactionHash,
        'room.id': roomId,
        'enduser.id': event.wallet,
      };
      const traceparent = known.has(id)
        ? null
        : await inSpan('chain event', attributes, async () => activeTraceparent() ?? null, {
            parent: ROOT_CONTEXT,
          });
      if (!known.has(id)) logger.info('chain.event', { ...place, eventId: id, name: event.name, roomId });
      events.push({ id, ...event, roomId, ...place, traceparent, seenAt: now() });
    }
    return events;
  }

  /** The chain has been read to its head: what is still adrift is in it no more. */
  async function orphanLost(): Promise<void> {
    for (;;) {
      const lost = await mirror.adrift(BATCH);
      for (const event of lost) {
        logger.warn('chain.event.orphaned', { eventId: event.id, name: event.name, roomId: event.roomId });
        await mirror.orphan(event);
      }
      if (lost.length < BATCH) return;
    }
  }

  /** What is deep enough counts, if its block is the chain's: its writer may have been long dead to the others. */
  async function confirm(head: Block): Promise<void> {
    const ripe = await mirror.ripe(head.number - confirmations, BATCH);
    const hashes = new Map<number, string | undefined>();
    for (const event of ripe) {
      const { blockNumber } = event;
      if (!hashes.has(blockNumber)) hashes.set(blockNumber, (await chain.block(blockNumber))?.hash);
      if (hashes.get(blockNumber) === event.blockHash) await mirror.confirm(event);
      else await mirror.castAdrift(blockNumber - 1);
    }
  }

  return {
    /** Reads on to the head. Null while another instance does, or there is nothing to say yet. */
    async round(): Promise<Round | null> {
      const held = await cursor.hold();
      const head = held && (await chain.block('latest'));
      if (!head) return null;
      let at = await goBack(await withFirst(held, head), head);
      while (at !== null && at.next <= head.number) at = await readNext(at, head);
      if (at === null) return null;
      await orphanLost();
      await confirm(head);
      return { head: head.number, lag: Math.max(0, head.number - at.next + 1) };
    },
  };
}
