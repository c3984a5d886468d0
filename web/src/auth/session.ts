import { type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { ApiError } from '../api/api-error.ts';
import type { PageConfig } from '../config.ts';

/** Where the sign-in page sends people back to; the gateway serves the page there, and the realm knows it. */
export const RETURN_PATH = '/signed-in';
/** A token that ends sooner than this is renewed before it is shown. Seconds. */
const FRESH_FOR = 20;

/** Who is signed in, by their Keycloak token. */
export type SignedIn = Readonly<{ id: string; name: string }>;

/**
 * `known` is false until it is known whether somebody is signed in. `lapsed`: they were, and their sign-in has ended
 * without their doing.
 */
export type AuthState = Readonly<{ known: boolean; user: SignedIn | null; lapsed: boolean }>;

export type Session = ReturnType<typeof createSession>;

/**
 * Sign-in at Keycloak: authorization code with PKCE; the tokens live in this tab's session storage and are renewed
 * silently by the refresh token. One for the whole page.
 */
export function createSession({ oidc }: PageConfig) {
  const manager = new UserManager({
    authority: oidc.authority,
    client_id: oidc.clientId,
    redirect_uri: `${location.origin}${RETURN_PATH}`,
    post_logout_redirect_uri: `${location.origin}/`,
    response_type: 'code',
    scope: 'openid profile',
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: 60,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  let state: AuthState = { known: false, user: null, lapsed: false };
  let renewing: Promise<User | null> | null = null;
  const listeners = new Set<() => void>();

  function set(next: AuthState): void {
    state = next;
    for (const listener of listeners) listener();
  }
  const holds = (user: User): boolean => user.expired !== true;

  manager.events.addUserLoaded((user) => set({ known: true, user: whoIs(user), lapsed: false }));
  manager.events.addAccessTokenExpired(() => void lapse());

  async function lapse(): Promise<void> {
    if (state.user === null) return;
    await manager.removeUser();
    set({ known: true, user: null, lapsed: true });
  }

  /** One renewal at a time, whoever asks. */
  function renew(): Promise<User | null> {
    renewing ??= manager.signinSilent().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  return {
    state: (): AuthState => state,
    /** @returns stops it */
    onChange(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Called with each new token. @returns stops it */
    onToken(listener: (token: string) => void): () => void {
      return manager.events.addUserLoaded((user) => listener(user.access_token));
    },

    /** Finds out who is signed in in this tab; after that `state().known` is true. */
    async restore(): Promise<void> {
      const user = await manager.getUser();
      if (user && holds(user)) return set({ known: true, user: whoIs(user), lapsed: false });
      if (user === null) return set({ known: true, user: null, lapsed: false });
      // The tab slept past the token's end: the refresh token may still hold. It does, as far as one can know, while
      // Keycloak does not answer; `token` asks again.
      const isKept = user.refresh_token
        ? await renew().then(
            (renewed) => renewed !== null,
            (error: unknown) => !isRefusal(error),
          )
        : false;
      if (!isKept) await manager.removeUser();
      set({ known: true, user: isKept ? whoIs(user) : null, lapsed: !isKept });
    },

    /**
     * Leaves for Keycloak.
     * @param returnTo where to be afterwards. Kept in this browser: the fragment, which may hold a room's key, is not sent.
     */
    async signIn(returnTo: string, language: string): Promise<void> {
      await manager.signinRedirect({ state: { returnTo }, ui_locales: language });
    },

    /** Takes what Keycloak sent back in the address. @returns where to go on */
    async completeSignIn(): Promise<string> {
      const user = await manager.signinRedirectCallback();
      return returnToOf(user.state);
    },

    async signOut(): Promise<void> {
      await manager.signoutRedirect();
    },

    /**
     * A token that holds for a while.
     * @param options.fresh a new one, even if the present one holds
     * @throws ApiError SIGNED_OUT; UNREACHABLE when Keycloak does not answer
     */
    async token(options: { fresh?: boolean } = {}): Promise<string> {
      const user = await manager.getUser();
      if (user === null) throw new ApiError('SIGNED_OUT', 'Nobody is signed in.');
      if (!options.fresh && (user.expires_in ?? 0) > FRESH_FOR) return user.access_token;
      const renewed = await renew().catch(async (cause: unknown) => {
        // Keycloak said no. When it only did not answer, the sign-in may still hold.
        if (isRefusal(cause)) {
          await lapse();
          throw new ApiError('SIGNED_OUT', 'The sign-in has ended.', { cause });
        }
        throw new ApiError('UNREACHABLE', 'Keycloak did not answer.', { cause });
      });
      if (renewed === null) throw new ApiError('SIGNED_OUT', 'The sign-in has ended.');
      return renewed.access_token;
    },

    lapse,
  };
}

/** Keycloak said no; else it only did not answer. */
const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'ErrorResponse';

function whoIs({ profile }: User): SignedIn {
  return { id: profile.sub, name: profile.name ?? profile.preferred_username ?? profile.sub };
}

/** Only a place on this page: never an address that somebody else chose. */
export function returnToOf(state: unknown): string {
  const { returnTo } = (typeof state === 'object' && state !== null ? state : {}) as { returnTo?: unknown };
  if (typeof returnTo !== 'string' || !returnTo.startsWith('/')) return '/';
  // As a browser reads it, which knows more ways to write another site's address than one would think of.
  const here = new URL('https://here.invalid');
  if (!URL.canParse(returnTo, here.href)) return '/';
  const { origin, pathname, search, hash } = new URL(returnTo, here);
  return origin === here.origin ? `${pathname}${search}${hash}` : '/';
}
