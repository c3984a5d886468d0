import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, JsMsg, StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { ServiceError } from '../../errors.ts';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import { every, withDeadline } from '../../timers.ts';
import { askerOf, doneWith } from '../subjects.ts';
import { type createAnswering, errorAnswer, type Outcome } from './answering.ts';
import { type DeadLetters, HEADER, type Reason } from './dead-letters.ts';
import type { Asking } from './handlers.ts';
import { createLines, type InLine } from './lines.ts';
import { type Answer, idOf } from './protocol.ts';
import { HEARD_WITHIN, type RequestQueue } from './queue.ts';
import { requestId } from './request-id.ts';

/** Failures of a request before it is given up (spec/4-messaging.md). */
const MAX_TRIES = 5;
/** Between them. Milliseconds. */
const BACKOFF = [500, 2_000, 8_000, 20_000] as const;
/** How long one pull waits for requests. Milliseconds. */
const PULL = 5_000;
/** Before a pull that failed is tried again. Milliseconds. */
const REST = 500;
/** The server's word on an acknowledgement. Milliseconds. */
const ACKNOWLEDGED_WITHIN = 2_000;
/** When we stop, what is worked on may take this long; the rest is given to others. Milliseconds. */
const PARTING = 3_000;

/** One request as it was given to us. */
type Given = InLine & Readonly<{ delivery: JsMsg }>;

export type Tell = (roomId: string, userId: string, message: Answer, messageId: string) => Promise<void>;

/**
 * Works on users' requests: pulls them from the queue that all instances share, keeps each user's in order, answers, and
 * takes them out of the queue. Disposing gives back what waits and finishes what is worked on.
 */
export function startWorkers(deps: {
  connection: NatsConnection;
  queue: RequestQueue;
  workers: number;
  answering: ReturnType<typeof createAnswering>;
  answer: Tell;
  deadLetters: Pick<DeadLetters, 'add'>;
  logger: Logger;
  now: () => Date;
}): AsyncDisposable {
  const { connection, queue, answering, answer, deadLetters, logger, now } = deps;
  /** What the first of a line says, read when it was asked where it stands. */
  const read = new Map<number, StoredMsg>();
  let stopping = false;
  let pulling: ConsumerMessages | null = null;

  const lines = createLines<Given>({
    workers: deps.workers,
    async placeOf({ line, seq }) {
      try {
        const { place, message } = await queue.placeOf(line, seq);
        if (message) read.set(seq, message);
        return place;
      } catch (error) {
        logger.warn('messaging.request.unread', { error });
        return 'behind';
      }
    },
    listen(line, wake) {
      const heard = connection.subscribe(doneWith(line), { callback: wake });
      return () => heard.unsubscribe();
    },
    async work(given) {
      const message = read.get(given.seq);
      read.delete(given.seq);
      const asker = askerOf(given.line);
      if (!message || !asker) return 0;
      const nonce = message.header?.get(HEADER.nonce) || `${message.seq} ${message.timestamp}`;
      const asking = { ...asker, once: requestId(message.subject, nonce) };
      return workOn(given, message, asking, nonce).catch((error: unknown) => {
        // It is given out again when nothing more is heard of it.
        logger.warn('messaging.request.unsettled', { ...asker, error });
        return 0;
      });
    },
  });

  async function workOn(
    { delivery }: Given,
    message: StoredMsg,
    asking: Asking,
    nonce: string,
  ): Promise<number> {
    const { roomId, userId, once } = asking;
    const tries = delivery.info.deliveryCount;
    const parent = contextFromTraceparent(message.header?.get(HEADER.traceparent) || undefined);
    const attributes = { 'room.id': roomId, 'enduser.id': userId, 'request.tries': tries };
    const work = async () => {
      if (tries > MAX_TRIES) return giveUp(delivery, message, asking, nonce, 'ABANDONED');
      let outcome: Outcome;
      try {
        outcome = await answering(message.data, asking, tries === 1);
        await told(outcome, asking);
      } catch (error) {
        const code = error instanceof ServiceError ? error.code : 'INTERNAL';
        logger.warn('messaging.request.failed', { roomId, userId, requestId: once, tries, code, error });
        if (tries >= MAX_TRIES) return await giveUp(delivery, message, asking, nonce, code);
        delivery.nak(BACKOFF[tries - 1] ?? BACKOFF[0]);
        return 0;
      }
      await done(delivery, message.subject);
      const { type, rest } = outcome;
      logger.debug('messaging.request.done', { roomId, userId, requestId: once, type, tries });
      return rest;
    };
    return inSpan('nats request', attributes, work, { parent });
  }

  async function told({ answer: message, type }: Outcome, { roomId, userId, once }: Asking): Promise<void> {
    if (message.type === 'ERR')
      logger.info('messaging.request.refused', { roomId, userId, type, code: message.error.code });
    await answer(roomId, userId, message, once).catch((error: unknown) => {
      // A room that is over and forgotten has nobody left to hear it.
      const over = message.type === 'ERR' && ['ROOM_NOT_FOUND', 'ROOM_ENDED'].includes(message.error.code);
      if (!over) throw error;
    });
  }

  /** Out of the queue, for sure; and whoever has the next of this line in hand hears so. */
  async function done(delivery: JsMsg, subject: string): Promise<void> {
    await delivery.ackAck({ timeout: ACKNOWLEDGED_WITHIN });
    connection.publish(doneWith(subject));
  }

  async function giveUp(
    delivery: JsMsg,
    { subject, data, time, header }: StoredMsg,
    { roomId, userId, once }: Asking,
    nonce: string,
    reason: Reason,
  ): Promise<number> {
    const tries = Math.min(delivery.info.deliveryCount, MAX_TRIES);
    const traceparent = header?.get(HEADER.traceparent) || undefined;
    await deadLetters.add({
      subject,
      nonce,
      reason,
      tries,
      askedAt: time,
      failedAt: now(),
      traceparent,
      body: data,
    });
    logger.error('messaging.request.dead', { roomId, userId, requestId: once, reason, tries });
    const failure = new ServiceError('INTERNAL', 'This could not be done.');
    // They may not be told either: what kept us from it may be the same.
    await answer(roomId, userId, errorAnswer(idOf(data), failure), `${once}/dead`).catch(() => {});
    await done(delivery, subject);
    return 0;
  }

  async function pull(consumer: Consumer): Promise<void> {
    while (!stopping) {
      const free = lines.free();
      if (free === 0) {
        await lines.freed();
        continue;
      }
      pulling = await consumer.fetch({ max_messages: free, expires: PULL });
      if (stopping) pulling.stop();
      for await (const delivery of pulling)
        lines.take({ line: delivery.subject, seq: delivery.seq, delivery });
    }
  }

  async function keepPulling(): Promise<void> {
    let complained = false;
    while (!stopping) {
      try {
        await pull(await queue.prepare());
        complained = false;
      } catch (error) {
        if (!stopping && !complained) logger.warn('messaging.requests.stalled', { error });
        complained = true;
        await sleep(REST);
      }
    }
  }

  const stopBeating = every(HEARD_WITHIN / 4, async () => {
    // Of a connection that is closed nothing is asked any more.
    if (!connection.isClosed()) for (const { delivery } of lines.held()) delivery.working();
  });
  const running = keepPulling();

  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      pulling?.stop();
      const { left, finished } = lines.stop();
      for (const { delivery } of left) delivery.nak();
      await withDeadline(Promise.all([finished, running]), PARTING).catch(() => {});
      await stopBeating();
    },
  };
}
