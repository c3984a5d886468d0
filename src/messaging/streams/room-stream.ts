import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/nats-core';
import { channelOf } from '../subjects.ts';
import {
  consumerConfigs,
  EVENT_CHANNELS,
  type EventChannel,
  fromOf,
  isOurs,
  streamConfig,
} from './layout.ts';

/** In a message of the room's own subjects: the event up to which everything was told when it was published. */
const TOLD = 'Room-Event-Seq';
/** The server's error for a stream that exists and was made otherwise. */
const MADE_OTHERWISE = 10_058;

/**
 * How far a room was told. `told`: every event up to this `seq` is in the stream, or was. `last`: the stream's sequence
 * of each subject's newest message, 0 without one; who publishes says it, and is refused when somebody else was first.
 */
export type Heads = Readonly<{ told: number; last: Readonly<Record<EventChannel, number>> }>;

/**
 * The newest message of both subjects is gone (aged, or pushed out by others). Nothing up to `from` was to be told, and
 * what happened since `since` was not: it would be in the stream.
 */
export type Lost = Readonly<{ told: null; from: number; since: Date; last: Heads['last'] }>;

/** Something to publish for everybody in the room, once everything up to `seq` was told. */
export type Note = Readonly<{
  channel: EventChannel;
  seq: number;
  text: string;
  messageId: string | undefined;
  traceparent: string | undefined;
}>;

export type RoomStreams = ReturnType<typeof createRoomStreamStore>;

/**
 * Rooms' streams in JetStream, one operation each. All throw what NATS says, or a `TimeoutError`.
 *
 * @param deps.replicas servers that hold each stream
 */
export function createRoomStreamStore(deps: {
  connection: Pick<NatsConnection, 'request'>;
  js: JetStreamClient;
  jsm: JetStreamManager;
  replicas: number;
  timeout: number;
}) {
  const { connection, js, jsm, replicas, timeout } = deps;

  const newest = (roomId: string, channel: EventChannel): Promise<StoredMsg | null> =>
    // By the stream's leader: another server's answer may be older.
    jsm.streams.getMessage(roomId, { last_by_subj: channelOf(channel, roomId) });

  async function heads(roomId: string): Promise<Heads | Lost | null> {
    try {
      const messages = await Promise.all(EVENT_CHANNELS.map((channel) => newest(roomId, channel)));
      const [chat = 0, system = 0] = messages.map((message) => message?.seq);
      const last = { chat, system };
      const told = Math.max(...messages.map((message) => Number(message?.header.get(TOLD) || -1)));
      if (told >= 0) return { told, last };
      const { config, state } = await jsm.streams.info(roomId);
      const from = fromOf(config);
      // Nothing has ever gone from it.
      if (state.first_seq <= 1) return { told: from, last };
      return {
        told: null,
        from,
        since: new Date(state.messages > 0 ? state.first_ts : state.last_ts),
        last,
      };
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return null;
      throw error;
    }
  }

  return {
    /** @param from what happened up to this `seq` is not told in it; whoever makes it first decides */
    async make(roomId: string, from: number): Promise<void> {
      try {
        await jsm.streams.add(streamConfig(roomId, from, replicas));
      } catch (error) {
        // Another instance was first.
        if (!isApiError(error, MADE_OTHERWISE)) throw error;
      }
    },

    /** @returns null when there is no stream */
    heads,

    /** @returns null when something was published there that is not in `known` */
    async tell(roomId: string, known: Heads, note: Note): Promise<Heads | null> {
      const { channel, seq, text, messageId, traceparent } = note;
      const header = headers();
      header.set(TOLD, `${seq}`);
      if (traceparent !== undefined) header.set('traceparent', traceparent);
      try {
        const { seq: place, duplicate } = await js.publish(channelOf(channel, roomId), text, {
          headers: header,
          expect: { streamName: roomId, lastSubjectSequence: known.last[channel] },
          ...(messageId === undefined ? {} : { msgID: messageId }),
        });
        if (!duplicate) return { told: seq, last: { ...known.last, [channel]: place } };
        // It was told, and so much came after it that it is gone.
        const now = await heads(roomId);
        return now && { told: Math.max(seq, now.told ?? 0), last: now.last };
      } catch (error) {
        if (isBeaten(error)) return null;
        throw error;
      }
    },

    /** Publishes what is no room event. The same `messageId` again within two minutes is not published. */
    async publish(
      subject: string,
      text: string,
      messageId: string,
      traceparent: string | undefined,
    ): Promise<void> {
      const header = headers();
      if (traceparent !== undefined) header.set('traceparent', traceparent);
      await js.publish(subject, text, { headers: header, msgID: messageId });
    },

    /** @returns null when there is no stream */
    async consumers(roomId: string): Promise<Set<string> | null> {
      const names = new Set<string>();
      for (;;) {
        const asked = JSON.stringify({ offset: names.size });
        const reply = await connection.request(`$JS.API.CONSUMER.NAMES.${roomId}`, asked, { timeout });
        const page = reply.json<NamesPage>();
        if (page.error?.err_code === JetStreamApiCodes.StreamNotFound) return null;
        if (page.error) throw new JetStreamApiError(page.error);
        for (const name of page.consumers) names.add(name);
        if (page.consumers.length === 0 || names.size >= page.total) return names;
      }
    },

    /** @param except those that are there already */
    async addConsumers(roomId: string, userId: string, except: ReadonlySet<string>): Promise<void> {
      const missing = consumerConfigs(roomId, userId).filter(({ durable_name }) => !except.has(durable_name));
      await Promise.all(missing.map((config) => jsm.consumers.add(roomId, config)));
    },

    async removeConsumers(roomId: string, names: Iterable<string>): Promise<void> {
      await Promise.all([...names].map((name) => jsm.consumers.delete(roomId, name).catch(unlessGone)));
    },

    /** Names of streams with a chat: rooms', as far as their names tell. */
    async names(): Promise<string[]> {
      const names: string[] = [];
      for await (const name of jsm.streams.names(channelOf('chat', '*'))) names.push(name);
      return names;
    },

    /** Removes the stream if it is ours. @param unusedSince only if nothing was published since */
    async remove(roomId: string, unusedSince?: Date): Promise<boolean> {
      try {
        const { config, state, created } = await jsm.streams.info(roomId);
        if (!isOurs(config)) return false;
        const used = Math.max(Date.parse(state.last_ts), Date.parse(created));
        if (unusedSince && used > unusedSince.getTime()) return false;
        return await jsm.streams.delete(roomId);
      } catch (error) {
        // Another instance was first.
        if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return false;
        throw error;
      }
    },
  };
}

type NamesPage = {
  error?: ConstructorParameters<typeof JetStreamApiError>[0];
  total: number;
  consumers: string[];
};

const isApiError = (error: unknown, ...codes: number[]): boolean =>
  error instanceof JetStreamApiError && codes.includes(error.code);

const isBeaten = (error: unknown): boolean =>
  isApiError(
    error,
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  );

function unlessGone(error: unknown): void {
  if (!isApiError(error, JetStreamApiCodes.ConsumerNotFound, JetStreamApiCodes.StreamNotFound)) throw error;
}
