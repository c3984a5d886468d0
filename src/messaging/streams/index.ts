import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/nats-core';
import { ServiceError } from '../../errors.ts';
import { type History, type Room, type RoomEvent, type Rooms, refused } from '../../rooms/index.ts';
import { activeTraceparent, type Logger } from '../../telemetry/index.ts';
import { channelOf, ownChannelOf } from '../subjects.ts';
import { createDepartures } from './departures.ts';
import { createRoomStreamStore } from './room-stream.ts';
import { startStreamSweep } from './sweep.ts';
import { createTeller } from './teller.ts';

/** What the server does not answer by then is tried again, or refused. A connect waits three seconds. Milliseconds. */
const DEADLINE = 2_000;
/** What goes wrong in rooms is logged this often, of each kind. Milliseconds. */
const COMPLAIN_EVERY = 30_000;

/** What rooms' streams are for the other parts of the door. Methods throw MESSAGING_UNAVAILABLE while NATS is away. */
export type RoomStreams = AsyncDisposable &
  Readonly<{
    /**
     * Everything that this user's client reads from is there: the room's stream, the user's three consumers. One round
     * trip when it is. For those who were admitted. @throws ROOM_NOT_FOUND, ROOM_ENDED
     */
    prepare(roomId: string, userId: string): Promise<void>;
    /** Of the relay, any number of times. Tells the room, sees to streams and consumers; returns at once. */
    onRoomEvent(event: RoomEvent): void;
    /** Tells one user alone. A message of the same id is heard once. */
    answer(roomId: string, userId: string, message: object, messageId: string): Promise<void>;
    /** Draws for everybody in the room. A message of the same id is heard once. */
    tellWhiteboard(roomId: string, message: object, messageId: string): Promise<void>;
    /** Tells everybody in the room what is no room event. A message of the same id is heard once. */
    broadcast(roomId: string, message: object, messageId: string): Promise<void>;
  }>;

/** Opens the streams of rooms on our connection to their account. */
export async function createRoomStreams(deps: {
  connection: NatsConnection;
  rooms: Pick<Rooms, 'get'>;
  history: Pick<History, 'eventsAfter'>;
  /** Servers that hold each stream. */
  replicas: number;
  /** How long a stream outlives its room. Milliseconds. */
  keep: number;
  logger: Pick<Logger, 'warn' | 'error'>;
  now: () => Date;
}): Promise<RoomStreams> {
  const { connection, rooms, logger, now } = deps;
  const streams = createRoomStreamStore({
    connection,
    js: jetstream(connection, { timeout: DEADLINE }),
    jsm: await jetstreamManager(connection, { timeout: DEADLINE, checkAPI: false }),
    replicas: deps.replicas,
    timeout: DEADLINE,
  });
  const room = (roomId: string): Promise<Room> => rooms.get(roomId);

  /** What those who are in read from, where the stream was there and is not. */
  async function heal({ id, seats }: Room): Promise<void> {
    for (const { userId } of seats) await streams.addConsumers(id, userId, new Set());
  }

  /** For LIVE rooms. @returns whether there is a stream now */
  async function remake(roomId: string, from: number | null): Promise<boolean> {
    const there = await room(roomId).catch(unlessUnknown);
    if (there?.status !== 'LIVE') return false;
    await streams.make(roomId, from ?? there.lastSeq);
    // Nobody has come in by NATS before anything was told.
    if (from !== 0) await heal(there);
    return true;
  }

  async function prepare(roomId: string, userId: string): Promise<void> {
    const there = await streams.consumers(roomId);
    if (there) return streams.addConsumers(roomId, userId, there);
    const found = await room(roomId);
    if (found.status !== 'LIVE') throw refused('ROOM_ENDED');
    await streams.make(roomId, found.lastSeq);
    await streams.addConsumers(roomId, userId, new Set());
    // Whoever waits to be let in need not wait for the others.
    heal(found).catch((error: unknown) => logger.warn('messaging.consumers.missing', { roomId, error }));
  }

  /** Of what fails in many rooms at once, and is tried again. */
  const complain = (what: string) => {
    let last = Number.NEGATIVE_INFINITY;
    return (roomId: string, error: unknown): void => {
      if (performance.now() - last < COMPLAIN_EVERY) return;
      last = performance.now();
      logger.warn(what, { roomId, error });
    };
  };
  const teller = createTeller({
    streams,
    history: deps.history,
    room,
    remake,
    log: {
      failed: complain('messaging.untold'),
      gap: (roomId, from, to) => logger.error('messaging.gap', { roomId, from, to }),
    },
  });
  const departures = createDepartures({
    streams,
    room,
    prepare,
    onError: complain('messaging.consumers.left'),
    now: () => performance.now(),
  });
  const sweep = startStreamSweep({
    streams,
    teller,
    room,
    keep: deps.keep,
    onError: (error) => logger.warn('messaging.sweep.failed', { error }),
    now,
  });

  const status = connection.status();
  void (async () => {
    for await (const { type } of status) if (type === 'reconnect') teller.retry();
  })();

  async function publish(roomId: string, subject: string, message: object, messageId: string): Promise<void> {
    const once = () => streams.publish(subject, JSON.stringify(message), messageId, activeTraceparent());
    try {
      await once();
    } catch (error) {
      // Nobody takes it: there is no such stream, or nobody leads it right now.
      if (!isUnheard(error) || !(await remake(roomId, null))) throw error;
      await once();
    }
  }

  return {
    prepare: (roomId, userId) => fromNats(prepare(roomId, userId)),
    onRoomEvent(event) {
      teller.offer(event, activeTraceparent());
      departures.offer(event);
    },
    answer: (roomId, userId, message, messageId) =>
      fromNats(publish(roomId, ownChannelOf(roomId, userId), message, `answer/${userId}/${messageId}`)),
    tellWhiteboard: (roomId, message, messageId) =>
      fromNats(publish(roomId, channelOf('whiteboard', roomId), message, `whiteboard/${messageId}`)),
    broadcast: (roomId, message, messageId) =>
      fromNats(
        teller.say(roomId, {
          channel: 'system',
          text: JSON.stringify(message),
          messageId: `broadcast/${messageId}`,
          traceparent: activeTraceparent(),
        }),
      ),
    async [Symbol.asyncDispose]() {
      await sweep[Symbol.asyncDispose]();
      await departures[Symbol.asyncDispose]();
      await teller[Symbol.asyncDispose]();
    },
  };
}

function unlessUnknown(error: unknown): null {
  if (error instanceof ServiceError && error.code === 'ROOM_NOT_FOUND') return null;
  throw error;
}

const isUnheard = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof errors.RequestError && error.cause.isNoResponders();

/** The one place where what NATS says becomes ours. */
async function fromNats<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    throw new ServiceError('MESSAGING_UNAVAILABLE', 'Messaging does not answer. Try again shortly.', {
      cause: error,
    });
  }
}
