import { randomUUID } from 'node:crypto';
import { jetstream, type PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { requestsOf } from '../../src/messaging/subjects.ts';
import { eventually } from '../support/eventually.ts';
import { joinFor, type Listener, listen } from './listener.ts';

/** As it came on the subject that is for its user alone. */
export type Answer = Readonly<{
  type: string;
  id: string | null;
  data: { readonly [name: string]: unknown };
  error: { code: string; message: string; fields?: { path: string }[]; retryAfter?: number };
}>;

/** A client that asks, and hears by its own consumers, as an app has it. */
export type Asker = Listener &
  Readonly<{
    userId: string;
    answers(): Answer[];
    /** The header that came with an answer. */
    traceOf(answer: Answer): string | undefined;
    /** Publishes as it is; resolves when the queue has it. */
    publish(body: string | Uint8Array, header?: Readonly<Record<string, string>>): Promise<PubAck>;
    /** Resolves when the queue has the request. @returns its id */
    send(type: string, data?: unknown, header?: Readonly<Record<string, string>>): Promise<string>;
    answerTo(id: string | null, within?: number): Promise<Answer>;
    ask(type: string, data?: unknown): Promise<Answer>;
  }>;

/** Joins at `base` and comes in by the session token of the join. @param urls the servers that `base` is at */
export async function comeIn(
  roomId: string,
  person: { id: string; token: string },
  base: string,
  urls?: readonly string[],
): Promise<Asker> {
  const listener = await listen(await joinFor(roomId, person.token, base), urls);
  const js = jetstream(listener.connection, { timeout: 5_000 });
  const own = `system.${roomId}.${person.id}`;
  const received = () => listener.messages.filter(({ subject }) => subject === own);
  const answers = () => received().map((message) => message.json<Answer>());

  const publish: Asker['publish'] = (body, header = {}) => {
    const more = headers();
    for (const [name, value] of Object.entries(header)) more.set(name, value);
    return js.publish(requestsOf(roomId, person.id), body, { headers: more });
  };
  const send: Asker['send'] = async (type, data, header) => {
    const id = randomUUID();
    await publish(JSON.stringify({ type, id, ...(data === undefined ? {} : { data }) }), header);
    return id;
  };
  const answerTo: Asker['answerTo'] = (id, within = 15_000) =>
    eventually(() => {
      const found = answers().find((answer) => answer.id === id);
      if (!found) throw new Error(`no answer to ${id}; heard ${JSON.stringify(answers().slice(-5))}`);
      return found;
    }, within);
  return {
    ...listener,
    userId: person.id,
    answers,
    traceOf: ({ id }) =>
      received()
        .find((message) => message.json<Answer>().id === id)
        ?.headers?.get('traceparent'),
    publish,
    send,
    answerTo,
    ask: async (type, data) => answerTo(await send(type, data)),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}
