import type { Quota } from './quota.ts';

/**
 * A quota as HTTP tells it: draft-ietf-httpapi-ratelimit-headers-11, 3 and 4. Both fields are lists of structured
 * field strings (RFC 9651), here of one; `w` and `t` are whole seconds.
 */
export function rateLimitFields(quota: Quota): Record<string, string> {
  const { name, points, remaining, resetAfter, per } = quota;
  return {
    'RateLimit-Policy': `"${name}";q=${points};w=${per / 1_000}`,
    // Rounded up: the quota is back by then, not almost back.
    RateLimit: `"${name}";r=${remaining};t=${Math.ceil(resetAfter / 1_000)}`,
  };
}
