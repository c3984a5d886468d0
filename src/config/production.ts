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
  NATS_PASSWORD: ['nats-dev-password-nats-dev-password'],
  NATS_ISSUER_SEED: ['SAAOQQJLXW4KTS6I62CBPML2RBR5OWQT2WORD4HOJOG2XHIHU77QM3CEQQ'],
  NATS_XKEY_SEED: ['SXALRPPSMRDFOQCXXNZX6TZ7JTHK43J7X6LN6J772FU5GQ2HZOPGTB6JEY'],
  MESSAGING_TOKEN_SECRET: ['messaging-dev-secret-messaging-dev-secret'],
  CHAIN_KEYSTORE_PASSWORD: ['chain-dev-password-chain-dev-password'],
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
    NATS_PASSWORD: environment.NATS_PASSWORD?.reveal(),
    NATS_ISSUER_SEED: environment.NATS_ISSUER_SEED?.reveal(),
    NATS_XKEY_SEED: environment.NATS_XKEY_SEED?.reveal(),
    MESSAGING_TOKEN_SECRET: environment.MESSAGING_TOKEN_SECRET?.reveal(),
    CHAIN_KEYSTORE_PASSWORD: environment.CHAIN_KEYSTORE_PASSWORD?.reveal(),
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
  if (environment.NATS_PUBLIC_URL?.some((text) => text.startsWith('ws:')))
    faults.push('NATS_PUBLIC_URL: must be wss in production');
  if (environment.CLOUDFLARE_API_URL?.startsWith('http:'))
    faults.push('CLOUDFLARE_API_URL: must be https in production');
  if (environment.CORS_ORIGINS?.includes('*'))
    faults.push('CORS_ORIGINS: must name its origins in production, not *');
  return faults;
}
