import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { codeOf, isPassing } from './api-error.ts';
import { ask } from './client.ts';

type Asked = Readonly<{ address: string; method: string; headers: Headers; body: unknown }>;

let asked: Asked[];
/** What the network does; a test sets it. */
let answer: (signal: AbortSignal) => Promise<Response>;
const real = globalThis.fetch;

beforeEach(() => {
  asked = [];
  answer = async () => Response.json({});
  globalThis.fetch = async (address, { method = '', headers, body, signal } = {}) => {
    asked.push({ address: `${address}`, method, headers: new Headers(headers), body });
    signal?.throwIfAborted();
    return answer(signal as AbortSignal);
  };
});
afterEach(() => {
  globalThis.fetch = real;
  jest.restoreAllMocks();
});

const problem =
  (status: number, body: object, headers: Record<string, string> = {}) =>
  async () =>
    Response.json(body, { status, headers: { 'Content-Type': 'application/problem+json', ...headers } });
const html = (status: number) => async () =>
  new Response('<h1>Nothing here</h1>', { status, headers: { 'Content-Type': 'text/html' } });
/** Answers never, until it is told to stop. */
const silence = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
/** The answer begins, and `then` happens to the rest of it. */
const begun = (then: (body: ReadableStreamDefaultController) => void) => async () =>
  new Response(
    new ReadableStream({
      start: (body) => body.enqueue(new TextEncoder().encode('{"id":')),
      pull: (body) => then(body),
    }),
  );

describe('a question', () => {
  it('says who asks, what for, and what answer is understood', async () => {
    answer = async () => Response.json({ id: 'a-room' }, { status: 201 });
    expect(await ask('POST', '/rooms', { token: 'a.b.c', body: { title: 'Evening' } })).toEqual({
      id: 'a-room',
    });
    const [{ address, method, headers, body } = {} as Asked] = asked;
    expect([method, address, body]).toEqual(['POST', '/api/realtime/rooms', '{"title":"Evening"}']);
    expect(Object.fromEntries(headers)).toEqual({
      accept: 'application/json',
      authorization: 'Bearer a.b.c',
      'content-type': 'application/json',
    });
  });

  it('without a token or a body says nothing of either', async () => {
    await ask('GET', '/rooms');
    expect(asked).toMatchObject([{ method: 'GET', address: '/api/realtime/rooms', body: undefined }]);
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({ accept: 'application/json' });
  });

  it('carries of its query what is given, whatever is written there', async () => {
    await ask('GET', '/rooms', { query: { q: 'a&b=c d', topic: undefined, language: 'vi' } });
    await ask('GET', '/rooms', { query: { q: undefined } });
    expect(asked.map(({ address }) => address)).toEqual([
      '/api/realtime/rooms?q=a%26b%3Dc+d&language=vi',
      '/api/realtime/rooms',
    ]);
  });

  it('may be answered by nothing', async () => {
    answer = async () => new Response(null, { status: 204 });
    expect(await ask('POST', '/rooms/a-room/leave')).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('is named by its code, with when to try again and the fields that were wrong', async () => {
    const errors = [{ path: 'body.title', message: 'is empty' }];
    answer = problem(
      400,
      { title: 'Invalid request', detail: 'A field is wrong.', code: 'INVALID_REQUEST', errors },
      { 'Retry-After': '3' },
    );
    await expect(ask('POST', '/rooms')).rejects.toMatchObject({
      name: 'ApiError',
      code: 'INVALID_REQUEST',
      message: 'A field is wrong.',
      retryAfter: 3_000,
      fields: errors,
    });
  });

  it('need not say when to try again', async () => {
    answer = problem(404, { detail: 'No such room.', code: 'ROOM_NOT_FOUND' });
    await expect(ask('GET', '/rooms/a')).rejects.toMatchObject({ retryAfter: null, fields: [] });
    answer = problem(503, { code: 'BUSY' }, { 'Retry-After': 'Tue, 01 Jan 2030 12:00:00 GMT' });
    await expect(ask('GET', '/rooms/a')).rejects.toMatchObject({ retryAfter: null });
  });

  it('may be that of the gateway, when the service is away', async () => {
    answer = problem(
      503,
      { title: 'No instance of the service is up', status: 503, code: 'GATEWAY_NO_INSTANCE' },
      { 'Retry-After': '2' },
    );
    await expect(ask('GET', '/rooms')).rejects.toMatchObject({
      code: 'GATEWAY_NO_INSTANCE',
      message: 'No instance of the service is up',
      retryAfter: 2_000,
    });
  });

  it.each([
    ['HTML', html(502)],
    ['nothing', async () => new Response(null, { status: 502 })],
    ['a text', async () => Response.json('no', { status: 502 })],
    ['null', async () => Response.json(null, { status: 502 })],
    ['JSON without a code', async () => Response.json({}, { status: 502 })],
  ])('by %s is an unknown one', async (_what, says) => {
    answer = says;
    await expect(ask('GET', '/rooms')).rejects.toMatchObject({
      code: 'UNKNOWN',
      message: 'HTTP 502',
      retryAfter: null,
    });
  });
});

describe('no answer', () => {
  it('without network is told as such, with its cause', async () => {
    const cause = new TypeError('fetch failed');
    answer = () => Promise.reject(cause);
    await expect(ask('GET', '/rooms')).rejects.toMatchObject({ code: 'UNREACHABLE', cause });
  });

  it('is waited for ten seconds', async () => {
    const tooLate = new AbortController();
    const within = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(tooLate.signal);
    answer = silence;
    const answered = expect(ask('GET', '/rooms')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(within.mock.calls).toEqual([[10_000]]);
    tooLate.abort(new DOMException('too late', 'TimeoutError'));
    await answered;
  });

  it('is waited for no longer once it is of no interest', async () => {
    const caller = new AbortController();
    const reason = new Error('of no interest');
    let given: AbortSignal | undefined;
    answer = (signal) => {
      given = signal;
      return silence(signal);
    };
    const answered = expect(ask('GET', '/rooms', { signal: caller.signal })).rejects.toBe(reason);
    caller.abort(reason);
    expect(given?.aborted).toBe(true);
    await answered;
    await expect(ask('GET', '/rooms', { signal: caller.signal })).rejects.toBe(reason);
  });
});

describe('half an answer', () => {
  it('that is cut off is none', async () => {
    answer = begun((body) => body.error(new TypeError('terminated')));
    await expect(ask('GET', '/rooms')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('that is of no interest any more is none', async () => {
    const caller = new AbortController();
    const reason = new Error('of no interest');
    answer = begun((body) => {
      caller.abort(reason);
      body.error(reason);
    });
    await expect(ask('GET', '/rooms', { signal: caller.signal })).rejects.toBe(reason);
  });

  it("that is not the service's is not taken for one", async () => {
    answer = html(200);
    await expect(ask('GET', '/rooms')).rejects.toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('what failed', () => {
  it('is unknown when it is not of the service', () => {
    expect([new Error('no'), undefined, { code: 'BUSY' }].map(codeOf)).toEqual([
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
    ]);
  });

  it('passes by itself, or does not', () => {
    const codes = [
      'UNREACHABLE',
      'GATEWAY_NO_INSTANCE',
      'BUSY',
      'NO_SEAT',
      'NOT_HOST',
      'SIGNED_OUT',
    ] as const;
    expect(codes.map(isPassing)).toEqual([true, true, true, false, false, false]);
  });
});
