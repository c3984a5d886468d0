import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { History, Room, RoomEvent } from '../../rooms/index.ts';
import { every } from '../../timers.ts';
import { messageOf } from '../../wire/index.ts';
import type { Heads, Lost, Note, RoomStreams } from './room-stream.ts';

/** Rooms whose events are told at the same time; in each, one event after the other. */
const ROOMS_AT_ONCE = 50;
/** Rooms that something is to be told in. Past this the sweep finds the rest. */
const MAX_ROOMS = 20_000;
/** Events that wait in memory for one room. What is more is read from the history. */
const MAX_WAITING = 1_000;
/** Events of one read of the history. */
const PAGE = 200;
/** Others may be first this often in a row before a room waits its turn. */
const MAX_BEATEN = 50;
/** A room in which nothing could be told waits this long. Milliseconds. */
const RETRY_EVERY = 1_000;
/** When we stop, what is being told may take this long; the rest is told by others, or by our next life. Milliseconds. */
const PARTING = 1_000;
/** Rooms of which we remember how far they were told; of others the stream knows. */
const MAX_KNOWN = 10_000;

/** An event that was just written, with the trace that it belongs to. */
type Written = Readonly<{ event: RoomEvent; traceparent?: string | undefined }>;

/** What is to be told in one room. */
type Line = {
  waiting: Map<number, Written>;
  /** The history may have more than what waits here. */
  behind: boolean;
  state: 'ready' | 'telling' | 'resting';
};

export type TellerLog = Readonly<{
  /** Nothing can be told in this room right now; it is tried again. */
  failed(roomId: string, error: unknown): void;
  /** Neither outbox nor history has these events. */
  gap(roomId: string, from: number, to: number): void;
}>;

export type Teller = ReturnType<typeof createTeller>;

/**
 * Tells rooms' events in their streams: each once, and none before all earlier ones, whichever instances are at it.
 * The stream itself says how far it is: the newest message of a subject carries its event's `seq`, and who publishes
 * the next names that message, so that of two who do it at once one is refused and looks again. Nothing here is the
 * truth: what waits in memory saves reading what was just written.
 *
 * @param deps.remake makes the stream of a room that should have one. @returns null when it should not
 */
