import type { NatsConnection } from '@nats-io/nats-core';
import { Svcm } from '@nats-io/services';
import type { Mint } from '../../livekit/index.ts';
import type { Rooms } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { createHandlers } from './handlers.ts';
import { operations, type Subject } from './schemas.ts';
import { createServe } from './serve.ts';

/** The instances share the work in it (spec/4-messaging.md). */
const QUEUE = 'torii_queue';

/** Answers other backends (docs/messaging.md, "Other backends"). Disposing takes no more, and ends what is in hand. */
export async function openServices(deps: {
  app: NatsConnection;
  rooms: Rooms;
  mint: Mint;
  /** Where LiveKit is, for clients. */
  serverUrl: string;
  instance: string;
  version: string;
  logger: Logger;
}): Promise<AsyncDisposable> {
  const { app, instance, version, logger } = deps;
  const serve = createServe({ handlers: createHandlers(deps), logger });
  const service = await new Svcm(app).add({
    name: 'realtime',
    version,
    description: 'Rooms, their participants, and LiveKit tokens.',
    metadata: { instance },
    queue: QUEUE,
  });
  for (const subject of Object.keys(operations) as Subject[])
    service.addEndpoint(subject.replace('realtime.', '').replace('.', '-'), {
      subject,
      handler(error, message) {
        if (error) logger.warn('service.failed', { subject, error });
        else serve.take(subject, message);
      },
    });
  return {
    async [Symbol.asyncDispose]() {
      await service.stop();
      await serve.done();
    },
  };
}
