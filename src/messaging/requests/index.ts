import type { NatsConnection } from '@nats-io/nats-core';
import type { Connection } from 'mongoose';
import type { RateLimits } from '../../limits/index.ts';
import type { Mint } from '../../livekit/index.ts';
import type { Rooms } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import type { IceServersFor } from '../../turn/index.ts';
import type { SessionTokens } from '../session-token.ts';
import { createAnswering } from './answering.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { createHandlers } from './handlers.ts';
import { tellOfMediaServer } from './media-server.ts';
import { createRequestQueue } from './queue.ts';
import { startWorkers } from './workers.ts';

export { deadLetterRoutes } from './dead-letter-routes.ts';
export type { DeadLetters } from './dead-letters.ts';

/** How rooms and users are told; a message of the same id is heard once. */
type Streams = Readonly<{
  answer(roomId: string, userId: string, message: object, messageId: string): Promise<void>;
  tellWhiteboard(roomId: string, message: object, messageId: string): Promise<void>;
  broadcast(roomId: string, message: object, messageId: string): Promise<void>;
}>;

/** What users ask for by NATS is worked on until this is disposed. */
export type OpenRequests = AsyncDisposable & Readonly<{ deadLetters: DeadLetters }>;

/** What workers need of the service besides NATS. */
export type RequestDeps = Readonly<{
  connection: Connection;
  rooms: Rooms;
  limits: RateLimits;
  mint: Mint;
  /** LiveKit as clients reach it. */
  serverUrl: string;
  iceServersFor: IceServersFor;
  sessionTokens: SessionTokens;
  logger: Logger;
  now: () => Date;
}>;

/** Opens the work queue on our connection to the rooms' account, and works on it with so many workers. */
export async function openRequests(
  deps: RequestDeps & Readonly<{ nats: NatsConnection; streams: Streams; workers: number; replicas: number }>,
): Promise<OpenRequests> {
  const { nats, streams, rooms, logger, now } = deps;
  const queue = await createRequestQueue(nats, deps.replicas);
  const deadLetters = createDeadLetters(queue.jsm, queue.js);
  const handlers = createHandlers({
    rooms,
    mint: deps.mint,
    serverUrl: deps.serverUrl,
    iceServersFor: deps.iceServersFor,
    sessionTokens: deps.sessionTokens,
    tellWhiteboard: (roomId, userId, data, messageId) =>
      streams.tellWhiteboard(
        roomId,
        { type: 'whiteboard:data', id: messageId, time: now(), data: { userId, data } },
        messageId,
      ),
  });
  const workers = startWorkers({
    connection: nats,
    queue,
    workers: deps.workers,
    answering: createAnswering({ handlers, limits: deps.limits }),
    answer: streams.answer,
    deadLetters,
    logger,
    now,
  });
  // Nobody waits for it: a room that cannot be told right now is no reason to answer nobody.
  const told = tellOfMediaServer({
    connection: deps.connection,
    rooms,
    url: deps.serverUrl,
    broadcast: streams.broadcast,
    logger,
    now,
  }).catch((error: unknown) => logger.warn('media-server.untold', { error }));
  return {
    deadLetters,
    async [Symbol.asyncDispose]() {
      await workers[Symbol.asyncDispose]();
      await told;
    },
  };
}
