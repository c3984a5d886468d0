import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** Between tries to come back, for as long as it takes. Milliseconds. */
const RECONNECT_WAIT = 500;
/** A server that does not answer two of these in a row is gone. Milliseconds. */
const PING_INTERVAL = 5_000;
const CONNECT_WITHIN = 2_000;

/** Our own connections: to the rooms' account, to the one that is asked who may come in, to the server's own. */
export type Links = AsyncDisposable &
  Readonly<{ app: NatsConnection; auth: NatsConnection; system: NatsConnection }>;

/**
 * Resolves when all three are up, however long that takes; from then on each comes back by itself.
 *
 * @throws when `signal` aborts
 */
export async function connectNats(
  { urls, password }: Pick<NonNullable<Config['nats']>, 'urls' | 'password'>,
  name: string,
  logger: Pick<Logger, 'warn' | 'info'>,
  signal: AbortSignal,
): Promise<Links> {
  await using opening = new AsyncDisposableStack();
  const open = async (user: string): Promise<NatsConnection> => {
    const connection = await untilUp(signal, logger, () =>
      connect({
        servers: [...urls],
        name: `${name} ${user}`,
        user,
        pass: password.reveal(),
        timeout: CONNECT_WITHIN,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_WAIT,
        pingInterval: PING_INTERVAL,
        maxPingOut: 2,
        ignoreAuthErrorAbort: true,
        // An error would name who asked; to be able to, each request costs two stack traces.
        noAsyncTraces: true,
      }),
    );
    opening.defer(() => connection.close());
    void tellStatus(connection, user, logger);
    return connection;
  };
  const [app, auth, system] = await Promise.all([open('service'), open('auth'), open('system')]);
  const opened = opening.move();
  return { app, auth, system, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function tellStatus(
  connection: NatsConnection,
  user: string,
  logger: Pick<Logger, 'warn' | 'info'>,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') logger.warn('nats.down', { user });
    else if (status.type === 'reconnect') logger.info('nats.up', { user });
    else if (status.type === 'error') logger.warn('nats.error', { user, error: status.error });
  }
}

async function untilUp(
  signal: AbortSignal,
  logger: Pick<Logger, 'warn'>,
  open: () => Promise<NatsConnection>,
): Promise<NatsConnection> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      // Said once, and again each half a minute.
      if (tries % 60 === 0) logger.warn('nats.down', { error });
      await sleep(RECONNECT_WAIT, undefined, { signal });
    }
  }
}
