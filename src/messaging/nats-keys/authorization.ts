import { z } from 'zod';
import { type Claims, decodeServerJwt, encodeJwt } from './jwt.ts';
import { createSigner, createVerify } from './signing.ts';

/** What nats-server says that its question is for (auth_callout.go). */
const REQUEST_AUDIENCE = 'nats-authorization-request';
/** Times in a JWT are whole seconds, rounded down: one that ends now is waited for until the second is over. */
const ROUNDING = 1;

/** As much of a server's question as we look at. */
const requestClaims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.literal(REQUEST_AUDIENCE),
  exp: z.number(),
  nats: z.object({
    type: z.literal('authorization_request'),
    server_id: z.object({ id: z.string(), name: z.string(), xkey: z.string().optional() }),
    user_nkey: z.string().regex(/^U[A-Z2-7]{55}$/),
    client_info: z.object({ host: z.string().optional(), id: z.number().optional() }),
    connect_opts: z.object({
      auth_token: z.string().optional(),
      user: z.string().optional(),
      pass: z.string().optional(),
    }),
  }),
});

/** A server asks who this is. */
export type AuthorizationRequest = Readonly<{
  server: Readonly<{ id: string; name: string }>;
  /** The server's key for answers that nobody else can read; null when it has none. */
  xkey: string | null;
  /** Made for this connection: an answer for another is none for it. */
  userKey: string;
  client: Readonly<{ host: string | null; id: number | null }>;
  /** What the client sent; empty when it sent nothing. */
  connect: Readonly<{ user: string; token: string; password: string }>;
  /** Until then the server waits. */
  expiresAt: Date;
}>;

/** Why a question is not answered: it is none of a server's to us, or nobody waits for the answer any more. */
export type NotARequest = 'unsigned' | 'malformed' | 'foreign' | 'late';

/** Which subjects a user may publish to and subscribe to; what is not named is denied. */
export type Permissions = Readonly<{ publish: readonly string[]; subscribe: readonly string[] }>;

/**
 * The questions of nats-server and our answers to them.
 *
 * @param issuerSeed of the account key that servers hold the public half of (`SA…`)
 * @throws Error for what is no such seed
 */
export function createAuthorizations({ issuerSeed, now }: { issuerSeed: string; now: () => Date }) {
  const signer = createSigner('account', issuerSeed);
  const verify = createVerify();

  const answer = (request: AuthorizationRequest, content: { jwt: string } | { error: string }): string =>
    encodeJwt(
      {
        sub: request.userKey,
        aud: request.server.id,
        nats: { type: 'authorization_response', ...content },
      },
      signer,
      now(),
    );

  return {
    read(text: string): AuthorizationRequest | NotARequest {
      const claims = decodeServerJwt(text, verify);
      if (claims === null) return 'unsigned';
      const { success, data } = requestClaims.safeParse(claims);
      if (!success) return 'malformed';
      const { server_id: server, client_info: client, connect_opts: connect, user_nkey } = data.nats;
      // Signed by the server that it names, and meant for the issuer that we are.
      if (data.iss !== server.id || data.sub !== signer.publicKey) return 'foreign';
      const expiresAt = new Date((data.exp + ROUNDING) * 1_000);
      if (now() >= expiresAt) return 'late';
      return {
        server: { id: server.id, name: server.name },
        xkey: server.xkey ?? null,
        userKey: user_nkey,
        client: { host: client.host ?? null, id: client.id ?? null },
        connect: {
          user: connect.user ?? '',
          token: connect.auth_token ?? '',
          password: connect.pass ?? '',
        },
        expiresAt,
      };
    },
    /**
     * Lets the user in, until `expiresAt`: the server closes the connection then.
     *
     * @param user.name what the connection is called in the server's own events
     * @param user.account in which it is
     */
    admit(
      request: AuthorizationRequest,
      user: Readonly<{ name: string; account: string; expiresAt: Date; permissions: Permissions }>,
    ): string {
      return answer(request, { jwt: encodeJwt(userClaims(request.userKey, user), signer, now()) });
    },
    /** @param reason for the server's log; the client is told nothing of it */
    refuse: (request: AuthorizationRequest, reason: string): string => answer(request, { error: reason }),
  };
}

/** -1 is without limit: a server takes subscriptions' and payloads' limits from its configuration when it asks a callout. */
const UNLIMITED = { subs: -1, data: -1, payload: -1 };

function userClaims(
  userKey: string,
  {
    name,
    account,
    expiresAt,
    permissions,
  }: Readonly<{ name: string; account: string; expiresAt: Date; permissions: Permissions }>,
): Claims {
  return {
    sub: userKey,
    name,
    aud: account,
    exp: Math.floor(expiresAt.getTime() / 1_000),
    nats: {
      type: 'user',
      pub: { allow: permissions.publish },
      // No `resp`: nobody may publish to a reply subject for having received a message that names it.
      sub: { allow: permissions.subscribe },
      ...UNLIMITED,
      allowed_connection_types: ['STANDARD', 'WEBSOCKET'],
    },
  };
}
