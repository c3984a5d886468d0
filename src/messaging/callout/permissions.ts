import type { Permissions } from '../nats-keys/index.ts';
import { CHANNELS, consumerOf, inboxOf, requestsOf } from '../subjects.ts';

/** The inbox that NATS clients have unless told otherwise. */
const SHARED_INBOX = '_INBOX';

export type InboxMode = 'own' | 'shared';

/** What a user's client names its replies after (`inboxPrefix`). */
export const inboxIn = (mode: InboxMode, userId: string): string =>
  mode === 'shared' ? SHARED_INBOX : inboxOf(userId);

/**
 * Everything that a user may in NATS (spec/4-messaging.md): ask the workers, read by their own consumers of their own
 * room, hear their replies. All else is denied.
 *
 * `shared` is the seed's way, in which users may read each other's replies; what they may publish is the same.
 */
export function permissionsFor(roomId: string, userId: string, inbox: InboxMode): Permissions {
  const consumers = CHANNELS.map((channel) => `${roomId}.${consumerOf(channel, userId)}`);
  return {
    publish: [
      requestsOf(roomId, userId),
      `$JS.API.STREAM.INFO.${roomId}`,
      ...consumers.flatMap((consumer) => [
        `$JS.API.CONSUMER.INFO.${consumer}`,
        `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
        `$JS.ACK.${consumer}.>`,
      ]),
    ],
    subscribe: [`${inboxIn(inbox, userId)}.>`],
  };
}
