import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import { every, withDeadline } from '../timers.ts';
import type { RoomEvent } from './events.ts';
import type { OutboxStore } from './outbox.ts';

/** Events carried on by one round; a round is three bulk writes, so larger is cheaper up to a point. */
const BATCH = 200;
/** Past this the newest wait in the outbox for the sweep instead of in memory. */
const MAX_PENDING = 10_000;
/** An event that lies this long was not carried on by the instance that wrote it. Milliseconds. */
const LEFT_AFTER = 5_000;
const SWEEP_EVERY = 2_500;
/** Rooms that one sweep looks at; what is more waits for the next. */
const SWEEP_ROOMS = 100;
/** What could not be done for this long is given up and logged: LiveKit's own room is long gone by then. */
const ABANDON_AFTER = 15 * 60_000;
/** A handler must be done within this, or the event is tried again by the sweep. Milliseconds. */
const HANDLER_DEADLINE = 5_000;

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
 * what many requests wrote, so that a join itself costs one write. What fails stays in the outbox, where the
 * sweep of any instance finds it.
 */
export function createRelay(deps: {
  store: OutboxStore;
  handlers: readonly EventHandler[];
  log: RelayLog;
  now: () => Date;
}): Relay {
  const { store, handlers, log, now } = deps;
  const pending: Carried[] = [];
  let running: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (pending.length > 0) await round(pending.splice(0, BATCH)).catch((error) => log.stalled(error));
  }

  async function round(batch: readonly Carried[]): Promise<void> {
    await store.carryOn(batch.map(({ event }) => event));
    // Rooms side by side, the events of one room in their order.
    const rooms = Map.groupBy(batch, ({ event }) => event.roomId);
    const handled = await Promise.all(rooms.values().map(handleInOrder));
    await store.clear(handled.flat());
  }

  async function handleInOrder(events: readonly Carried[]): Promise<RoomEvent[]> {
    const done: RoomEvent[] = [];
    for (const { event, traced } of events)
      if (await context.with(traced, () => handle(event))) done.push(event);
    return done;
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

  async function sweep(): Promise<void> {
    const lying = await store.left(new Date(now().getTime() - LEFT_AFTER), SWEEP_ROOMS);
    const traced = context.active();
    for (let start = 0; start < lying.length; start += BATCH)
      await round(lying.slice(start, start + BATCH).map((event) => ({ event, traced })));
  }

  function start(): void {
    // A round serves many requests, so it belongs to the trace of none; handlers get that of their event.
    running ??= context.with(ROOT_CONTEXT, drain).finally(() => {
      running = null;
      if (pending.length > 0) start();
    });
  }

  const stopSweeping = every(SWEEP_EVERY, () => sweep().catch((error) => log.stalled(error)));

  return {
    carry(events) {
      if (pending.length + events.length > MAX_PENDING) return;
      const traced = context.active();
      for (const event of events) pending.push({ event, traced });
      start();
    },
    async [Symbol.asyncDispose]() {
      await stopSweeping();
      await running;
    },
  };
}
