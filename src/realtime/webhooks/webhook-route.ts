import type { WebhookEvent } from 'livekit-server-sdk';
import { WebhookReceiver } from 'livekit-server-sdk';
import { z } from 'zod';
import type { Config } from '../../config/index.ts';
import { ServiceError } from '../../errors.ts';
import { defineRoute, type Route } from '../../http/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import type { Deliveries } from './deliveries.ts';

/**
 * LiveKit's webhooks: signed, done once, answered after the work. When the work fails LiveKit hears so (5xx)
 * and sends the event again.
 */
export function webhookRoute(deps: {
  livekit: Pick<Config['livekit'], 'apiKey' | 'apiSecret'>;
  deliveries: Deliveries;
  handlers: ReadonlyMap<string, (event: WebhookEvent) => Promise<void>>;
  logger: Logger;
}): Route {
  const { deliveries, handlers, logger } = deps;
  const receiver = new WebhookReceiver(deps.livekit.apiKey, deps.livekit.apiSecret.reveal());

  async function verified(body: string, authorization: string | undefined): Promise<WebhookEvent> {
    try {
      return await receiver.receive(body, authorization);
    } catch (cause) {
      throw new ServiceError('SIGNATURE_INVALID', 'This was not signed by our LiveKit.', { cause });
    }
  }

  return defineRoute({
    method: 'post',
    path: '/webhooks/livekit',
    tag: 'Callbacks',
    summary: "LiveKit's events, signed with the API key.",
    access: 'signed',
    text: ['application/webhook+json', 'application/json'],
    body: z.string().min(2),
    answers: { 200: { description: 'Done, now or before.' } },
    problems: ['SIGNATURE_INVALID', 'IN_PROGRESS', 'STORE_UNAVAILABLE', 'LIVEKIT_UNAVAILABLE', 'BUSY'],
    async handle({ body, request }) {
      const event = await verified(body, request.headers.authorization);
      const handler = handlers.get(event.event);
      if (handler && event.id === '')
        throw new ServiceError('INVALID_REQUEST', 'This event has no id, so it could not be done once.');
      if (handler) {
        const done = await deliveries.once(event.id, () => handler(event));
        logger.debug('webhook.received', {
          name: event.event,
          eventId: event.id,
          roomId: event.room?.name,
          done,
        });
      }
      return { status: 200 };
    },
  });
}
