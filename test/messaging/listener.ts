import { type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { call } from '../support/client.ts';
import { output } from '../support/stack.ts';

/** A real NATS client in a room, by the session token of a join; the client of docs/messaging.md, over TCP. */

export type Told = Readonly<{
  type: string;
  id: string;
  seq: number;
  time: string;
  data: Record<string, unknown>;
}>;
type Channel = 'chat' | 'whiteboard' | 'system';
export type Messaging = Readonly<{
  urls: string[];
  token: string;
  inbox: string;
  stream: string;
  consumers: Record<Channel, string>;
}>;

export type Listener = AsyncDisposable &
  Readonly<{
    connection: NatsConnection;
    messaging: Messaging;
    chat: readonly Told[];
    system: readonly Told[];
    whiteboard: readonly Told[];
    /** As they came, in the order in which they came. */
    messages: readonly JsMsg[];
  }>;

/** Joins the room over HTTP. */
export async function joinFor(roomId: string, token: string, base: string): Promise<Messaging> {
  const { status, body } = await call('POST', `/rooms/${roomId}/join`, { token, base });
  if (status !== 201) throw new Error(`not let in: ${status} ${JSON.stringify(body)}`);
  return body['messaging'] as unknown as Messaging;
}

/** What a cut delayed comes after what was said since: by its place in the room's history. */
export const inOrder = (told: readonly Told[]): Told[] => told.toSorted((a, b) => a.seq - b.seq);

export async function listen(
  messaging: Messaging,
  urls: readonly string[] = output('NATS_URL').split(','),
): Promise<Listener> {
  const connection = await connect({
    servers: [...urls],
    token: messaging.token,
    inboxPrefix: messaging.inbox,
    timeout: 4_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    ignoreAuthErrorAbort: true,
    // Killed servers are noticed by these.
    pingInterval: 1_000,
    maxPingOut: 2,
  });
  const heard = { chat: [] as Told[], system: [] as Told[], whiteboard: [] as Told[] };
  const messages: JsMsg[] = [];
  const reading: ConsumerMessages[] = [];
  await using opening = new AsyncDisposableStack();
  opening.defer(() => connection.close());
  const js = jetstream(connection);
  for (const [channel, name] of Object.entries(messaging.consumers) as [Channel, string][]) {
    const consumer = await js.consumers.get(messaging.stream, name);
    const consumed = await consumer.consume({ expires: 5_000 });
    reading.push(consumed);
    const seen = new Set<string>();
    void (async () => {
      for await (const message of consumed) {
        const place = `${message.seq} ${message.timestamp}`;
        if (!seen.has(place)) {
          heard[channel].push(message.json<Told>());
          messages.push(message);
        }
        seen.add(place);
        message.ack();
      }
    })();
  }
  const opened = opening.move();
  return {
    connection,
    messaging,
    ...heard,
    messages,
    async [Symbol.asyncDispose]() {
      for (const consumed of reading) consumed.stop();
      await opened.disposeAsync();
    },
  };
}
