import type { Environment } from './schema.ts';

/**
 * Secrets that stand in this repository for the development stack, by variable. Known to everybody, so a
 * process that is told it runs in production does not start with one (spec/9-reliability.md, "Secrets").
 */
const DEVELOPMENT_VALUES: Readonly<Record<string, readonly string[]>> = {
  LIVEKIT_API_KEY: ['devkey'],
  LIVEKIT_API_SECRET: ['devsecret-devsecret-devsecret-devsecret'],
  KEYCLOAK_CLIENT_SECRET: ['realtime-service-dev-secret'],
  TURN_SECRET: ['turn-dev-secret-turn-dev-secret'],
  CLOUDFLARE_APP_SECRET: ['cloudflare-dev-secret-cloudflare-dev-secret'],
};

/** What an environment may not have in production: one line a fault, by variable, with the remedy. */
export function productionFaults(environment: Partial<Environment>): string[] {
  if (environment.NODE_ENV !== 'production') return [];
  const faults: string[] = [];
  const given: Record<string, string | undefined> = {
    LIVEKIT_API_KEY: environment.LIVEKIT_API_KEY,
    LIVEKIT_API_SECRET: environment.LIVEKIT_API_SECRET?.reveal(),
    KEYCLOAK_CLIENT_SECRET: environment.KEYCLOAK_CLIENT_SECRET?.reveal(),
    TURN_SECRET: environment.TURN_SECRET?.reveal(),
    CLOUDFLARE_APP_SECRET: environment.CLOUDFLARE_APP_SECRET?.reveal(),
  };
  for (const [name, values] of Object.entries(DEVELOPMENT_VALUES)) {
    if (values.includes(given[name] ?? ''))
      faults.push(`${name}: is the development stack's; set one of your own`);
  }
  if (environment.KEYCLOAK_ISSUER?.startsWith('http:'))
    faults.push('KEYCLOAK_ISSUER: must be https in production');
  if (environment.PUBLIC_URL?.startsWith('http:')) faults.push('PUBLIC_URL: must be https in production');
  if (environment.LIVEKIT_PUBLIC_URL?.startsWith('ws:'))
    faults.push('LIVEKIT_PUBLIC_URL: must be wss in production');
  if (environment.CLOUDFLARE_API_URL?.startsWith('http:'))
    faults.push('CLOUDFLARE_API_URL: must be https in production');
  if (environment.CORS_ORIGINS?.includes('*'))
    faults.push('CORS_ORIGINS: must name its origins in production, not *');
  return faults;
}
