import type { Environment } from './schema.ts';

/** What the messaging door needs; NATS_URL opens it. */
const NEEDED = ['NATS_PUBLIC_URL', 'NATS_PASSWORD', 'NATS_ISSUER_SEED', 'MESSAGING_TOKEN_SECRET'] as const;

/** The messaging door's settings; null while it is closed. Of settings that have no fault. */
export function natsOf(env: Environment) {
  const { NATS_URL: urls, NATS_PASSWORD: password, NATS_ISSUER_SEED: issuerSeed } = env;
  const tokenSecret = env.MESSAGING_TOKEN_SECRET;
  if (urls.length === 0 || !password || !issuerSeed || !tokenSecret) return null;
  return {
    urls,
    publicUrls: env.NATS_PUBLIC_URL,
    password,
    issuerSeed,
    xkeySeed: env.NATS_XKEY_SEED ?? null,
    inbox: env.NATS_INBOX,
    replicas: env.NATS_REPLICAS,
    workers: env.NATS_WORKERS,
    streamKeep: env.NATS_STREAM_KEEP,
    token: { secret: tokenSecret, ttl: env.MESSAGING_TOKEN_TTL },
  };
}

/** What the door needs and was not given: one line a fault, by variable, with the remedy. */
export function natsFaults(given: Readonly<Record<string, string>>): string[] {
  if (given['NATS_URL'] === undefined) return [];
  return NEEDED.filter((name) => given[name] === undefined).map(
    (name) => `${name}: is missing; NATS_URL needs it`,
  );
}
