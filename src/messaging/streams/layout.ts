import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { CHANNELS, type Channel, channelOf, consumerOf, ownChannelOf } from '../subjects.ts';

/** How a room's stream and its consumers are made (spec/4-messaging.md, "Streams"). */

const HOUR = 3_600_000;
const KIB = 1_024;

/** A stream is for going on after a cut; what was said longer ago is asked for (`REQ_INITIAL_DATA`, the API). */
export const MAX_AGE = 24 * HOUR;
/** Of each subject, so that many lines on a whiteboard do not push out what was said. */
const MAX_PER_SUBJECT = 2_000;
const MAX_MESSAGES = 20_000;
/** The server sets as much of `max_file_store` aside for each stream: 10 GB are 2,500 rooms. */
const MAX_BYTES = 4 * KIB * KIB;
/** As `max_payload` of nats/nats.conf. */
const MAX_MESSAGE = 128 * KIB;
/** Longer than anybody of ours tries to publish the same again. */
const DUPLICATES = 2 * 60_000;

/** What a user's client has been given and has not acknowledged. */
const MAX_UNACKNOWLEDGED = 1_000;
/** Pulls that a client may have open in one consumer. */
const MAX_PULLS = 64;
/** What was on its way when a client was cut off comes again after this, and after what was said since. */
const ACKNOWLEDGE_WITHIN = 5_000;
/** Consumers are removed when their user is gone. One whose removal nobody lived to do goes by itself. */
const UNUSED_AFTER = HOUR;

/** Which streams are ours, and up to which `seq` the room's events were not to be told in it. */
const OURS = 'realtime.room';
const FROM = 'realtime.from';

/** The subjects on which one sees how far the room was told. */
export const EVENT_CHANNELS = ['chat', 'system'] as const satisfies readonly Channel[];
export type EventChannel = (typeof EVENT_CHANNELS)[number];

export function streamConfig(
  roomId: string,
  from: number,
  replicas: number,
): Partial<StreamConfig> & { name: string } {
  return {
    name: roomId,
    // One token after the room: what is for one user alone. `>` would take what no consumer carries.
    subjects: [...CHANNELS.map((channel) => channelOf(channel, roomId)), ownChannelOf(roomId, '*')],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: nanos(MAX_AGE),
    max_msgs_per_subject: MAX_PER_SUBJECT,
    max_msgs: MAX_MESSAGES,
    max_bytes: MAX_BYTES,
    max_msg_size: MAX_MESSAGE,
    duplicate_window: nanos(DUPLICATES),
    metadata: { [OURS]: roomId, [FROM]: `${from}` },
  };
}

type Described = Pick<StreamConfig, 'name'> & { metadata?: Record<string, string> | undefined };

export const isOurs = ({ name, metadata }: Described): boolean => metadata?.[OURS] === name;

export const fromOf = ({ metadata }: Described): number => Number(metadata?.[FROM] ?? 0);

/** The names of a user's consumers. */
export const consumersOf = (userId: string): string[] =>
  CHANNELS.map((channel) => consumerOf(channel, userId));

export function consumerConfigs(
  roomId: string,
  userId: string,
): (Partial<ConsumerConfig> & { durable_name: string })[] {
  return CHANNELS.map((channel) => ({
    durable_name: consumerOf(channel, userId),
    ...(channel === 'system'
      ? { filter_subjects: [channelOf(channel, roomId), ownChannelOf(roomId, userId)] }
      : { filter_subject: channelOf(channel, roomId) }),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACKNOWLEDGE_WITHIN),
    deliver_policy: DeliverPolicy.New,
    max_ack_pending: MAX_UNACKNOWLEDGED,
    max_waiting: MAX_PULLS,
    inactive_threshold: nanos(UNUSED_AFTER),
  }));
}
