import type { ErrorCode, FieldError } from './types.ts';

/**
 * `UNREACHABLE`: no answer came, as without network. `GATEWAY_NO_INSTANCE`: the gateway is there, the service is not.
 * `UNKNOWN`: an answer that is not the service's. `SIGNED_OUT`: there is no token to show.
 */
export type FailureCode = ErrorCode | 'UNREACHABLE' | 'GATEWAY_NO_INSTANCE' | 'UNKNOWN' | 'SIGNED_OUT';

/** Why something that was asked of the service was not done. The page's words for each code are in i18n. */
export class ApiError extends Error {
  readonly code: FailureCode;
  /** When trying again makes sense; milliseconds. */
  readonly retryAfter: number | null;
  readonly fields: readonly FieldError[];

  constructor(
    code: FailureCode,
    message: string,
    more: { retryAfter?: number | null; fields?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'ApiError';
    this.code = code;
    this.retryAfter = more.retryAfter ?? null;
    this.fields = more.fields ?? [];
  }
}

/** Whether the same may well succeed in a moment. */
export const isPassing = (code: FailureCode): boolean =>
  [
    'UNREACHABLE',
    'GATEWAY_NO_INSTANCE',
    'UNKNOWN',
    'STORE_UNAVAILABLE',
    'BUSY',
    'RATE_LIMITED',
    'INTERNAL',
  ].includes(code);

export const codeOf = (error: unknown): FailureCode => (error instanceof ApiError ? error.code : 'UNKNOWN');