export function createTeller(deps: {
  streams: Pick<RoomStreams, 'heads' | 'tell'>;
  history: Pick<History, 'eventsAfter'>;
  room: (roomId: string) => Promise<Pick<Room, 'lastSeq'>>;
  remake: (roomId: string, from: number | null) => Promise<boolean>;
  log: TellerLog;
}) {
  const { streams, history, log } = deps;
  const lines = new Map<string, Line>();
  const known = new LRUCache<string, Heads>({ max: MAX_KNOWN });
  let telling = 0;
  let stopped = false;

  const remember = (roomId: string, heads: Heads): Heads => {
    known.set(roomId, heads);
    return heads;
  };

  /** How far the room was told, as its stream says. @returns null when nobody is to be told any more */
  async function look(roomId: string, line?: Line): Promise<Heads | null> {
    for (let made = 0; made < 2; made += 1) {
      const heads = await streams.heads(roomId);
      if (heads) return remember(roomId, heads.told === null ? await estimate(roomId, heads) : heads);
      const next = line && line.waiting.size > 0 ? Math.min(...line.waiting.keys()) - 1 : null;
      const from = next === null ? null : Math.max(next, known.get(roomId)?.told ?? 0);
      if (!(await deps.remake(roomId, from))) return null;
    }
    throw new Error('the stream is gone as soon as it is made');
  }

  /** Where to go on when the stream has forgotten: at the first event since what it still knows. */
  async function estimate(roomId: string, { from, since, last }: Lost): Promise<Heads> {
    const { lastSeq } = await deps.room(roomId);
    const start = Math.max(from, lastSeq - PAGE);
    const events = await history.eventsAfter(roomId, start, PAGE);
    const first = events.find(({ at }) => at >= since);
    return { told: first ? first.seq - 1 : (events.at(-1)?.seq ?? Math.max(start, lastSeq)), last };
  }

  async function tellNext(
    roomId: string,
    heads: Heads,
    { event, traceparent }: Written,
  ): Promise<Heads | null> {
    const note = noteOf(event, traceparent);
    const { seq } = event;
    if (note === null) return remember(roomId, { ...heads, told: seq });
    const told = await streams.tell(roomId, heads, note);
    return told && remember(roomId, told);
  }

  /** Tells all that is to be told in the room. */
  async function bringUp(roomId: string, line: Line): Promise<void> {
    let beaten = 0;
    let fresh = !known.has(roomId);
    let heads = known.get(roomId) ?? (await look(roomId, line));
    while (heads !== null && !stopped) {
      for (const seq of line.waiting.keys()) if (seq <= heads.told) line.waiting.delete(seq);
      const next = line.waiting.get(heads.told + 1);
      if (next) {
        const told: Heads | null = await tellNext(roomId, heads, next);
        if (told === null && ++beaten > MAX_BEATEN) throw new Error('others are always first');
        heads = told ?? (await look(roomId, line));
        fresh = told === null;
      } else if (line.waiting.size === 0 && !line.behind) {
        return;
      } else if (!fresh) {
        // Others may have told what is missing here.
        heads = await look(roomId, line);
        fresh = true;
      } else {
        heads = await readOn(roomId, line, heads);
      }
    }
    line.waiting.clear();
    line.behind = false;
  }

  /** Takes what is missing from the history. */
  async function readOn(roomId: string, line: Line, heads: Heads): Promise<Heads> {
    const missing = await history.eventsAfter(roomId, heads.told, PAGE);
    line.behind = missing.length === PAGE;
    for (const event of missing) if (!line.waiting.has(event.seq)) line.waiting.set(event.seq, { event });
    if (missing.length > 0 || line.waiting.size === 0) return heads;
    const next = Math.min(...line.waiting.keys());
    if (next > heads.told + 1) log.gap(roomId, heads.told + 1, next - 1);
    return remember(roomId, { ...heads, told: Math.max(heads.told, next - 1) });
  }

  async function work(roomId: string, line: Line): Promise<void> {
    try {
      await bringUp(roomId, line);
      lines.delete(roomId);
    } catch (error) {
      log.failed(roomId, error);
      // The history has them.
      line.waiting.clear();
      line.behind = true;
      line.state = 'resting';
    }
  }

  function pump(): void {
    if (stopped) return;
    for (const [roomId, line] of lines) {
      if (telling >= ROOMS_AT_ONCE) return;
      if (line.state !== 'ready') continue;
      line.state = 'telling';
      telling += 1;
      void work(roomId, line).finally(() => {
        telling -= 1;
        pump();
      });
    }
  }

  function lineOf(roomId: string): Line | null {
    const there = lines.get(roomId);
    if (there) return there;
    if (lines.size >= MAX_ROOMS) return null;
    const line: Line = { waiting: new Map(), behind: false, state: 'ready' };
    lines.set(roomId, line);
    return line;
  }

  function retry(): void {
    for (const line of lines.values()) if (line.state === 'resting') line.state = 'ready';
    pump();
  }
  const stopRetrying = every(RETRY_EVERY, async () => retry());

  return {
    /** An event that was written; maybe again, maybe before earlier ones. */
    offer(event: RoomEvent, traceparent: string | undefined): void {
      const { roomId, seq } = event;
      if (seq <= (known.get(roomId)?.told ?? 0)) return;
      const line = lineOf(roomId);
      if (!line) return;
      if (line.state === 'resting' || line.waiting.size >= MAX_WAITING) line.behind = true;
      else line.waiting.set(seq, { event, traceparent });
      pump();
    },

    /** The room's newest event has this `seq`: tells what was left untold. */
    check(roomId: string, lastSeq: number): void {
      if (lastSeq <= (known.get(roomId)?.told ?? -1)) return;
      const line = lineOf(roomId);
      if (line) line.behind = true;
      pump();
    },

    /** Says what is no room event to everybody in the room, between two that are. */
    async say(roomId: string, note: Omit<Note, 'seq'>): Promise<void> {
      for (let beaten = 0; beaten <= MAX_BEATEN; beaten += 1) {
        const heads = await look(roomId);
        if (heads === null) return;
        const told = await streams.tell(roomId, heads, { ...note, seq: heads.told });
        if (told) return void remember(roomId, told);
      }
      throw new Error('others are always first');
    },

    /** NATS is back: those who wait need not any longer. */
    retry,

    async [Symbol.asyncDispose](): Promise<void> {
      const deadline = performance.now() + PARTING;
      while (telling > 0 && performance.now() < deadline) await sleep(10);
      stopped = true;
      await stopRetrying();
    },
  };
}

/** What NATS clients are told of an event: what those at sockets are, with its place in the room's history. */
function noteOf(event: RoomEvent, traceparent: string | undefined): Note | null {
  const message = messageOf(event);
  if (message === null) return null;
  const { id, seq, at: time } = event;
  const [type, data] = message;
  return {
    channel: event.type === 'chat.message' ? 'chat' : 'system',
    seq,
    text: JSON.stringify({ type, id, seq, time, data }),
    messageId: id,
    traceparent,
  };
}
