import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { decode } from '@nats-io/jwt';
import { headers, type Msg, type NatsConnection } from '@nats-io/nats-core';
import { createCurve, createServer, createUser, type KeyPair } from '@nats-io/nkeys';
import { dev } from '../../../stack/dev-values.ts';
import { aPrincipal, aRoom, aSeat, noon } from '../../../test/support/a-room.ts';
import { readableLogger } from '../../../test/support/readable-logger.ts';
import { Secret } from '../../config/index.ts';
import { ServiceError } from '../../errors.ts';
import { participantIn } from '../../rooms/index.ts';
import { encodeJwt } from '../nats-keys/jwt.ts';
import { createSigner } from '../nats-keys/signing.ts';
import { createSessionTokens } from '../session-token.ts';
import { openCallout } from './callout.ts';

/** The responder without a server: the questions that nats-server lets nobody ask but itself. */

const server = createServer();
const curve = createCurve();
const other = createCurve();
const seedOf = (pair: KeyPair): string => Buffer.from(pair.getSeed()).toString();
const seconds = noon.getTime() / 1_000;

function aCallout({
  xkey = true,
  prepare = async () => {},
}: {
  xkey?: boolean;
  prepare?: () => Promise<void>;
} = {}) {
  let ask: (message: Msg) => void = () => {};
  const connection = {
    subscribe(_subject: string, { callback }: { callback: (error: null, message: Msg) => void }) {
      ask = (message) => callback(null, message);
      return { unsubscribe() {} };
    },
  } as unknown as NatsConnection;
  const { logger, lines } = readableLogger();
  const now = () => noon;
  const callout = openCallout({
    connection,
    settings: {
      issuerSeed: new Secret(dev.natsIssuerSeed),
      xkeySeed: xkey ? new Secret(dev.natsXkeySeed) : null,
      inbox: 'own',
    },
    tokens: {
      async verify(token) {
        if (token === 'broken') throw new Error('the secret is hunter2');
        if (token !== 'good') throw new ServiceError('TOKEN_INVALID', 'This token is not valid here.');
        return aPrincipal('alice');
      },
    },
    sessionTokens: createSessionTokens({
      token: { secret: new Secret('a'.repeat(32)), ttl: 60_000 },
      checkRevoked() {},
      now,
    }),
    rooms: {
      async seat(roomId) {
        const room = aRoom({ id: roomId, seats: [aSeat('alice')] });
        return { room, participant: participantIn(room, aSeat('alice')) };
      },
    },
    prepare,
    logger,
    now,
  });
  return {
    lines,
    /** @returns what was answered; null when nothing was */
    async answerTo(
      data: Uint8Array | string,
      sender: string | null = curve.getPublicKey(),
    ): Promise<Uint8Array | null> {
      const own = headers();
      if (sender !== null) own.set('Nats-Server-Xkey', sender);
      let answer: Uint8Array | null = null;
      ask({
        data: Buffer.from(data),
        headers: own,
        respond: (payload: Uint8Array | string) => {
          answer = Buffer.from(payload);
          return true;
        },
      } as unknown as Msg);
      await callout[Symbol.asyncDispose]();
      return answer;
    },
  };
}

type Forged = Readonly<{
  signer?: KeyPair;
  sender?: KeyPair;
  xkey?: string | undefined;
  aud?: string;
  sub?: string;
  exp?: number;
  connect?: Record<string, unknown>;
}>;
function question({ signer = server, aud, sub, exp, connect, ...more }: Forged = {}): string {
  const xkey = 'xkey' in more ? more.xkey : curve.getPublicKey();
  return encodeJwt(
    {
      sub: sub ?? dev.natsIssuer,
      aud: aud ?? 'nats-authorization-request',
      exp: exp ?? seconds + 3,
      nats: {
        type: 'authorization_request',
        server_id: { name: 'nats', host: '127.0.0.1', id: server.getPublicKey(), xkey },
        user_nkey: createUser().getPublicKey(),
        client_info: { host: '127.0.0.1', id: 1 },
        connect_opts: connect ?? { user: 'a-room', auth_token: 'good', protocol: 1 },
      },
    },
    createSigner('server', seedOf(signer)),
    noon,
  );
}
const sealed = (forged: Forged = {}): Uint8Array =>
  (forged.sender ?? curve).seal(Buffer.from(question(forged)), dev.natsXkey);

