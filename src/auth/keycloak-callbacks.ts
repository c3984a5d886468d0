import { z } from 'zod';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Revocations } from './revocations.ts';
import type { SigningKeys } from './signing-keys.ts';
import { type Claims, createJwtCheck } from './verify.ts';

/** Keycloak's admin actions, as its console pushes them (a JWS whose payload has no issuer). */
const adminAction = z.object({
  action: z.enum(['PUSH_NOT_BEFORE', 'LOGOUT']),
  resource: z.string(),
  /** Seconds since 1970. */
  expiration: z.number().int(),
  notBefore: z.number().int().nonnegative().optional(),
  keycloakSessionIds: z.array(z.string()).nullish(),
});

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** OpenID Connect Back-Channel Logout 1.0, section 2.4. */
const logoutToken = z.object({
  typ: z.literal('Logout'),
  iat: z.number(),
  sid: z.string().optional(),
  sub: z.string().optional(),
  nonce: z.undefined().optional(),
  events: z.looseObject({ [LOGOUT_EVENT]: z.looseObject({}) }),
});

export type KeycloakCallbacks = ReturnType<typeof createKeycloakCallbacks>;

/**
 * What Keycloak itself tells us: a not-before pushed from its console, a logout. Each is verified here, by
 * more than keycloak-connect's own handlers check (docs/decisions/0004-keycloak-connect.md), and shared with
 * every instance before Keycloak hears that it worked.
 */
export function createKeycloakCallbacks(deps: {
  keys: SigningKeys;
  revocations: Revocations;
  keycloak: Pick<Config['keycloak'], 'issuer' | 'clientId' | 'allowedClients'>;
  now: () => Date;
  logger: Logger;
}) {
  const { revocations, keycloak, logger } = deps;
  const checkAction = createJwtCheck(deps.keys, {});
  const checkLogout = createJwtCheck(deps.keys, {
    issuer: keycloak.issuer,
    audience: [keycloak.clientId, ...keycloak.allowedClients],
  });
  const seconds = () => Math.floor(deps.now().getTime() / 1_000);

  return {
    /** `k_push_not_before` and `k_logout`: the body is the signed action. @throws SIGNATURE_INVALID */
    async adminAction(body: string): Promise<void> {
      const action = adminAction.safeParse(await signed(checkAction, body.trim()));
      if (!action.success || action.data.resource !== keycloak.clientId) throw notMeantForUs();
      if (action.data.expiration <= seconds()) throw notMeantForUs();
      const { notBefore, keycloakSessionIds, expiration } = action.data;
      if (action.data.action === 'LOGOUT' && keycloakSessionIds?.length) {
        for (const sessionId of keycloakSessionIds) await revocations.revokeSession(sessionId);
        logger.info('revocation.sessions', { sessions: keycloakSessionIds.length });
      } else if (notBefore !== undefined) {
        await revocations.setNotBefore(notBefore, expiration);
        logger.info('revocation.not_before', { notBefore });
      }
    },

    /**
     * A back-channel logout: the session is over, and every token that the user has by now is void. Keycloak
     * names one session even when it ended them all (keycloak issue 27359), so the others are asked to show
     * that they live, by the new token that a live session can get. @throws SIGNATURE_INVALID
     */
    async backchannelLogout(token: string): Promise<void> {
      const claims = logoutToken.safeParse(await signed(checkLogout, token));
      if (!claims.success) throw notMeantForUs();
      const { sid, sub, iat } = claims.data;
      if (sid === undefined && sub === undefined) throw notMeantForUs();
      if (sid !== undefined) await revocations.revokeSession(sid);
      if (sub !== undefined) await revocations.revokeUser(sub, iat);
      logger.info('revocation.logout', { sessionId: sid, userId: sub });
    },
  };
}

async function signed(check: (token: string) => Promise<Claims>, token: string): Promise<Claims> {
  try {
    return await check(token);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'KEYCLOAK_UNAVAILABLE') throw error;
    throw new ServiceError('SIGNATURE_INVALID', 'This was not signed by our realm.', { cause: error });
  }
}

const notMeantForUs = () => new ServiceError('SIGNATURE_INVALID', 'This is not a message for this service.');
