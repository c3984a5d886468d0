import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ASocket, aLobby, aPrincipal, noon } from '../../test/support/a-room.ts';
import { readableLogger } from '../../test/support/readable-logger.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { LimitName, RateLimits } from '../limits/index.ts';
import { createDispatch, type SocketHandlers } from './dispatch.ts';
import { type Acknowledged, type EventName, payloads } from './protocol.ts';
import { Session } from './session.ts';

const HOUR = 3_600_000;

describe('an event of a socket', () => {
  let socket: ASocket;
  let session: Session;
  /** What was done, and which limits were asked, in their order. */
  let log: string[];
  let lines: () => Record<string, unknown>[];
  /** What the handlers do, whether the token still holds, and which limits are used up; a test sets them. */
  let handle: (name: EventName, payload: unknown) => Promise<Record<string, unknown>>;
  let check: () => void;
  let usedUp: Set<string>;
  let dispatch: ReturnType<typeof createDispatch>;

  beforeEach(() => {
    const { logger, lines: read } = readableLogger();
    lines = read;
    socket = aLobby().socket('1');
    session = new Session(socket, aPrincipal('ann'), { warnBefore: HOUR, now: () => noon });
    log = [];
    usedUp = new Set();
    handle = async () => ({});
    check = () => {};
    const limits: RateLimits = {
      async take(name: LimitName, key: string) {
        log.push(`${name} of ${key}`);
        const allowed = !usedUp.has(name);
        return { name, allowed, points: 10, remaining: 0, resetAfter: 700, per: 1_000 };
      },
    };
    const handlers = Object.fromEntries(
      Object.keys(payloads).map((name) => [
        name,
        (given: Session, payload: unknown) => {
          expect(given).toBe(session);
          log.push(name);
          return handle(name as EventName, payload);
        },
      ]),
    ) as unknown as SocketHandlers;
    dispatch = createDispatch({ handlers, limits, check: () => check(), logger });
  });

  /** Sends an event and answers its acknowledgement. */
  const ask = (name: string, ...args: unknown[]) =>
    new Promise<Acknowledged>((resolve) => dispatch(session, name, [...args, resolve]));
  const codeOf = (answer: Acknowledged) => (answer.ok ? null : answer.error.code);
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

  it('is handled within its limit, and acknowledged with what its handler answers', async () => {
    let said: unknown;
    handle = async (_name, payload) => {
      said = payload;
      return { message: { id: '1' } };
    };
    const answer = await ask('chat:message', { message: 'Hello', more: 'of no interest' });
    expect(answer).toEqual({ ok: true, message: { id: '1' } });
    expect(said).toEqual({ message: 'Hello' });
    expect(log).toEqual(['chat of ann', 'chat:message']);
  });

  it.each<[EventName, unknown, limit: string]>([
    ['room:join', { roomId: 'a-room' }, 'join of ann'],
    ['chat:message', { message: 'Hello' }, 'chat of ann'],
    ['room:leave', { roomId: 'a-room' }, 'socket-event of ann:room:leave'],
    ['webrtc:offer', { sdp: 'v=0', targetUserId: 'ben' }, 'socket-event of ann:webrtc:offer'],
    ['webrtc:answer', { sdp: 'v=0', targetUserId: 'ben' }, 'socket-event of ann:webrtc:answer'],
    [
      'webrtc:ice-candidate',
      { candidate: null, targetUserId: 'ben' },
      'socket-event of ann:webrtc:ice-candidate',
    ],
    ['media:toggle-mic', { isMuted: true }, 'socket-event of ann:media:toggle-mic'],
    ['media:toggle-video', { isVideoOff: true }, 'socket-event of ann:media:toggle-video'],
    ['hand:raise', undefined, 'socket-event of ann:hand:raise'],
    ['hand:lower', {}, 'socket-event of ann:hand:lower'],
    ['auth:renew', { token: 'a.b.c' }, 'socket-event of ann:auth:renew'],
  ])('%s has its own limit, of its user', async (name, payload, limit) => {
    expect(await ask(name, payload)).toEqual({ ok: true });
    expect(log).toEqual([limit, name]);
  });

  it('that says nothing needs no payload', async () => {
    expect(await ask('hand:raise')).toEqual({ ok: true });
    expect(await ask('hand:lower', null)).toEqual({ ok: true });
  });

  it('waits for those before it', async () => {
    handle = async (name) => {
      if (name === 'room:join') await new Promise((resolve) => setTimeout(resolve, 20));
      log.push(`${name} is done`);
      return {};
    };
    await Promise.all([ask('room:join', { roomId: 'a-room' }), ask('hand:raise')]);
    expect(log.indexOf('room:join is done')).toBeLessThan(log.indexOf('hand:raise'));
  });

  describe('is refused, and acknowledged all the same,', () => {
    it.each([
      'nonsense',
      '',
      'disconnect',
      'room:JOIN',
      'constructor',
      '__proto__',
      'toString',
      'x'.repeat(10_000),
    ])('when there is none of its name: %s', async (name) => {
      const answer = await ask(name, { roomId: 'a-room' });
      expect(answer).toMatchObject({
        ok: false,
        error: {
          code: 'INVALID_REQUEST',
          fields: [{ path: 'event', message: expect.stringContaining('room:join') }],
        },
      });
      // Names that are not known share one count: each key costs memory.
      expect(log).toEqual(['socket-event of ann:unknown']);
    });

    it.each<[string, unknown[], path: string]>([
      ['room:join', [], ''],
      ['room:join', [null], ''],
      ['room:join', ['a-room'], ''],
      ['room:join', [{ roomId: 'no room id' }], 'roomId'],
      ['chat:message', [{ message: '' }], 'message'],
      ['media:toggle-mic', [{ isMuted: 'yes' }], 'isMuted'],
      ['hand:raise', ['high'], ''],
    ])('when it does not say what it should: %s %j, with the field', async (name, args, path) => {
      const answer = await ask(name, ...args);
      expect(answer).toMatchObject({
        ok: false,
        error: { code: 'INVALID_REQUEST', fields: [{ path, message: expect.any(String) }] },
      });
      expect(log).not.toContain(name);
    });

    it('with every field that is wrong', async () => {
      const answer = await ask('webrtc:offer', {});
      expect(answer).toMatchObject({ error: { fields: [{ path: 'sdp' }, { path: 'targetUserId' }] } });
    });

    it('when it comes too often, with when to try again', async () => {
      usedUp.add('chat');
      const answer = await ask('chat:message', { message: 'Hello' });
      expect(answer).toMatchObject({
        ok: false,
        error: {
          code: 'RATE_LIMITED',
          message: expect.stringContaining('at most 10 a second'),
          retryAfter: 700,
        },
      });
      expect(log).toEqual(['chat of ann']);
    });

    it('when what it says is wrong and it comes too often: whoever floods is not read', async () => {
      usedUp.add('socket-event');
      expect(codeOf(await ask('hand:raise', 'high'))).toBe('RATE_LIMITED');
      expect(codeOf(await ask('nonsense'))).toBe('RATE_LIMITED');
    });

    it('when its token was revoked', async () => {
      check = () => {
        throw new ServiceError('TOKEN_REVOKED', 'Your token was revoked.');
      };
      expect(codeOf(await ask('hand:raise'))).toBe('TOKEN_REVOKED');
      expect(log).not.toContain('hand:raise');
    });

    it('when its handler refuses it, in the words of the refusal', async () => {
      handle = async () => {
        throw new ServiceError('KICKED', 'The host removed you from this room.', {
          cause: new Error('a secret'),
        });
      };
      expect(await ask('hand:raise')).toEqual({
        ok: false,
        error: { code: 'KICKED', message: 'The host removed you from this room.' },
      });
      expect(lines()).toEqual([]);
    });

    it.each<[string, () => never]>([
      [
        'an error of ours',
        () => {
          throw new TypeError('a secret of ours');
        },
      ],
      [
        'no error at all',
        () => {
          throw 'a secret of ours';
        },
      ],
    ])(
      'when its handler fails, with no word of what went wrong, which is logged: %s',
      async (_what, fails) => {
        handle = async () => fails();
        const answer = await ask('hand:raise');
        expect(answer).toEqual({
          ok: false,
          error: { code: 'INTERNAL', message: 'Something went wrong here.' },
        });
        expect(lines()).toMatchObject([{ event: 'socket.event.failed', userId: 'ann' }]);
      },
    );

    it('when its handler fails before it waits for anything', async () => {
      handle = () => {
        throw new Error('at once');
      };
      expect(codeOf(await ask('hand:raise'))).toBe('INTERNAL');
    });
  });

  it('that fails does not keep the next from being handled', async () => {
    handle = async (name) => {
      if (name === 'hand:raise') throw new Error('failed');
      return {};
    };
    const answers = await Promise.all([ask('hand:raise'), ask('nonsense'), ask('hand:lower')]);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false, true]);
  });

  it.each<[string, string, unknown[]]>([
    ['is done', 'hand:raise', []],
    ['with its payload is done', 'chat:message', [{ message: 'Hello' }]],
    ['that there is none of is let pass', 'nonsense', []],
    ['that says nonsense is let pass', 'chat:message', [{}]],
  ])('without an acknowledgement %s', async (_what, name, args) => {
    dispatch(session, name, args);
    expect(await ask('hand:lower')).toEqual({ ok: true });
    if (_what.endsWith('done')) expect(log).toContain(name);
  });

  it('whose acknowledgement is not the last argument is taken without one', async () => {
    let acknowledged = false;
    dispatch(session, 'hand:raise', [
      () => {
        acknowledged = true;
      },
      {},
    ]);
    await settled();
    expect(acknowledged).toBe(false);
  });

  it('whose acknowledgement fails does not keep the next from being handled', async () => {
    dispatch(session, 'hand:raise', [
      () => {
        throw new Error('the socket is gone');
      },
    ]);
    const next = await Promise.race([ask('hand:lower'), settled().then(settled)]);
    expect(next).toEqual({ ok: true });
  });

  it('too many in a row are answered ever later', async () => {
    usedUp.add('socket-event');
    const times: number[] = [];
    let last = performance.now();
    for (let count = 0; count < 4; count += 1) {
      await ask('hand:raise');
      times.push(performance.now() - last);
      last = performance.now();
    }
    // 20, 40, 60, 80 ms, as a timer has them.
    for (const [index, time] of times.entries()) expect(time).toBeGreaterThan(20 * (index + 1) - 5);
    usedUp.clear();
    last = performance.now();
    await ask('hand:raise');
    // The fifth in a row would wait for 100 ms.
    expect(performance.now() - last).toBeLessThan(95);
  });

  it('too many at once end the session, and the client is told why', async () => {
    usedUp.add('socket-event');
    for (let count = 0; count < 1_000; count += 1) dispatch(session, 'hand:raise', []);
    await settled();
    expect(socket.connected).toBe(false);
    expect(socket.heard).toEqual([['session:ended', { code: 'RATE_LIMITED', message: expect.any(String) }]]);
  });

  it('never throws, whatever a client sends', () => {
    const hostile: unknown[][] = [
      [],
      [undefined],
      [Number.NaN],
      [Symbol('s')],
      [[[[]]]],
      [{ roomId: { toString: null } }],
      [Object.create(null)],
      [Buffer.alloc(10)],
      [1n],
    ];
    for (const name of [...Object.keys(payloads), 'nonsense', 'hasOwnProperty'])
      for (const args of hostile) expect(() => dispatch(session, name, args)).not.toThrow();
  });

  it.each<[ErrorCode]>([['STORE_UNAVAILABLE'], ['BUSY'], ['KEYCLOAK_UNAVAILABLE']])(
    'that fails for what we depend on is told so: %s',
    async (code) => {
      handle = async () => {
        throw new ServiceError(code, 'Try again shortly.');
      };
      expect(await ask('hand:raise')).toEqual({ ok: false, error: { code, message: 'Try again shortly.' } });
    },
  );
});
