import { ApiError, type FailureCode } from './api-error.ts';
import type { FieldError } from './types.ts';

const BASE = '/api/realtime';
/** The service itself gives up after less. Milliseconds. */
const PATIENCE = 10_000;

export type Ask = {
  token?: string | undefined;
  body?: unknown;
  query?: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal | undefined;
};

/**
 * Asks the service, under `/api/realtime`.
 *
 * @returns the answer's JSON; undefined for an empty one
 * @throws ApiError with the problem's code; the signal's reason when it is aborted
 */
export async function ask<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
  const answer = await fetch(addressOf(path, ask.query), {
    method,
    headers: {
      Accept: 'application/json',
      ...(ask.token === undefined ? {} : { Authorization: `Bearer ${ask.token}` }),
      ...(ask.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(ask.signal ? [ask.signal] : [])]),
  }).catch((cause: unknown) => {
    if (ask.signal?.aborted) throw ask.signal.reason;
    throw new ApiError('UNREACHABLE', 'No answer came.', { cause });
  });
  const said = await saidIn(answer, ask.signal);
  if (!answer.ok) throw problemOf(answer, said);
  if (said === UNREADABLE) throw new ApiError('UNKNOWN', 'The answer is not the service’s.');
  return said as T;
}

const UNREADABLE = Symbol('not JSON');

/** @returns the body; undefined when it is empty, `UNREADABLE` when it is whole but no JSON */
async function saidIn(answer: Response, signal: AbortSignal | undefined): Promise<unknown> {
  const text = await answer.text().catch((cause: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new ApiError('UNREACHABLE', 'The answer broke off.', { cause });
  });
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return UNREADABLE;
  }
}

function addressOf(path: string, query: Ask['query'] = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? `${BASE}${path}` : `${BASE}${path}?${new URLSearchParams(given)}`;
}

/** RFC 9457, as the service and the gateway write it. */
function problemOf(answer: Response, said: unknown): ApiError {
  const problem = (typeof said === 'object' && said !== null ? said : {}) as {
    code?: FailureCode;
    detail?: string;
    title?: string;
    errors?: FieldError[];
  };
  const seconds = Number(answer.headers.get('Retry-After') ?? Number.NaN);
  return new ApiError(problem.code ?? 'UNKNOWN', problem.detail ?? problem.title ?? `HTTP ${answer.status}`, {
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : null,
    fields: problem.errors ?? [],
  });
}
