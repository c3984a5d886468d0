import { z } from 'zod';
import { ServiceError } from '../../errors.ts';
import { sessionGone, sfuRefused, sfuUnavailable, type TrackFault } from '../sessions.ts';

/**
 * What Cloudflare Realtime answers, as far as it is used
 * (https://developers.cloudflare.com/realtime/sfu/api/ and …/observability/error-codes/).
 */

const fault = { errorCode: z.string().optional(), errorDescription: z.string().optional() };
const description = z.object({ type: z.enum(['offer', 'answer']), sdp: z.string() });
const mid = z.coerce.string();

export const failure = z.object(fault);
export const created = z.object({ sessionId: z.string().min(1) });
export const negotiated = z.object({
  requiresImmediateRenegotiation: z.boolean().optional(),
  tracks: z
    .array(
      z.object({
        ...fault,
        trackName: z.string().optional(),
        mid: mid.optional(),
        sessionId: z.string().optional(),
      }),
    )
    .default([]),
  sessionDescription: description.optional(),
});
export const closed = z.object({ tracks: z.array(z.object({ ...fault, mid: mid.optional() })).default([]) });
export const stateOf = z.object({
  tracks: z
    .array(
      z.object({
        location: z.enum(['local', 'remote']),
        mid,
        trackName: z.string(),
        status: z.string().optional(),
      }),
    )
    .default([]),
});
export const nothing = z.unknown();

/** An answer that is none of ours to use: what it was, for the log. */
export class CloudflareFailure extends Error {
  override readonly name = 'CloudflareFailure';
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(status: number, errorCode: string | undefined, description: string | undefined) {
    super(`Cloudflare answered ${status} ${errorCode ?? 'without a code'}: ${description ?? ''}`);
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** Waits that Cloudflare names no length for. Milliseconds. */
const SOON = 1_000;

/**
 * What a refused request is to the caller. Our own credentials or app being wrong is no fault of theirs: to them the
 * SFU is away, and the log says why.
 */
export function toServiceError(cause: CloudflareFailure, retryAfter: number | undefined): ServiceError {
  const { status, errorCode } = cause;
  if (status === 429 || status === 425)
    return new ServiceError('SFU_BUSY', 'The media server takes no more at the moment. Try again shortly.', {
      cause,
      retryAfter: retryAfter ?? SOON,
    });
  if (status >= 500) return sfuUnavailable(cause, retryAfter);
  if (isOurs(cause)) return sfuUnavailable(cause);
  if (status === 410 || status === 404 || errorCode === 'session_error') return sessionGone(cause);
  return sfuRefused('The media server does not take this session description, or these tracks.', cause);
}

/** Whether our settings are wrong: the secret (`unauthorized`) or the app (`not_found` is said of the app only). */
export const isOurs = ({ status, errorCode }: CloudflareFailure): boolean =>
  status === 401 || status === 403 || errorCode === 'unauthorized' || errorCode === 'not_found';

export function toTrackFault(errorCode: string): TrackFault {
  return errorCode === 'not_found_track_error' || errorCode === 'empty_track_error' ? 'NOT_FOUND' : 'FAILED';
}

/** What says of a track that is to be closed that there is none. */
export const ALREADY_CLOSED = 'close_track_error';
