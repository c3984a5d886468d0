import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { ServiceErrorCodeHeader, ServiceErrorHeader } from '@nats-io/services';
import { ServiceError } from '../../errors.ts';
import { PROBLEMS } from '../../http/index.ts';

/** What a reply is: JSON, and the headers of a service error when it tells of one. */
export type Reply = Readonly<{ body: string; headers?: MsgHdrs }>;

export const replyTo = (answer: unknown): Reply => ({ body: JSON.stringify(answer) });

/** The headers that NATS' tools know, with our code for the text and its HTTP status for the number; all of it in the body. */
export function replyOfError(error: unknown): Reply {
  const { code, message, fields, retryAfter } =
    error instanceof ServiceError ? error : new ServiceError('INTERNAL', 'Something went wrong here.');
  const told = headers();
  told.set(ServiceErrorHeader, code);
  told.set(ServiceErrorCodeHeader, `${PROBLEMS[code].status}`);
  const body = JSON.stringify({
    code,
    message,
    ...(fields.length === 0 ? {} : { fields }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
  return { body, headers: told };
}
