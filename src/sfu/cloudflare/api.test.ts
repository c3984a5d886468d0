import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { readableLogger } from '../../../test/support/readable-logger.ts';
import { Secret } from '../../config/index.ts';
import { type Call, createCloudflareApi } from './api.ts';

type Reply = Readonly<{ status: number; body?: unknown; headers?: Record<string, string> }> | Error;

const OK: Reply = { status: 200, body: { answer: 'yes' } };
const AWAY: Reply = { status: 503 };

/** The client, whose requests get the replies in turn, the last of them for ever. */
function anApi(...replies: readonly [...Reply[], Reply]) {
  const { logger, lines } = readableLogger();
  const requests: Readonly<{ address: string; init: RequestInit }>[] = [];
  const queue = [...replies];
  const ask = createCloudflareApi({
    settings: {
      url: 'https://cloudflare.test/v1',
      appId: 'an/app',
      appSecret: new Secret('an-app-secret-of-our-own'),
    },
    logger,
    random: () => 0,
    fetch: async (address, init = {}) => {
      requests.push({ address: String(address), init });
      const reply = queue.length > 1 ? queue.shift() : queue[0];
      if (reply === undefined || reply instanceof Error) throw reply;
      return new Response(JSON.stringify(reply.body ?? {}), reply);
    },
  });
  return { ask, requests, lines, answerWith: (reply: Reply) => void queue.splice(0, queue.length, reply) };
}

const call = (more: Partial<Call<unknown>> = {}): Call<unknown> => ({
  method: 'GET',
  path: ['sessions', 'an id/../x'],
  answer: z.object({ answer: z.string() }),
  repeatable: true,
  ...more,
});

/** What a call comes to, while time passes as fast as it is needed. */
async function settled(work: Promise<unknown>): Promise<unknown> {
  const end = work.then(
    (value) => ({ value }),
    (error: { code: string }) => ({ code: error.code }),
  );
  await jest.advanceTimersByTimeAsync(9_000);
  return end;
}

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

describe('a call', () => {
  it('goes to the app’s address with its secret, whatever the ids are made of', async () => {
    const { ask, requests } = anApi(OK);
    expect(await ask(call({ method: 'PUT', body: { a: 1 } }))).toEqual({ answer: 'yes' });
    expect(requests[0]?.address).toBe('https://cloudflare.test/v1/apps/an%2Fapp/sessions/an%20id%2F..%2Fx');
    expect(requests[0]?.init).toMatchObject({
      method: 'PUT',
      redirect: 'error',
      body: '{"a":1}',
      headers: { authorization: 'Bearer an-app-secret-of-our-own', 'content-type': 'application/json' },
    });
  });

  it.each<[string, Reply, boolean, number]>([
    ['503', AWAY, false, 3],
    ['500', { status: 500 }, true, 3],
    ['429', { status: 429 }, false, 3],
    ['429 with a wait too long', { status: 429, headers: { 'retry-after': '6' } }, true, 1],
    ['no answer, done twice without harm', new Error('cut'), true, 3],
    ['no answer, perhaps done', new Error('cut'), false, 1],
    ['an answer that cannot be read, perhaps done', { status: 200, body: [] }, false, 1],
    ['400', { status: 400 }, true, 1],
    ['401', { status: 401 }, true, 1],
    ['410', { status: 410 }, true, 1],
  ])('that gets %s is made as often as makes sense', async (_what, reply, repeatable, times) => {
    const { ask, requests } = anApi(reply);
    expect(await settled(ask(call({ repeatable })))).toHaveProperty('code');
    expect(requests).toHaveLength(times);
  });

  it('gives up an answer without end', async () => {
    const { ask } = anApi({ status: 200, body: { answer: 'x'.repeat(1_024 * 1_024) } });
    expect(await settled(ask(call()))).toEqual({ code: 'SFU_UNAVAILABLE' });
  });

  it('takes an error inside a 200 for one', async () => {
    const { ask } = anApi({ status: 200, body: { answer: 'yes', errorCode: 'session_error' } });
    expect(await settled(ask(call()))).toEqual({ code: 'NO_SUCH_SESSION' });
  });
});

describe('the circuit breaker', () => {
  /** Finds Cloudflare away `times` times in a row, each call with one attempt. */
  async function findAway({ ask }: ReturnType<typeof anApi>, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) await settled(ask(call({ repeatable: false })));
  }

  it('opens after five in a row, and lets nothing through for ten seconds', async () => {
    const api = anApi(new Error('away'));
    await findAway(api, 5);
    expect(api.requests).toHaveLength(5);
    api.answerWith(OK);
    const refused = { code: 'SFU_UNAVAILABLE', retryAfter: 10_000 };
    // findAway has let nine of the ten seconds pass.
    await expect(api.ask(call())).rejects.toMatchObject(refused);
    expect(api.requests).toHaveLength(5);
  });

  it('then lets one through: with its success all, with its failure none for as long again', async () => {
    const api = anApi(new Error('away'));
    await findAway(api, 5);
    await jest.advanceTimersByTimeAsync(1_000);
    await findAway(api, 1);
    expect(api.requests).toHaveLength(6);
    await findAway(api, 1);
    expect(api.requests).toHaveLength(6);

    await jest.advanceTimersByTimeAsync(1_000);
    api.answerWith(OK);
    expect(await settled(api.ask(call()))).toEqual({ value: { answer: 'yes' } });
    expect(await settled(api.ask(call()))).toEqual({ value: { answer: 'yes' } });
    expect(api.lines().flatMap(({ event }) => (String(event).includes('circuit') ? [event] : []))).toEqual([
      'cloudflare.circuit.open',
      'cloudflare.circuit.open',
      'cloudflare.circuit.closed',
    ]);
  });

  it.each([{ status: 400 }, { status: 410 }, { status: 429 }])(
    'counts none that Cloudflare answered: $status begins the count anew',
    async (reply) => {
      const api = anApi(new Error('away'));
      await findAway(api, 4);
      api.answerWith(reply);
      await settled(api.ask(call()));
      api.answerWith(new Error('away'));
      await findAway(api, 4);
      api.answerWith(OK);
      expect(await settled(api.ask(call()))).toEqual({ value: { answer: 'yes' } });
    },
  );
});
