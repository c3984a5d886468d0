import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ASocket, aLobby, aPrincipal, noon } from '../../test/support/a-room.ts';
import { Session } from './session.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
const seconds = (time: Date) => time.getTime() / 1_000;

describe('a session', () => {
  let socket: ASocket;
  let session: Session;

  beforeEach(() => {
    jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    socket = aLobby().socket('1');
    session = new Session(socket, aPrincipal('ann'), { warnBefore: MINUTE, now: () => new Date(Date.now()) });
  });
  afterEach(() => {
    session.close();
    jest.useRealTimers();
  });

  it('is its user’s, and begins in no room', () => {
    expect([session.userId, session.roomId]).toEqual(['ann', null]);
  });

  describe('does what its socket asks for', () => {
    it('one after the other, in the order in which it came', async () => {
      const log: string[] = [];
      const waits = [300, 0, 100];
      for (const [index, milliseconds] of waits.entries())
        session.run(async () => {
          log.push(`${index} begins`);
          await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
          log.push(`${index} ends`);
        });
      await pass(1_000);
      expect(log).toEqual(['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends']);
    });

    it('up to 256 that wait: one more, and it is over', async () => {
      const held = Promise.withResolvers<void>();
      let done = 0;
      const work = async () => {
        await held.promise;
        done += 1;
      };
      for (let index = 0; index < 256; index += 1) session.run(work);
      expect(socket.connected).toBe(true);
      session.run(work);
      expect(socket.connected).toBe(false);
      expect(socket.heard).toEqual([
        ['session:ended', { code: 'RATE_LIMITED', message: expect.stringContaining('256') }],
      ]);
      held.resolve();
      await pass(0);
      expect(done).toBeLessThanOrEqual(256);
    });

    it('and makes room again as it is done', async () => {
      for (let round = 0; round < 4; round += 1) {
        for (let index = 0; index < 200; index += 1) session.run(async () => {});
        await pass(0);
      }
      expect(socket.connected).toBe(true);
    });

    it('though what came before it failed', async () => {
      let done = 0;
      session.run(() => Promise.reject(new Error('failed')));
      session.run(() => {
        throw new Error('at once');
      });
      session.run(async () => {
        done += 1;
      });
      await pass(0);
      expect(done).toBe(1);
    });

    it('not any more once it is over', async () => {
      let done = 0;
      session.end('TOKEN_EXPIRED', 'over');
      session.run(async () => {
        done += 1;
      });
      await pass(0);
      expect(done).toBe(0);
    });

    it.each<[string, () => void]>([
      ['the socket is gone', () => session.close()],
      ['its token has expired', () => session.end('TOKEN_EXPIRED', 'over')],
    ])('not what still waits when %s', async (_why, over) => {
      const held = Promise.withResolvers<void>();
      const log: string[] = [];
      session.run(async () => {
        await held.promise;
        log.push('was under way');
      });
      session.run(async () => void log.push('waited'));
      await pass(0);
      over();
      held.resolve();
      await pass(0);
      expect(log).toEqual(['was under way']);
    });
  });

  describe('watches its token', () => {
    it('warns before it expires, then says so and cuts the socket', async () => {
      session.begin();
      await pass(HOUR - MINUTE - 1);
      expect(socket.heard).toEqual([]);
      await pass(1);
      const expiresAt = new Date(noon.getTime() + HOUR);
      expect(socket.heard).toEqual([['auth:expiring', { expiresAt }]]);
      await pass(MINUTE - 1);
      expect(socket.connected).toBe(true);
      await pass(1);
      expect(socket.heard.slice(1)).toEqual([
        ['session:ended', { code: 'TOKEN_EXPIRED', message: expect.any(String) }],
      ]);
      expect(socket.connected).toBe(false);
    });

    it('warns at once when less is left than that', async () => {
      session.renew(aPrincipal('ann', { expiresAt: seconds(noon) + 30 }));
      await pass(0);
      expect(socket.heard).toEqual([['auth:expiring', { expiresAt: new Date(noon.getTime() + 30_000) }]]);
      await pass(30_000);
      expect(socket.connected).toBe(false);
    });

    it('ends at once with a token that has expired already', async () => {
      session.renew(aPrincipal('ann', { expiresAt: seconds(noon) - 1 }));
      await pass(1);
      expect(socket.connected).toBe(false);
    });

    it('keeps one that holds for years without an end at once', async () => {
      session.renew(aPrincipal('ann', { expiresAt: seconds(noon) + 10 * 365 * 86_400 }));
      await pass(HOUR);
      expect([socket.heard, socket.connected]).toEqual([[], true]);
    });

    it('goes by the new one once it was renewed', async () => {
      session.begin();
      await pass(HOUR - MINUTE);
      session.renew(aPrincipal('ann', { expiresAt: seconds(noon) + 2 * 3_600 }));
      expect(session.principal.expiresAt).toBe(seconds(noon) + 7_200);
      await pass(HOUR - 1);
      expect(socket.heard.map(([name]) => name)).toEqual(['auth:expiring']);
      await pass(1);
      expect(socket.heard.map(([name]) => name)).toEqual(['auth:expiring', 'auth:expiring']);
      await pass(MINUTE);
      expect(socket.connected).toBe(false);
    });

    it('refuses one of another user, and goes on by its own', async () => {
      session.begin();
      const theirs = aPrincipal('ben', { expiresAt: seconds(noon) + 7_200 });
      expect(() => session.renew(theirs)).toThrow(expect.objectContaining({ code: 'IDENTITY_MISMATCH' }));
      expect(session.userId).toBe('ann');
      await pass(HOUR);
      expect(socket.connected).toBe(false);
    });

    it('no longer when its socket is gone: nothing of it keeps running', async () => {
      session.begin();
      session.close();
      expect(jest.getTimerCount()).toBe(0);
      await pass(HOUR);
      expect(socket.heard).toEqual([]);
    });

    it('no longer, though a renewal was under way when its socket went', () => {
      session.begin();
      session.close();
      session.renew(aPrincipal('ann', { expiresAt: seconds(noon) + 7_200 }));
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('ends', () => {
    it('once, and says why before it cuts the socket', () => {
      const log: string[] = [];
      socket.emit = ((...message: [string, { code: string }]) =>
        log.push(`${message[0]} ${message[1].code}`)) as never;
      socket.disconnect = ((close: boolean) => log.push(`cut, ${close}`)) as never;
      session.end('TOKEN_REVOKED', 'revoked');
      session.end('TOKEN_EXPIRED', 'expired');
      expect(log).toEqual(['session:ended TOKEN_REVOKED', 'cut, true']);
    });

    it('without a word when the socket is gone already', () => {
      session.close();
      session.end('TOKEN_REVOKED', 'revoked');
      expect(socket.heard).toEqual([]);
    });
  });

  describe('loses its patience', () => {
    it('bit by bit: each refusal in a row is answered later, up to half a second', () => {
      const delays = Array.from({ length: 30 }, () => session.tooFast());
      expect(delays.slice(0, 3)).toEqual([20, 40, 60]);
      expect(delays.slice(-6)).toEqual([500, 500, 500, 500, 500, 500]);
    });

    it('for good after 100 refusals within a minute: one more, and it is over', async () => {
      await pass(1);
      for (let count = 0; count < 100; count += 1) session.tooFast();
      expect([socket.heard, socket.connected]).toEqual([[], true]);
      session.tooFast();
      expect(socket.heard).toEqual([
        ['session:ended', { code: 'RATE_LIMITED', message: expect.stringContaining('slow down') }],
      ]);
      expect(socket.connected).toBe(false);
    });

    it('for good, though events between them were in time', async () => {
      await pass(1);
      for (let count = 0; count < 101; count += 1) {
        session.calm();
        session.tooFast();
        await pass(500);
      }
      expect(socket.connected).toBe(false);
    });

    it('says why once, and does nothing that still waits', async () => {
      const held = Promise.withResolvers<void>();
      const log: string[] = [];
      session.run(() => held.promise);
      session.run(async () => void log.push('waited'));
      for (let count = 0; count < 150; count += 1) session.tooFast();
      held.resolve();
      await pass(0);
      expect(socket.heard.map(([name]) => name)).toEqual(['session:ended']);
      expect(log).toEqual([]);
    });

    it('not by so many over a longer time', async () => {
      await pass(1);
      for (let minute = 0; minute < 5; minute += 1) {
        for (let count = 0; count < 100; count += 1) session.tooFast();
        await pass(MINUTE + 1);
      }
      expect([socket.heard, socket.connected]).toEqual([[], true]);
    });

    it('and has it back with an event that was in time', () => {
      for (let count = 0; count < 10; count += 1) session.tooFast();
      session.calm();
      expect(session.tooFast()).toBe(20);
    });
  });
});
