import { describe, expect, it } from '@jest/globals';
import { type ErrorCode, ServiceError } from '../errors.ts';
import { PROBLEMS, problemHeaders, problemSchema, toProblem } from './problem.ts';

const codes = Object.keys(PROBLEMS) as ErrorCode[];
const headersOf = (code: ErrorCode, retryAfter?: number) =>
  problemHeaders(new ServiceError(code, '', retryAfter === undefined ? {} : { retryAfter }));
const withStatus = (status: number) => codes.filter((code) => PROBLEMS[code].status === status);

describe('every code', () => {
  it.each(codes)('%s is a problem of RFC 9457 with a status, a title and a type of its own', (code) => {
    const problem = toProblem(new ServiceError(code, 'What happened.'), 'a-trace');
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.status).toBeLessThan(600);
    expect(problem.title).toMatch(/^[A-Z]/);
    expect(problem.type).toMatch(/^urn:realtime:problem:[a-z0-9-]+$/);
    expect(problem).toMatchObject({ code, detail: 'What happened.', traceId: 'a-trace' });
    expect(problemSchema.strict().parse(problem)).toEqual(problem);
  });

  it('has a type and a title that tell it from the others', () => {
    const kinds = codes.map((code) => toProblem(new ServiceError(code, ''), undefined));
    expect(new Set(kinds.map(({ type }) => type)).size).toBe(codes.length);
    expect(new Set(kinds.map(({ title }) => title)).size).toBe(codes.length);
  });

  it.each<[ErrorCode, number]>([
    ['ROOM_NOT_FOUND', 404],
    ['ROOM_ENDED', 410],
    ['ROOM_FULL', 409],
    ['KICKED', 403],
    ['NOT_INVITED', 403],
    ['NO_SEAT', 403],
    ['NOT_HOST', 403],
    ['UNAUTHENTICATED', 401],
    ['TOKEN_EXPIRED', 401],
    ['FORBIDDEN', 403],
    ['INVALID_REQUEST', 400],
    ['PAYLOAD_TOO_LARGE', 413],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['HEADERS_TOO_LARGE', 431],
    ['METHOD_NOT_ALLOWED', 405],
    ['RATE_LIMITED', 429],
    ['STORE_UNAVAILABLE', 503],
    ['INTERNAL', 500],
  ])('%s is %d for good: clients branch on it', (code, status) => expect(PROBLEMS[code].status).toBe(status));
});

describe('the headers of a problem', () => {
  it.each(withStatus(401))('say how to sign in when it is %s (401)', (code) => {
    expect(headersOf(code)).toEqual({
      'WWW-Authenticate': expect.stringMatching(/^Bearer realm="[^"]+"/),
    });
  });

  it('name no error to one who sent no token (RFC 6750, 3.1), and one to all others', () => {
    expect(headersOf('UNAUTHENTICATED')['WWW-Authenticate']).not.toContain('error');
    expect(headersOf('TOKEN_EXPIRED')['WWW-Authenticate']).toContain('error="invalid_token"');
  });

  it.each(withStatus(503))('say when to try again when it is %s (503)', (code) => {
    expect(Number(headersOf(code)['Retry-After'])).toBeGreaterThanOrEqual(1);
  });

  it.each([
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [41_500, '42'],
  ])('say when, if the error does: after %d ms is in %s s, never too early', (milliseconds, seconds) => {
    expect(headersOf('RATE_LIMITED', milliseconds)).toEqual({ 'Retry-After': seconds });
    expect(headersOf('BUSY', milliseconds)).toEqual({ 'Retry-After': seconds });
  });

  it('are none otherwise', () => {
    for (const code of codes)
      if (![401, 503].includes(PROBLEMS[code].status)) expect(headersOf(code)).toEqual({});
  });
});

describe('toProblem', () => {
  it('shows the bad fields when there are some', () => {
    const fields = [{ path: 'body.title', message: 'is missing' }];
    expect(toProblem(new ServiceError('INVALID_REQUEST', 'x', { fields }), undefined).errors).toEqual(fields);
    expect(toProblem(new ServiceError('INVALID_REQUEST', 'x'), undefined)).not.toHaveProperty('errors');
  });

  it('shows nothing of the cause', () => {
    const error = new ServiceError('INTERNAL', 'x', { cause: new Error('mongodb://user:hunter2@db') });
    expect(JSON.stringify(toProblem(error, undefined))).not.toContain('hunter2');
  });

  it('names no trace when there is none', () => {
    expect(toProblem(new ServiceError('INTERNAL', 'x'), undefined)).not.toHaveProperty('traceId');
  });
});
