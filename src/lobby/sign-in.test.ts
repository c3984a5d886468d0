import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aLobby, aPrincipal, noon } from '../../test/support/a-room.ts';
import { readableLogger } from '../../test/support/readable-logger.ts';
import type { AccessTokens } from '../auth/index.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { LobbySocket } from './protocol.ts';
import type { Resumption } from './resume.ts';
import { createSignIn, type SignedIn } from './sign-in.ts';

const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

describe('a socket that signs in', () => {
  let signedIn: WeakMap<LobbySocket, SignedIn>;
  let resumption: Resumption | null;
  let resuming: Promise<void>;
  let failure: unknown;
  let gone: string[];
  let lines: () => Record<string, unknown>[];
  let signIn: ReturnType<typeof createSignIn>;

  beforeEach(() => {
    const { logger, lines: read } = readableLogger();
    lines = read;
    [signedIn, resumption, resuming, failure, gone] = [new WeakMap(), null, Promise.resolve(), null, []];
    signIn = createSignIn({
      tokens: {
        async verify(token: string) {
          if (failure) throw failure;
          return aPrincipal(token.slice('token of '.length));
        },
      } as AccessTokens,
      async resume() {
        await resuming;
        return resumption;
      },
      signedIn,
      onGone: (socket) => gone.push(socket.id),
      warnBefore: 0,
      logger,
      now: () => noon,
    });
  });

  function aSocketWith(auth: Record<string, unknown>) {
    const conn = Object.assign(new EventEmitter(), {
      readyState: 'open',
      close() {
        conn.readyState = 'closed';
        conn.emit('close');
      },
    });
    const socket = Object.assign(aLobby().socket('1', auth), { conn, recovered: false });
    // What Socket.IO reads of it; `pid` is not public.
    const marks = socket as unknown as { recovered: boolean; pid: string };
    return { socket: socket as unknown as LobbySocket, marks, conn };
  }
  /** How the middleware answers; undefined when it does not. */
  async function answerTo(socket: LobbySocket) {
    const answers: (Error | null)[] = [];
    signIn(socket, (error) => answers.push(error ?? null));
    await settled();
    expect(answers.length).toBeLessThanOrEqual(1);
    return answers[0] as (Error & { data: { code: ErrorCode; message: string } }) | null | undefined;
  }

  it('with a token of ours is let in, as its user', async () => {
    const { socket, marks } = aSocketWith({ token: 'token of ann' });
    expect(await answerTo(socket)).toBeNull();
    expect(signedIn.get(socket)).toMatchObject({
      session: { userId: 'ann', roomId: null },
      resumption: null,
    });
    expect(marks.recovered).toBe(false);
  });

  it.each([undefined, null, '', 7, {}, ['token of ann']])('with %j for a token is refused', async (token) => {
    const { socket } = aSocketWith({ token });
    expect((await answerTo(socket))?.data.code).toBe('UNAUTHENTICATED');
    expect(signedIn.has(socket)).toBe(false);
  });

  it.each<ErrorCode>(['TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'])(
    'is refused with the code and the words of the refusal: %s',
    async (code) => {
      failure = new ServiceError(code, 'Sign in again.', { cause: new Error('a secret') });
      const { socket, conn } = aSocketWith({ token: 'token of ann' });
      const refused = await answerTo(socket);
      expect(refused).toMatchObject({ message: 'Sign in again.', data: { code, message: 'Sign in again.' } });
      expect(conn.readyState).toBe('open');
      expect(lines()).toMatchObject([{ event: 'socket.refused', code }]);
    },
  );

  it.each<[string, unknown]>([
    ['the store does not answer', new ServiceError('STORE_UNAVAILABLE', 'away')],
    ['Keycloak does not answer', new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')],
    ['something went wrong', new TypeError('a secret')],
  ])('is cut and not refused when %s: its client tries again then', async (_why, error) => {
    failure = error;
    const { socket, conn } = aSocketWith({ token: 'token of ann' });
    const states: string[] = [];
    signIn(socket, () => states.push(conn.readyState));
    await settled();
    // Socket.IO says nothing to one that is closed, and forgets it.
    expect(states).toEqual(['closed']);
  });

  it('and goes on where it was is told so, in the words of Socket.IO', async () => {
    resumption = { recovered: true, settle: async () => {} };
    const { socket, marks } = aSocketWith({ token: 'token of ann', pid: 'its-own' });
    await answerTo(socket);
    expect([marks.recovered, marks.pid, signedIn.get(socket)?.resumption]).toEqual([
      true,
      'its-own',
      resumption,
    ]);
  });

  it.each<[string, Resumption | null, unknown]>([
    ['begins anew', null, 'its-own'],
    ['is out of where it was', { recovered: false, settle: async () => {} }, 'its-own'],
    ['says no text for one', { recovered: true, settle: async () => {} }, { evil: true }],
  ])('gets an id of its own when it %s', async (_what, resumed, pid) => {
    resumption = resumed;
    const { socket, marks } = aSocketWith({ token: 'token of ann', pid });
    await answerTo(socket);
    expect(marks.pid).toMatch(/^[\w-]{20}$/);
  });

  it('and gives up while it is being looked for is gone, however far it had come', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    resuming = promise;
    const { socket, conn } = aSocketWith({ token: 'token of ann' });
    signIn(socket, () => {});
    await settled();
    conn.close();
    await settled();
    gone = [];
    resolve();
    await settled();
    expect(gone).toEqual(['1']);
  });

  it('and goes later is gone', async () => {
    const { socket, conn } = aSocketWith({ token: 'token of ann' });
    await answerTo(socket);
    expect(gone).toEqual([]);
    conn.close();
    await settled();
    expect(gone).toEqual(['1']);
  });
});
