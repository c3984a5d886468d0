import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  type NextMsgRequest,
  RetentionPolicy,
  type SeqMsgRequest,
  StorageType,
  type StoredMsg,
  type StreamConfig,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';
import { DEAD_REQUESTS, DEAD_STREAM, REQUEST_STREAM, REQUESTS } from '../subjects.ts';
import type { Place } from './lines.ts';

/** The work queue and what lies beside it, as they are made in NATS. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MIB = 1_024 * 1_024;

/** What the server does not answer by then is tried again. Milliseconds. */
const DEADLINE = 2_000;
/**
 * The requests that one user may have waiting in one room: who sends more is refused by the server, in the answer to the
 * publish.
 */
const MAX_WAITING = 256;
const MAX_REQUESTS = 100_000;
/** The server sets as much of `max_file_store` aside. */
const MAX_BYTES = 256 * MIB;
const MAX_DEAD = 10_000;
const MAX_DEAD_BYTES = 64 * MIB;
/** Whoever waited so long for an answer has gone. */
const MAX_AGE = DAY;
/**
 * Less than the history of events is kept (src/migrations/0001): as long as a dead request can be put back, it is known
 * whether it had been done.
 */
const DEAD_KEPT = 6 * DAY;

/** All instances share it. */
const CONSUMER = 'workers';
/**
 * One that was given out and of which nothing was heard for so long is given out again: its instance is dead, or cut off.
 * Milliseconds.
 */
export const HEARD_WITHIN = 10_000;
/** Given out at once, to all instances together, those included that wait for earlier ones of their user. */
const MAX_GIVEN = 10_000;
/** Pulls that wait, of all instances. */
const MAX_PULLS = 2_000;

function requestStream(replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: REQUEST_STREAM,
    // All that users may publish to, and not where the dead lie: a message of a work queue is there to be worked on.
    subjects: [`${REQUESTS}.*.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
    num_replicas: replicas,
    max_age: nanos(MAX_AGE),
    max_msgs: MAX_REQUESTS,
    max_msgs_per_subject: MAX_WAITING,
    max_bytes: MAX_BYTES,
    duplicate_window: nanos(2 * MINUTE),
  };
}

function deadStream(replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: DEAD_STREAM,
    subjects: [DEAD_REQUESTS],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: nanos(DEAD_KEPT),
    max_msgs: MAX_DEAD,
    max_bytes: MAX_DEAD_BYTES,
    // Who moved one and died before it was out of the queue moves it again.
    duplicate_window: nanos(10 * MINUTE),
    allow_direct: true,
  };
}

const consumer: Partial<ConsumerConfig> & { durable_name: string } = {
  durable_name: CONSUMER,
  ack_policy: AckPolicy.Explicit,
  ack_wait: nanos(HEARD_WITHIN),
  deliver_policy: DeliverPolicy.All,
  max_deliver: -1,
  max_ack_pending: MAX_GIVEN,
  max_waiting: MAX_PULLS,
  // Those that wait behind others are not to fill our memory: what one says is read when its turn has come.
  headers_only: true,
};

/** The server's errors for a stream that exists and was made otherwise. */
const MADE_OTHERWISE = 10_058;

export type RequestQueue = Awaited<ReturnType<typeof createRequestQueue>>;

/** The work queue, with the streams and the consumer made or brought up to what they are to be. */
export async function createRequestQueue(connection: NatsConnection, replicas: number) {
  const jsm = await jetstreamManager(connection, { timeout: DEADLINE, checkAPI: false });
  const js = jetstream(connection, { timeout: DEADLINE });

  /** To be done again when they are gone. */
  async function prepare(): Promise<Consumer> {
    await makeStream(jsm, requestStream(replicas));
    await makeStream(jsm, deadStream(replicas));
    // Makes it, or changes it, and is content with one that is as it should be.
    await jsm.consumers.add(REQUEST_STREAM, consumer);
    return js.consumers.get(REQUEST_STREAM, CONSUMER);
  }

  return {
    jsm,
    js,
    prepare,

    /**
     * Where a request stands among those of its line, of all instances, and what it says if it is the first. A request
     * leaves the stream when it is done and not before; the leader of the stream is asked, which knows of every one that
     * was taken in. Only of `first` something may be made: `gone` may be a new leader that does not know yet.
     */
    async placeOf(subject: string, seq: number): Promise<{ place: Place; message: StoredMsg | null }> {
      const query: SeqMsgRequest & NextMsgRequest = { seq: 1, next_by_subj: subject };
      const message = await jsm.streams.getMessage(REQUEST_STREAM, query);
      if (message === null || message.seq > seq) return { place: 'gone', message: null };
      return message.seq === seq ? { place: 'first', message } : { place: 'behind', message: null };
    },
  };
}

/** Several instances may do this at once. */
async function makeStream(
  jsm: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    await jsm.streams.add(config);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== MADE_OTHERWISE) throw error;
    await jsm.streams.update(config.name, config);
  }
}
