import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhenResult,
  type IRetryBackoffContext,
  retry,
  wrap,
} from 'cockatiel';
import type { z } from 'zod';
import type { Secret } from '../../config/index.ts';
import type { ServiceError } from '../../errors.ts';
import type { Logger } from '../../telemetry/index.ts';
import { sfuUnavailable } from '../sessions.ts';
import { CloudflareFailure, failure, isOurs, toServiceError } from './answers.ts';
import { ATTEMPTS, readRetryAfter, waitAfter, worthWaitingFor } from './backoff.ts';

/** Cloudflare itself waits up to 5 s for a peer to connect before it answers. Milliseconds, for each attempt. */
const ATTEMPT_TIMEOUT = 8_000;
/** What failed later than this is not tried again. Milliseconds. */
const CALL_TIMEOUT = 15_000;
/** So many attempts in a row that found Cloudflare away, and no more are made for a while. */
const BREAK_AFTER = 5;
const BREAK_FOR = 10_000;
/** An answer is a session description and a list of at most 64 tracks. Bytes. */
const LARGEST_ANSWER = 1_024 * 1_024;

export type CloudflareSettings = Readonly<{ url: string; appId: string; appSecret: Secret }>;

export type CloudflareDeps = Readonly<{
  settings: CloudflareSettings;
  logger: Pick<Logger, 'warn' | 'error'>;
  /** What tests replace. */
  fetch?: typeof globalThis.fetch;
  random?: () => number;
  timeout?: number;
}>;

export type Call<T> = Readonly<{
  method: 'GET' | 'POST' | 'PUT';
  /** Below the app. */
  path: readonly string[];
  body?: unknown;
  answer: z.ZodType<T>;
  /**
   * Whether it may be done twice. A call that got no answer may have been done: without this it is not made again. One
   * that was answered by 429 or 5xx is.
   */
  repeatable: boolean;
}>;

/** Cloudflare is away: it said nothing, or nothing that can be read. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** What an attempt came to that did not do what was asked. A value: the retries and the breaker look at it. */
class Failed {
  readonly cause: CloudflareFailure | NoAnswer;
  /** Whether another attempt makes sense, and when. */
  readonly again: boolean;
  readonly retryAfter: number | undefined;
  /** Whether it counts against Cloudflare. */
  readonly away: boolean;

  constructor(cause: Failed['cause'], again: boolean, retryAfter?: number) {
    this.cause = cause;
    this.again = again;
    this.retryAfter = retryAfter;
    this.away = cause instanceof NoAnswer || cause.status >= 500;
  }
}

/**
 * Calls to Cloudflare Realtime's API: each with a deadline, again after 429 and 5xx as it asks for by `Retry-After`,
 * and none for a while once it was away for several in a row. The secret is in the header of the request and nowhere else.
 */
export function createCloudflareApi(deps: CloudflareDeps) {
  const { settings, logger, fetch = globalThis.fetch, random = Math.random } = deps;
  const { timeout = ATTEMPT_TIMEOUT } = deps;
  const base = `${settings.url}/apps/${encodeURIComponent(settings.appId)}`;

  const isAway = (result: unknown): boolean => result instanceof Failed && result.away;
  const breaker = circuitBreaker(handleWhenResult(isAway), {
    breaker: new ConsecutiveBreaker(BREAK_AFTER),
    halfOpenAfter: BREAK_FOR,
  });
  breaker.onStateChange((state) => {
    if (state !== CircuitState.HalfOpen) logger.warn(EVENTS[state]);
  });
  const mayTryAgain = (result: unknown): boolean => result instanceof Failed && result.again;
  const tries = retry(handleWhenResult(mayTryAgain), {
    maxAttempts: ATTEMPTS - 1,
    backoff: new DelegateBackoff<IRetryBackoffContext<unknown>>(({ attempt, result }) => {
      const failed = 'value' in result ? result.value : undefined;
      return waitAfter(attempt, failed instanceof Failed ? failed.retryAfter : undefined, random());
    }),
  });
  const policy = wrap(tries, breaker);

  async function send(call: Call<unknown>): Promise<{ response: Response; text: string } | NoAnswer> {
    const address = [base, ...call.path.map(encodeURIComponent)].join('/');
    try {
      const response = await fetch(address, {
        method: call.method,
        headers: {
          authorization: `Bearer ${settings.appSecret.reveal()}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        // The secret goes to the address that was configured, and to none that it names.
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      });
      return { response, text: await readBounded(response) };
    } catch (cause) {
      return new NoAnswer(`${call.method} got no answer`, { cause });
    }
  }

  async function attempt<T>(call: Call<T>): Promise<T | Failed> {
    const sent = await send(call);
    if (sent instanceof NoAnswer) return new Failed(sent, call.repeatable);
    const { ok, status, headers } = sent.response;
    const body = parsed(sent.text);
    const { errorCode, errorDescription } = failure.safeParse(body).data ?? {};
    if (ok && errorCode === undefined) {
      const answer = call.answer.safeParse(body);
      if (answer.success) return answer.data;
      return new Failed(
        new NoAnswer(`${call.method} was answered with what cannot be read`),
        call.repeatable,
      );
    }
    const retryAfter = readRetryAfter(headers.get('retry-after'), Date.now());
    const again = (status === 429 || status >= 500) && worthWaitingFor(retryAfter);
    return new Failed(
      new CloudflareFailure(status, hidden(errorCode), hidden(errorDescription)),
      again,
      retryAfter,
    );
  }

  /** Should an answer repeat our secret, the log does not. */
  const hidden = (text: string | undefined): string | undefined =>
    text?.replaceAll(settings.appSecret.reveal(), '[secret]').slice(0, 300);

  function translated({ cause, retryAfter }: Failed): ServiceError {
    if (cause instanceof NoAnswer) {
      logger.warn('cloudflare.away', { error: cause });
      return sfuUnavailable(cause);
    }
    const { status, errorCode, message } = cause;
    if (isOurs(cause)) logger.error('cloudflare.settings', { status, errorCode });
    else logger.warn('cloudflare.refused', { status, errorCode, reason: message });
    return toServiceError(cause, retryAfter);
  }

  /** @throws ServiceError as the port says (sessions.ts) */
  return async function ask<T>(call: Call<T>): Promise<T> {
    let result: T | Failed;
    try {
      result = await policy.execute(() => attempt(call), AbortSignal.timeout(CALL_TIMEOUT));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw sfuUnavailable(error, BREAK_FOR);
      throw error;
    }
    if (result instanceof Failed) throw translated(result);
    return result;
  };
}

const EVENTS = {
  [CircuitState.Open]: 'cloudflare.circuit.open',
  [CircuitState.Closed]: 'cloudflare.circuit.closed',
  [CircuitState.Isolated]: 'cloudflare.circuit.open',
} as const;

function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > LARGEST_ANSWER) throw new Error(`an answer of more than ${LARGEST_ANSWER} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
