import type { Config } from '../config/index.ts';
import { credentialsFor } from './credentials.ts';

/** As `RTCPeerConnection` takes it. */
export type IceServer = { urls: string[]; username: string; credential: string };

/** The TURN servers of a user, with credentials that are theirs and end by themselves. */
export type IceServersFor = (userId: string) => IceServer[];

/** Without a TURN server in the settings nobody gets one: the list is empty then. */
export function createIceServers(deps: { turn: Config['turn']; now: () => Date }): IceServersFor {
  const { turn, now } = deps;
  if (turn === null) return () => [];
  const secret = turn.secret.reveal();
  return (userId) => {
    const expiresAt = new Date(now().getTime() + turn.ttl);
    return [{ urls: [...turn.urls], ...credentialsFor(secret, userId, expiresAt) }];
  };
}
