import { createPublicKey, type KeyObject } from 'node:crypto';
import jwksClient from 'jwks-rsa';
import { ServiceError } from '../errors.ts';
import { every, withDeadline } from '../timers.ts';

/** How soon a key that was withdrawn in Keycloak stops verifying here. Milliseconds. */
const REFRESH_EVERY = 60_000;
/** An unknown key id asks Keycloak at most this often, whoever sends them. Milliseconds. */
const UNKNOWN_KEY_PAUSE = 2_000;
const FETCH_DEADLINE = 2_000;

export type SigningKey = Readonly<{ key: KeyObject; algorithm: string }>;

export type SigningKeys = AsyncDisposable &
  Readonly<{
    /**
     * The realm's key of this id; undefined when the realm has none such.
     * @throws KEYCLOAK_UNAVAILABLE while no key was ever had
     */
    find(kid: string): Promise<SigningKey | undefined>;
    /** Fetches the keys now. @throws KEYCLOAK_UNAVAILABLE */
    refresh(): Promise<void>;
    /** Whether there are keys to verify with. */
    ready(): boolean;
  }>;

/**
 * The realm's public keys. Kept between requests and while Keycloak is down (the last known set goes on
 * serving); replaced as a whole every minute and when an unknown key id comes.
 *
 * @param realmUrl `https://host/realms/<realm>`, as we reach it
 */
export function createSigningKeys(realmUrl: string, onError: (error: unknown) => void): SigningKeys {
  const client = jwksClient({
    jwksUri: `${realmUrl}/protocol/openid-connect/certs`,
    // This module is the cache and the limit: the client's own would hold a key apart from its set.
    cache: false,
    rateLimit: false,
    timeout: FETCH_DEADLINE,
  });
  let keys = new Map<string, SigningKey>();
  /** When an unknown key id last asked; the health probe and the minute's refresh do not count. */
  let lastAsked = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | null = null;

  const fetchKeys = async (): Promise<void> => {
    try {
      const fresh = new Map<string, SigningKey>();
      // The client's own timeout is one of silence: an answer that drips would never end.
      for (const entry of await withDeadline(client.getSigningKeys(), FETCH_DEADLINE))
        fresh.set(entry.kid, { key: createPublicKey(entry.getPublicKey()), algorithm: entry.alg });
      keys = fresh;
    } catch (cause) {
      throw unavailable(cause);
    }
  };
  const refresh = (): Promise<void> => {
    fetching ??= fetchKeys().finally(() => {
      fetching = null;
    });
    return fetching;
  };
  const stop = every(REFRESH_EVERY, () => refresh().catch(onError));

  return {
    async find(kid) {
      const known = keys.get(kid);
      if (known) return known;
      const mayAsk = fetching !== null || performance.now() - lastAsked >= UNKNOWN_KEY_PAUSE;
      if (mayAsk) {
        lastAsked = performance.now();
        await refresh().catch((error) => (keys.size === 0 ? Promise.reject(error) : onError(error)));
      } else if (keys.size === 0) throw unavailable();
      return keys.get(kid);
    },
    refresh,
    ready: () => keys.size > 0,
    [Symbol.asyncDispose]: stop,
  };
}

const unavailable = (cause?: unknown) =>
  new ServiceError('KEYCLOAK_UNAVAILABLE', 'Sign-in cannot be checked right now. Try again shortly.', {
    cause,
  });
