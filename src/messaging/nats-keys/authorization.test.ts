import { describe, expect, it } from '@jest/globals';
import { decode, encodeAuthorizationResponse, encodeUser } from '@nats-io/jwt';
import { createAccount, createServer, createUser, type KeyPair } from '@nats-io/nkeys';
import { noon } from '../../../test/support/a-room.ts';
import { type AuthorizationRequest, createAuthorizations } from './authorization.ts';
import { encodeJwt } from './jwt.ts';
import { createSigner } from './signing.ts';

const issuer = createAccount();
const server = createServer();
const user = createUser();
const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString();
const seconds = noon.getTime() / 1_000;

let clock = noon;
const authorizations = createAuthorizations({ issuerSeed: seedOf(issuer), now: () => clock });

/** A question as nats-server 2.15 asks it. */
function question(
  more: { claims?: Record<string, unknown>; nats?: Record<string, unknown>; by?: KeyPair } = {},
): string {
  return encodeJwt(
    {
      sub: issuer.getPublicKey(),
      aud: 'nats-authorization-request',
      exp: seconds + 3,
      ...more.claims,
      nats: {
        type: 'authorization_request',
        server_id: {
          name: 'nats',
          host: '127.0.0.1',
          id: server.getPublicKey(),
          version: '2.15.2',
          xkey: 'XKEY',
        },
        user_nkey: user.getPublicKey(),
        client_info: { host: '127.0.0.1', id: 7, user: 'a-room', kind: 'Client', type: 'nats' },
        connect_opts: { user: 'a-room', auth_token: 'a-token', lang: 'nats.js', protocol: 1 },
        ...more.nats,
      },
    },
    createSigner('server', seedOf(more.by ?? server)),
    noon,
  );
}
const asked = (text = question()): AuthorizationRequest => {
  const read = authorizations.read(text);
  if (typeof read === 'string') throw new Error(`ignored: ${read}`);
  return read;
};

describe('a question', () => {
  it('is read', () => {
    expect(asked()).toEqual({
      server: { id: server.getPublicKey(), name: 'nats' },
      xkey: 'XKEY',
      userKey: user.getPublicKey(),
      client: { host: '127.0.0.1', id: 7 },
      connect: { user: 'a-room', token: 'a-token', password: '' },
      expiresAt: new Date(noon.getTime() + 4_000),
    });
  });

  const [header = '', payload = '', signature = ''] = question().split('.');
  const none = Buffer.from('{"typ":"JWT","alg":"none"}').toString('base64url');
  const other = createServer();
  const atOther = { server_id: { id: other.getPublicKey(), name: 'other' } };
  it.each<[string, string, string]>([
    ['that nobody signed', 'unsigned', `${header}.${payload}.`],
    ['with another signature', 'unsigned', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    ['of another algorithm', 'unsigned', `${none}.${payload}.${signature}`],
    ['with more to it', 'unsigned', `${question()}.${signature}`],
    ['that is no JWT', 'unsigned', 'hello'],
    ['that is empty', 'unsigned', ''],
    ['that is signed by another than it names', 'foreign', question({ by: createServer() })],
    ['that names another than signed it', 'foreign', question({ nats: atOther })],
    ['to another issuer', 'foreign', question({ claims: { sub: createAccount().getPublicKey() } })],
    ['with another audience', 'malformed', question({ claims: { aud: 'NATS' } })],
    ['of another type', 'malformed', question({ nats: { type: 'user' } })],
    ['without an end', 'malformed', question({ claims: { exp: undefined } })],
    ['about nobody', 'malformed', question({ nats: { user_nkey: server.getPublicKey() } })],
  ])('is ignored: one %s', (_what, reason, text) => {
    expect(authorizations.read(text)).toBe(reason);
  });

  it('is ignored when its JWT is signed by an account', () => {
    const text = encodeJwt(
      {
        sub: issuer.getPublicKey(),
        aud: 'nats-authorization-request',
        exp: seconds + 3,
        nats: { type: 'x' },
      },
      createSigner('account', seedOf(issuer)),
      noon,
    );
    expect(authorizations.read(text)).toBe('unsigned');
  });

  it('is late once nobody waits for its answer, and not before', () => {
    clock = new Date(noon.getTime() + 3_999);
    expect(asked().userKey).toBe(user.getPublicKey());
    clock = new Date(noon.getTime() + 4_000);
    expect(authorizations.read(question())).toBe('late');
    clock = noon;
  });
});

describe('an answer', () => {
  const permissions = { publish: ['a.b', 'a.c'], subscribe: ['_INBOX_alice.>'] };
  const alice = {
    name: 'a-room/alice',
    account: 'APP',
    expiresAt: new Date(noon.getTime() + 60_999),
    permissions,
  };
  type Response = { sub: string; aud: string; iss: string; nats: { jwt?: string; error?: string } };
  const claims = (text: string) => decode<object>(text) as unknown as Record<string, unknown> & Response;
  /** What differs from one making to the next. */
  const same = ({ iat: _iat, jti: _jti, ...rest }: Record<string, unknown>) => rest;

  it("that lets someone in says what the official library's says", async () => {
    const ours = claims(authorizations.admit(asked(), alice));
    const theirs = claims(
      await encodeAuthorizationResponse(user, server, issuer, { jwt: ours.nats.jwt ?? '' }, {}),
    );
    expect(same(ours)).toEqual(same(theirs));

    const ourUser = claims(ours.nats.jwt ?? '');
    const theirUser = claims(
      await encodeUser(
        alice.name,
        user,
        issuer,
        {
          pub: { allow: [...permissions.publish] },
          sub: { allow: [...permissions.subscribe] },
          allowed_connection_types: ['STANDARD', 'WEBSOCKET'] as never,
        },
        { aud: alice.account, exp: seconds + 60 },
      ),
    );
    expect(same(ourUser)).toEqual(same(withoutEmpty(theirUser)));
  });

  it('ends with the second in which the token does', () => {
    const { jwt = '' } = claims(authorizations.admit(asked(), alice)).nats;
    expect(claims(jwt)['exp']).toBe(seconds + 60);
  });

  it('that refuses someone says why to the server, and lets nobody in', () => {
    const { sub, aud, iss, nats } = claims(authorizations.refuse(asked(), 'KICKED'));
    expect({ sub, aud, iss, nats }).toEqual({
      sub: user.getPublicKey(),
      aud: server.getPublicKey(),
      iss: issuer.getPublicKey(),
      nats: { type: 'authorization_response', version: 2, error: 'KICKED' },
    });
  });
});

/** The official library writes out what is empty. */
function withoutEmpty(claims: Record<string, unknown> & { nats: object }): Record<string, unknown> {
  const { src: _src, times: _times, ...nats } = claims.nats as Record<string, unknown>;
  for (const side of ['pub', 'sub']) delete (nats[side] as Record<string, unknown>)['deny'];
  return { ...claims, nats };
}
