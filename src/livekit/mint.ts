import { AccessToken, RoomConfiguration } from 'livekit-server-sdk';
import type { Config } from '../config/index.ts';
import type { Participant, Room } from '../rooms/index.ts';
import { grantsFor } from './grants.ts';
import { identityOf } from './identity.ts';

/** A LiveKit token, and when it stops letting its holder connect. */
export type MintedToken = Readonly<{ token: string; expiresAt: Date }>;

/**
 * What a client may add of its own. `device`: a further device of the participant's, which LiveKit must tell from the
 * first; without it the identity is the user's id.
 */
export type Extras = Readonly<{
  attributes?: Readonly<Record<string, string>>;
  metadata?: string | undefined;
  device?: string | undefined;
  /** Ours: what a connection is not for it may not do, of what its role allows. */
  may?: Readonly<{ publish: boolean; subscribe: boolean }> | undefined;
}>;

/** How long LiveKit keeps a room without anyone before it forgets it. Seconds. */
const EMPTY_TIMEOUT = 60;
const DEPARTURE_TIMEOUT = 20;

/**
 * A net above our seats, not the rule: a participant's second device and a recorder count here too. The same for each
 * room, since a host may make theirs larger and LiveKit keeps to what it was told first.
 */
const LIVEKIT_NET = 100 * 2 + 4;

/** Who gets a token, for which room: of what `SeatedIn` tells, as much as goes into it. */
export type Admitted = Readonly<{
  room: Pick<Room, 'id' | 'access'>;
  participant: Pick<Participant, 'userId' | 'name' | 'role'>;
}>;

/** What LiveKit makes the room with when the holder of a token is the first there. */
export const roomSettings = (roomId: string): RoomConfiguration =>
  new RoomConfiguration({
    name: roomId,
    emptyTimeout: EMPTY_TIMEOUT,
    departureTimeout: DEPARTURE_TIMEOUT,
    maxParticipants: LIVEKIT_NET,
  });

export type Mint = ReturnType<typeof createMint>;

/**
 * Mints LiveKit tokens (spec/1-realtime.md, step 3). The room's limits travel in the token, so that LiveKit
 * makes the room as we want it when the first one connects, and no call to it stands in the way of a join.
 */
export function createMint(deps: { livekit: Config['livekit']; now: () => Date }) {
  const { apiKey, apiSecret, tokenTtl } = deps.livekit;
  const secret = apiSecret.reveal();

  /** @param traceparent the join's trace, which comes back in LiveKit's webhooks */
  return async function mint(
    { room, participant }: Admitted,
    traceparent: string | undefined,
    extras: Extras = {},
  ): Promise<MintedToken> {
    const token = new AccessToken(apiKey, secret, {
      identity: identityOf(participant.userId, extras.device),
      name: participant.name,
      ttl: tokenTtl / 1_000,
      attributes: {
        ...extras.attributes,
        role: participant.role,
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      ...(extras.metadata === undefined ? {} : { metadata: extras.metadata }),
    });
    token.addGrant({
      ...grantsFor(room, participant.role),
      ...(extras.may?.subscribe === false ? { canSubscribe: false } : {}),
      ...(extras.may?.publish === false ? { canPublish: false } : {}),
    });
    token.roomConfig = roomSettings(room.id);
    return { token: await token.toJwt(), expiresAt: new Date(deps.now().getTime() + tokenTtl) };
  };
}
