import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chainFaults, chainOf } from './chain.ts';
import { natsFaults, natsOf } from './nats.ts';
import { productionFaults } from './production.ts';
import { type Environment, environmentSchema } from './schema.ts';
import { sfuFaults, sfuOf } from './sfu.ts';

/** The settings are wrong. `message` lists every fault, one a line, by variable with its remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The service cannot start: ${faults.length} setting(s) to mend.\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** The typed, frozen configuration. Lengths of time are in milliseconds. */
export type Config = Readonly<ReturnType<typeof toConfig>>;

function toConfig(env: Environment) {
  return {
    production: env.NODE_ENV === 'production',
    instanceId: env.INSTANCE_ID,
    http: { host: env.HOST, port: env.PORT, publicUrl: env.PUBLIC_URL, corsOrigins: env.CORS_ORIGINS },
    metrics: { port: env.METRICS_PORT ?? null },
    log: {
      level: env.LOG_LEVEL,
      format: env.LOG_FORMAT ?? (env.NODE_ENV === 'production' ? 'json' : 'pretty'),
    },
    mongo: { url: env.MONGO_URL },
    redis: { url: env.REDIS_URL },
    keycloak: {
      issuer: env.KEYCLOAK_ISSUER,
      realmUrl: env.KEYCLOAK_INTERNAL_URL ?? env.KEYCLOAK_ISSUER,
      clientId: env.KEYCLOAK_CLIENT_ID,
      clientSecret: env.KEYCLOAK_CLIENT_SECRET,
      allowedClients: env.KEYCLOAK_ALLOWED_CLIENTS,
    },
    livekit: {
      url: env.LIVEKIT_URL,
      publicUrl: env.LIVEKIT_PUBLIC_URL,
      apiKey: env.LIVEKIT_API_KEY,
      apiSecret: env.LIVEKIT_API_SECRET,
      tokenTtl: env.LIVEKIT_TOKEN_TTL,
    },
    turn:
      env.TURN_URLS.length > 0 && env.TURN_SECRET !== undefined
        ? { urls: env.TURN_URLS, secret: env.TURN_SECRET, ttl: env.TURN_TTL }
        : null,
    sfu: sfuOf(env),
    nats: natsOf(env),
    chain: chainOf(env),
    rooms: { seatLease: env.SEAT_LEASE, emptyGrace: env.ROOM_EMPTY_GRACE },
    presence: { lease: env.PRESENCE_LEASE },
    sockets: { resumeWithin: env.SOCKET_RESUME_WITHIN, tokenWarning: env.SOCKET_TOKEN_WARNING },
    limits: {
      'create-room': env.LIMIT_CREATE_ROOM,
      join: env.LIMIT_JOIN,
      chat: env.LIMIT_CHAT,
      'socket-event': env.LIMIT_SOCKET_EVENT,
    },
    recordings: {
      recorder: env.RECORDER,
      dir: resolve(env.RECORDINGS_DIR),
      atOnce: env.RECORDINGS_AT_ONCE,
      maxLength: env.RECORDINGS_MAX_LENGTH,
      minFree: env.RECORDINGS_MIN_FREE * 1024 * 1024,
      bucket: toBucket(env),
    },
    tracing: {
      zipkinUrl: env.ZIPKIN_URL,
      sampleRatio: env.TRACE_SAMPLE_RATIO,
      slowAfter: env.TRACE_SLOW_AFTER,
    },
    shutdownGrace: env.SHUTDOWN_GRACE,
    commit: env.GIT_COMMIT,
  } as const;
}

/** The bucket of recordings, if there is one; what it needs is there then (`bucketFaults`). */
function toBucket(env: Environment) {
  const { RECORDINGS_S3_BUCKET: name, RECORDINGS_S3_ACCESS_KEY: accessKey } = env;
  const secretKey = env.RECORDINGS_S3_SECRET_KEY;
  if (name === undefined || accessKey === undefined || secretKey === undefined) return null;
  const { RECORDINGS_S3_ENDPOINT: endpoint, RECORDINGS_S3_REGION: region } = env;
  return { name, endpoint, region, accessKey, secretKey, prefix: env.RECORDINGS_S3_PREFIX };
}

/** A bucket without its keys is a mistake: recordings would stay on the disk, unnoticed. */
function bucketFaults(given: Readonly<Record<string, string>>): string[] {
  if (given['RECORDINGS_S3_BUCKET'] === undefined) return [];
  return ['RECORDINGS_S3_ACCESS_KEY', 'RECORDINGS_S3_SECRET_KEY']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name}: is missing; RECORDINGS_S3_BUCKET needs it`);
}

/**
 * Reads the settings from an environment (`process.env`), including those given as files.
 *
 * @throws ConfigError with all faults at once
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const given = withFiles(environment, faults);
  const parsed = environmentSchema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (faults.some((fault) => fault.startsWith(`${name}_FILE:`))) continue;
    faults.push(`${name}: ${given[name] === undefined ? 'is missing; set it' : issue.message}`);
  }
  const right = parsed.data ?? thoseThatAreRight(given);
  if (right.TURN_URLS?.length && given['TURN_SECRET'] === undefined)
    faults.push('TURN_SECRET: is missing; set it, or leave TURN_URLS out');
  faults.push(
    ...sfuFaults(given),
    ...natsFaults(given),
    ...chainFaults(given),
    ...bucketFaults(given),
    ...productionFaults(right),
  );
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(toConfig(parsed.data));
}

/** What production forbids is said of these even when others are wrong. */
function thoseThatAreRight(given: Readonly<Record<string, string>>): Partial<Environment> {
  const right = Object.entries(environmentSchema.shape).flatMap(([name, field]) => {
    const parsed = field.safeParse(given[name]);
    return parsed.success ? [[name, parsed.data]] : [];
  });
  return Object.fromEntries(right) as Partial<Environment>;
}

/** Takes `NAME` from the file named by `NAME_FILE`; an empty variable counts as not set. */
function withFiles(environment: Readonly<Record<string, string | undefined>>, faults: string[]) {
  const given: Record<string, string> = {};
  for (const name of Object.keys(environmentSchema.shape)) {
    const value = environment[name];
    const file = environment[`${name}_FILE`];
    if (value !== undefined && value !== '') given[name] = value;
    else if (file !== undefined && file !== '') {
      try {
        given[name] = readFileSync(file, 'utf8').trim();
      } catch {
        faults.push(`${name}_FILE: the file cannot be read`);
      }
    }
  }
  return given;
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value))
    if (typeof child === 'object' && child !== null) deepFreeze(child as object);
  return Object.freeze(value);
}
