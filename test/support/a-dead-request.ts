import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { HEADER } from '../../src/messaging/requests/dead-letters.ts';
import { DEAD_REQUESTS, requestsOf } from '../../src/messaging/subjects.ts';
import { dev } from '../../stack/dev-values.ts';
import { output } from './stack.ts';

/** A request that could not be done, of somebody in a room that there is not. @returns its number */
export async function aDeadRequest(): Promise<number> {
  const connection = await connect({
    servers: output('NATS_URL').split(','),
    user: 'service',
    pass: dev.natsPassword,
  });
  const header = headers();
  header.set(HEADER.subject, requestsOf('no-such-room', 'nobody'));
  header.set(HEADER.nonce, `${Date.now()} ${Math.random()}`);
  header.set(HEADER.reason, 'STORE_UNAVAILABLE');
  header.set(HEADER.tries, '5');
  for (const name of [HEADER.askedAt, HEADER.failedAt]) header.set(name, new Date().toISOString());
  const { seq } = await jetstream(connection).publish(DEAD_REQUESTS, '{"type":"REQ_RAISE_HAND","id":"1"}', {
    headers: header,
  });
  await connection.close();
  return seq;
}
