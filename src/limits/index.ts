export { type LimitName, type Quota, tooOften } from './quota.ts';
export { rateLimitFields } from './rate-limit-fields.ts';
export { createRateLimits, type RateLimits } from './rate-limits.ts';
