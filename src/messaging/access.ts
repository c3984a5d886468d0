import type { Principal } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import { inboxIn } from './callout/index.ts';
import type { SessionTokens } from './session-token.ts';
import { CHANNELS, type Channel, connectionName, consumerOf, partiesOf, requestsOf } from './subjects.ts';

/** What a join tells of this door: where to connect, with what, and the names of what is there for this user. */
export type MessagingAccess = Readonly<{
  url: string;
  urls: string[];
  token: string;
  expiresAt: Date;
  inbox: string;
  stream: string;
  consumers: Record<Channel, string>;
  requests: string;
}>;

/** @returns null for a user whose id cannot be part of a subject: they have the other doors */
export type AccessFor = (roomId: string, principal: Principal) => MessagingAccess | null;

export function createAccess({
  settings,
  sessionTokens,
}: {
  settings: Pick<NonNullable<Config['nats']>, 'publicUrls' | 'inbox'>;
  sessionTokens: Pick<SessionTokens, 'mint'>;
}): AccessFor {
  const { publicUrls, inbox } = settings;
  return (roomId, principal) => {
    const userId = principal.user.id;
    const [url] = publicUrls;
    if (url === undefined || partiesOf(connectionName(roomId, userId)) === null) return null;
    const consumers = Object.fromEntries(CHANNELS.map((channel) => [channel, consumerOf(channel, userId)]));
    return {
      url,
      urls: [...publicUrls],
      ...sessionTokens.mint(roomId, principal),
      inbox: inboxIn(inbox, userId),
      stream: roomId,
      consumers: consumers as Record<Channel, string>,
      requests: requestsOf(roomId, userId),
    };
  };
}