type Response = { iss: string; aud: string; nats: { jwt?: string; error?: string } };
const opened = (answer: Uint8Array | null): Response =>
  decode<object>(
    Buffer.from(curve.open(answer ?? new Uint8Array(), dev.natsXkey) ?? []).toString(),
  ) as unknown as Response;

describe("a server's question", () => {
  it('that is sealed is answered sealed, for that server', async () => {
    const { iss, aud, nats } = opened(await aCallout().answerTo(sealed()));
    expect({ iss, aud }).toEqual({ iss: dev.natsIssuer, aud: server.getPublicKey() });
    expect(decode<object>(nats.jwt ?? '')).toMatchObject({
      name: 'a-room/alice',
      aud: 'APP',
      exp: seconds + 3_600,
    });
  });

  it('in the open is answered in the open, when we have no key', async () => {
    const answer = await aCallout({ xkey: false }).answerTo(question({ xkey: undefined }), null);
    expect(decode<object>(Buffer.from(answer ?? []).toString())).toMatchObject({
      aud: server.getPublicKey(),
    });
  });

  it.each<[string, string, () => [Uint8Array | string, (string | null)?]]>([
    ['in the open', 'not sealed for us', () => [question(), null]],
    ['in the open, with the header of one that is sealed', 'not sealed for us', () => [question()]],
    ['sealed with another key than the header names', 'not sealed for us', () => [sealed({ sender: other })]],
    [
      'sealed with another key than the server has',
      'sealed by another',
      () => [sealed({ sender: other }), other.getPublicKey()],
    ],
    [
      'sealed for another',
      'not sealed for us',
      () => [curve.seal(Buffer.from(question()), other.getPublicKey())],
    ],
    ['signed by another than it names', 'foreign', () => [sealed({ signer: createServer() })]],
    ['for another audience', 'malformed', () => [sealed({ aud: 'another' })]],
    ['to another issuer', 'foreign', () => [sealed({ sub: createUser().getPublicKey() })]],
    ['that nobody waits for any more', 'late', () => [sealed({ exp: seconds - 1 })]],
    ['that is noise', 'not sealed for us', () => ['hello']],
    ['that is empty', 'not sealed for us', () => ['']],
  ])('is not answered, and told of, when it is %s', async (_what, reason, asked) => {
    const callout = aCallout();
    expect(await callout.answerTo(...asked())).toBeNull();
    expect(callout.lines()).toEqual([expect.objectContaining({ event: 'callout.ignored', reason })]);
  });
});

describe('who is refused', () => {
  it('is told nothing; the server and the log are told the code', async () => {
    const callout = aCallout();
    const asked = sealed({ connect: { user: 'a-room', auth_token: 'another' } });
    expect(opened(await callout.answerTo(asked)).nats).toMatchObject({ error: 'TOKEN_INVALID' });
    expect(callout.lines()).toEqual([
      expect.objectContaining({
        event: 'callout.refused',
        code: 'TOKEN_INVALID',
        room: 'a-room',
        host: '127.0.0.1',
      }),
    ]);
  });

  it('by a fault of ours is refused with no word of it', async () => {
    const callout = aCallout();
    const asked = sealed({ connect: { user: 'a-room', auth_token: 'broken' } });
    expect(opened(await callout.answerTo(asked)).nats).toMatchObject({ error: 'INTERNAL' });
    expect(callout.lines()).toEqual([expect.objectContaining({ event: 'callout.failed', level: 'error' })]);
  });

  it('for want of what they read by is refused', async () => {
    const prepare = async () => {
      throw new ServiceError('MESSAGING_UNAVAILABLE', 'Messaging does not answer.');
    };
    const answer = await aCallout({ prepare }).answerTo(sealed());
    expect(opened(answer).nats).toMatchObject({ error: 'MESSAGING_UNAVAILABLE' });
  });
});

it('one who would wait too long for what they read by is let in before it is there', async () => {
  let begun = 0;
  const prepare = async (): Promise<void> => {
    begun += 1;
    if (begun === 1) await new Promise(() => {});
  };
  const callout = aCallout({ prepare });
  const answering = callout.answerTo(sealed());
  await turn();
  expect(opened(await answering).nats.jwt).toBeDefined();
});
