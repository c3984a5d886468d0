import { ApiError, type FailureCode } from '../../api/api-error.ts';

/**
 * Why a wallet did not get in, or is in no more: a code of the service, or one of this door. `CHAIN_REFUSED`: the
 * contract reverted; `NO_ANSWER`: nothing was forwarded in time; `ANSWER_UNREADABLE`: something else than a reply was;
 * `NO_DEVICES`: there is nothing to send; `NO_WAY`: sound and picture do not get through; `LINE_LOST`: not any more.
 */
export type VisitFailureCode =
  | FailureCode
  | 'CHAIN_UNREACHABLE'
  | 'CHAIN_REFUSED'
  | 'NO_ANSWER'
  | 'ANSWER_UNREADABLE'
  | 'NO_DEVICES'
  | 'NO_WAY'
  | 'LINE_LOST';

export class VisitFailure extends Error {
  readonly code: VisitFailureCode;

  constructor(code: VisitFailureCode, options: { cause?: unknown } = {}) {
    super(code, options);
    this.name = 'VisitFailure';
    this.code = code;
  }
}

export const failureOf = (error: unknown): VisitFailureCode =>
  error instanceof VisitFailure || error instanceof ApiError ? error.code : 'UNKNOWN';
