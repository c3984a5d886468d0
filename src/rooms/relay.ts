import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { createBatcher } from '../batcher.ts';
import { every, withDeadline } from '../timers.ts';
import type { RoomEvent } from './events.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { OutboxStore } from './outbox.ts';

/**
 * Events in one bulk write. More would be cheaper for each, but a bulk write keeps the joins behind it waiting:
 * of 200, up to a second on the slowest store that we know (the development stand-in).
 */
const BATCH = 50;
/** Past this the newest wait in the outbox for the sweep instead of in memory. */
const MAX_IN_HAND = 10_000;
/** An event that lies this long was not carried on by the instance that wrote it. Milliseconds. */
const LEFT_AFTER = 5_000;
const SWEEP_EVERY = 2_500;
/** Rooms that one sweep looks at; what is more waits for the next. */
const SWEEP_ROOMS = 100;
/** What could not be done for this long is given up and logged: LiveKit's own room is long gone by then. */
const ABANDON_AFTER = 15 * 60_000;
/** A handler must be done within this, or the event is tried again by the sweep. Milliseconds. */
const HANDLER_DEADLINE = 5_000;
/** When we stop, what is in hand may take this long; the rest stays in the outbox for others. Milliseconds. */
const PARTING = 3_000;

/**
 * Acts on an event, outside the rooms. May be called again for the same event (after a failure, a crash, or
 * by two instances at once), and maybe late: it looks at what is, not at what the event says was.
 */
export type EventHandler = (event: RoomEvent) => Promise<void>;

export type RelayLog = Readonly<{
  failed(event: RoomEvent, error: unknown): void;
  abandoned(event: RoomEvent): void;
  stalled(error: unknown): void;
}>;

type Carried = Readonly<{ event: RoomEvent; traced: Context }>;

export type Relay = AsyncDisposable & Readonly<{ carry(events: readonly RoomEvent[]): void }>;

/**
 * Carries written events on: into the history, to the handlers, out of the outbox, in that order. Batches
 * what many requests wrote, so that a join itself costs one write. The events of one room are handled in their
 * order, and rooms do not wait for each other. What fails stays in the outbox, where the sweep of any instance
 * finds it.
 */
export function createRelay(deps: {
  store: OutboxStore;
  handlers: readonly EventHandler[];
  /** Told of events whose writer may have died before it told anyone. */
  onLeft: (events: readonly RoomEvent[]) => void;
  log: RelayLog;
  now: () => Date;
}): Relay {
  const { store, handlers, log, now } = deps;
  /** Events that this instance has in hand, so that its own sweep leaves them alone. */
  const inHand = new Set<string>();
  const writing = createBatcher<Carried>(BATCH, carryOn);
  const clearing = createBatcher<RoomEvent>(BATCH, clear);
  const perRoom = new KeyedQueue();

  async function carryOn(batch: readonly Carried[]): Promise<void> {
    try {
      await store.carryOn(batch.map(({ event }) => event));
    } catch (error) {
      log.stalled(error);
      letGo(batch.map(({ event }) => event));
      return;
    }
    for (const [roomId, events] of Map.groupBy(batch, ({ event }) => event.roomId))
      perRoom
        .run(roomId, () => handleInOrder(events))
        .catch((error: unknown) => {
          // Too many wait behind a handler that hangs: the sweep takes these up later.
          log.stalled(error);
          letGo(events.map(({ event }) => event));
        });
  }

  async function handleInOrder(events: readonly Carried[]): Promise<void> {
    for (const { event, traced } of events) {
      if (await context.with(traced, () => handle(event))) clearing.add([event]);
      else letGo([event]);
    }
  }

  async function handle(event: RoomEvent): Promise<boolean> {
    try {
      await withDeadline(Promise.all(handlers.map((handler) => handler(event))), HANDLER_DEADLINE);
      return true;
    } catch (error) {
      log.failed(event, error);
      if (now().getTime() - event.at.getTime() < ABANDON_AFTER) return false;
      log.abandoned(event);
      return true;
    }
  }

  async function clear(batch: readonly RoomEvent[]): Promise<void> {
    await store.clear(batch).catch((error: unknown) => log.stalled(error));
    letGo(batch);
  }

  const letGo = (events: readonly RoomEvent[]): void => {
    for (const { id } of events) inHand.delete(id);
  };

  function carry(events: readonly RoomEvent[]): void {
    const fresh = events.filter(({ id }) => !inHand.has(id));
    if (inHand.size + fresh.length > MAX_IN_HAND) return;
    for (const { id } of fresh) inHand.add(id);
    const traced = context.active();
    // A batch serves many requests, so it belongs to the trace of none; handlers get that of their event.
    context.with(ROOT_CONTEXT, () => writing.add(fresh.map((event) => ({ event, traced }))));
  }

  const stopSweeping = every(SWEEP_EVERY, async () => {
    try {
      const left = await store.left(new Date(now().getTime() - LEFT_AFTER), SWEEP_ROOMS);
      carry(left);
      deps.onLeft(left);
    } catch (error) {
      log.stalled(error);
    }
  });

  return {
    carry,
    async [Symbol.asyncDispose]() {
      await stopSweeping();
      const deadline = performance.now() + PARTING;
      while (inHand.size > 0 && performance.now() < deadline) await sleep(10);
    },
  };
}
