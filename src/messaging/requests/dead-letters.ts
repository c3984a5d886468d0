import type { JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/nats-core';
import type { ErrorCode } from '../../errors.ts';
import { ServiceError } from '../../errors.ts';
import { askerOf, DEAD_REQUESTS, DEAD_STREAM } from '../subjects.ts';

/** What goes with a request besides what it says. */
export const HEADER = {
  /** Tells apart what one user asked for; stays with the request wherever it goes. */
  nonce: 'Request-Nonce',
  subject: 'Request-Subject',
  reason: 'Request-Failed-With',
  tries: 'Request-Tries',
  askedAt: 'Request-Asked-At',
  failedAt: 'Request-Failed-At',
  traceparent: 'traceparent',
} as const;

/** Why a request was given up: the code of its last failure, or that nobody who had it in hand lived to tell. */
export type Reason = ErrorCode | 'ABANDONED';

export type Failed = Readonly<{
  subject: string;
  nonce: string;
  reason: Reason;
  tries: number;
  askedAt: Date;
  failedAt: Date;
  traceparent: string | undefined;
  body: Uint8Array;
}>;

/** `number`: its sequence in the stream of the dead, by which it is found. */
export type DeadRequest = Omit<Failed, 'traceparent' | 'nonce'> & Readonly<{ number: number }>;

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** Requests that could not be done, the oldest first; they wait for an administrator, and go by themselves in the end. */
export function createDeadLetters(jsm: JetStreamManager, js: JetStreamClient) {
  async function find(number: number): Promise<StoredMsg> {
    const message = await jsm.streams.getMessage(DEAD_STREAM, { seq: number });
    if (message === null) throw notFound();
    return message;
  }

  async function remove(number: number): Promise<boolean> {
    try {
      return await jsm.streams.deleteMessage(DEAD_STREAM, number, false);
    } catch (error) {
      // The server has one error for whatever kept it from deleting.
      if ((await jsm.streams.getMessage(DEAD_STREAM, { seq: number })) === null) return false;
      throw error;
    }
  }

  return {
    /** @param failed the same one twice lies there once */
    async add(failed: Failed): Promise<void> {
      const header = headers();
      header.set(HEADER.subject, failed.subject);
      header.set(HEADER.nonce, failed.nonce);
      header.set(HEADER.reason, failed.reason);
      header.set(HEADER.tries, `${failed.tries}`);
      header.set(HEADER.askedAt, failed.askedAt.toISOString());
      header.set(HEADER.failedAt, failed.failedAt.toISOString());
      if (failed.traceparent !== undefined) header.set(HEADER.traceparent, failed.traceparent);
      const msgID = `${failed.subject} ${failed.nonce} ${failed.askedAt.getTime()}`;
      await js.publish(DEAD_REQUESTS, failed.body, { headers: header, msgID });
    },

    /** @param after the number of the last one of the page before */
    async list(after: number, limit: number): Promise<{ requests: DeadRequest[]; next: number | null }> {
      const { state } = await jsm.streams.info(DEAD_STREAM);
      if (after >= state.last_seq || state.messages === 0) return { requests: [], next: null };
      const found: DeadRequest[] = [];
      const batch = await jsm.direct.getBatch(DEAD_STREAM, { seq: after + 1, batch: limit + 1 });
      for await (const message of batch) found.push(toDead(message));
      const requests = found.slice(0, limit);
      return { requests, next: found.length > limit ? (requests.at(-1)?.number ?? null) : null };
    },

    /** @throws REQUEST_NOT_FOUND */
    async get(number: number): Promise<DeadRequest> {
      return toDead(await find(number));
    },

    /**
     * Asks for it once more, behind what its user asked for meanwhile, and takes it out of here. Twice at once is the
     * same as once; what it had done before it failed is not done again.
     *
     * @throws REQUEST_NOT_FOUND; BUSY when too many of its user's wait
     */
    async putBack(number: number): Promise<void> {
      const message = await find(number);
      const header = headers();
      header.set(HEADER.nonce, message.header.get(HEADER.nonce));
      const traceparent = message.header.get(HEADER.traceparent);
      if (traceparent) header.set(HEADER.traceparent, traceparent);
      const msgID = `put back ${number} ${message.header.get(HEADER.nonce)}`;
      await js
        .publish(message.header.get(HEADER.subject), message.data, { headers: header, msgID })
        .catch((cause: unknown) => {
          if (!/maximum messages/.test(String(cause))) throw cause;
          throw new ServiceError('BUSY', 'Too many requests of this user wait already.', { cause });
        });
      await remove(number);
    },

    /** @throws REQUEST_NOT_FOUND */
    async drop(number: number): Promise<void> {
      if (!(await remove(number))) throw notFound();
    },
  };
}

function toDead({ seq, header, data }: Pick<StoredMsg, 'seq' | 'header' | 'data'>): DeadRequest {
  const at = (name: string, from: MsgHdrs) => new Date(from.get(name));
  return {
    number: seq,
    subject: header.get(HEADER.subject),
    reason: header.get(HEADER.reason) as Reason,
    tries: Number(header.get(HEADER.tries)),
    askedAt: at(HEADER.askedAt, header),
    failedAt: at(HEADER.failedAt, header),
    body: data,
  };
}

/** Whose request it was. */
export const partiesOfDead = ({ subject }: DeadRequest): { roomId: string; userId: string } =>
  askerOf(subject) ?? { roomId: '', userId: '' };

const notFound = () => new ServiceError('REQUEST_NOT_FOUND', 'No such request lies here.');
