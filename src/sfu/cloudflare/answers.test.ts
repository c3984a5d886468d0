import { describe, expect, it } from '@jest/globals';
import { CloudflareFailure, toServiceError, toTrackFault } from './answers.ts';

describe('an answer of Cloudflare that is no success', () => {
  // https://developers.cloudflare.com/realtime/sfu/observability/error-codes/
  it.each([
    [400, 'decoding_error', 'SFU_REFUSED'],
    [400, 'invalid_params', 'SFU_REFUSED'],
    [406, 'invalid_session_description', 'SFU_REFUSED'],
    [413, 'payload_too_large', 'SFU_REFUSED'],
    [422, undefined, 'SFU_REFUSED'],
    [200, 'invalid_params', 'SFU_REFUSED'],
    [410, 'session_error', 'NO_SUCH_SESSION'],
    [410, undefined, 'NO_SUCH_SESSION'],
    [404, undefined, 'NO_SUCH_SESSION'],
    [404, 'session_error', 'NO_SUCH_SESSION'],
    [425, 'session_error', 'SFU_BUSY'],
    [429, undefined, 'SFU_BUSY'],
    [500, 'internal_error', 'SFU_UNAVAILABLE'],
    [503, 'temporarily_unavailable_error', 'SFU_UNAVAILABLE'],
    [504, undefined, 'SFU_UNAVAILABLE'],
    // Ours: nothing that the caller could do better.
    [401, 'unauthorized', 'SFU_UNAVAILABLE'],
    [403, undefined, 'SFU_UNAVAILABLE'],
    [404, 'not_found', 'SFU_UNAVAILABLE'],
  ])('%d %s is %s', (status, errorCode, code) => {
    const cause = new CloudflareFailure(status, errorCode, 'What happened.');
    const error = toServiceError(cause, undefined);
    expect(error).toMatchObject({ code, cause });
    expect(error.message).not.toContain('What happened.');
  });

  it('says when to try again, as far as it is known', () => {
    const busy = new CloudflareFailure(429, undefined, undefined);
    expect(toServiceError(busy, 7_000).retryAfter).toBe(7_000);
    expect(toServiceError(busy, undefined).retryAfter).toBe(1_000);
    const away = new CloudflareFailure(503, undefined, undefined);
    expect(toServiceError(away, 7_000).retryAfter).toBe(7_000);
    expect(toServiceError(away, undefined).retryAfter).toBeUndefined();
  });
});

describe('a track that failed', () => {
  it.each([
    ['not_found_track_error', 'NOT_FOUND'],
    ['empty_track_error', 'NOT_FOUND'],
    ['internal_error', 'FAILED'],
    ['something_new', 'FAILED'],
  ])('by %s is %s', (errorCode, fault) => expect(toTrackFault(errorCode)).toBe(fault));
});
