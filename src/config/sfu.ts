import { z } from 'zod';
import type { Environment } from './schema.ts';
import { Secret } from './secret.ts';

/** Which SFU, with what it needs: one of these, and nothing of another. */
const sfuSchema = z.discriminatedUnion('SFU', [
  z.object({ SFU: z.literal('livekit') }).transform(() => ({ adapter: 'livekit' as const })),
  z
    .object({
      SFU: z.literal('cloudflare'),
      CLOUDFLARE_APP_ID: z.string(),
      CLOUDFLARE_APP_SECRET: z.instanceof(Secret),
      CLOUDFLARE_API_URL: z.string(),
    })
    .transform((env) => ({
      adapter: 'cloudflare' as const,
      appId: env.CLOUDFLARE_APP_ID,
      appSecret: env.CLOUDFLARE_APP_SECRET,
      url: env.CLOUDFLARE_API_URL,
    })),
]);

/** The chosen SFU of settings that have no fault. */
export const sfuOf = (environment: Environment) => sfuSchema.parse(environment);

/** What the chosen SFU needs and was not given: one line a fault, by variable, with the remedy. */
export function sfuFaults(given: Readonly<Record<string, string>>): string[] {
  if (given['SFU'] !== 'cloudflare') return [];
  return ['CLOUDFLARE_APP_ID', 'CLOUDFLARE_APP_SECRET']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name}: is missing; SFU=cloudflare needs it`);
}
