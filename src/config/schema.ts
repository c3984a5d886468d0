import { z } from 'zod';
import * as field from './fields.ts';

/**
 * Every setting of the service: its environment variable, its meaning, its default. A variable without a
 * default must be set. `config/service.env.example` lists the same for operators; a test compares the two.
 *
 * Any variable may be given as a file instead (`NAME_FILE=/run/secrets/name`), which is how secrets come
 * from Docker and Kubernetes.
 */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: field.port().default(3001),
  /** Where the metrics are served, at the same HOST; without it they are not. */
  METRICS_PORT: field.port().optional(),
  /** Names this instance in logs and traces. */
  INSTANCE_ID: z.string().min(1).max(100).default('service-1'),
  /** How clients reach us: the gateway's address. */
  PUBLIC_URL: field.url('http', 'https').default('http://localhost:8080'),
  /** Origins of pages that may call the API; `*` is refused in production. */
  CORS_ORIGINS: field.list().default(['http://localhost:8080']),

  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).optional(),

  /** The database is the path of the URL. */
  MONGO_URL: field.url('mongodb', 'mongodb+srv').transform((text) => text),

  /** What instances tell each other, presence leases, rate limits; may be emptied at any time. */
  REDIS_URL: field.url('redis', 'rediss').transform((text) => text),

  /** The `iss` of the tokens that we accept: `https://host/realms/<realm>`. */
  KEYCLOAK_ISSUER: field.url('http', 'https'),
  /** Where we reach that realm ourselves, when it differs from the issuer (inside a cluster). */
  KEYCLOAK_INTERNAL_URL: field.url('http', 'https').optional(),
  /** Our client in Keycloak; also the audience that a token must name. */
  KEYCLOAK_CLIENT_ID: z.string().min(1).default('realtime-service'),
  KEYCLOAK_CLIENT_SECRET: field.secret(16),
  /** Clients whose tokens we accept (`azp`). */
  KEYCLOAK_ALLOWED_CLIENTS: field.list().default(['web']),

  /** LiveKit as we reach it. */
  LIVEKIT_URL: field.url('http', 'https'),
  /** LiveKit as clients reach it. */
  LIVEKIT_PUBLIC_URL: field.url('ws', 'wss'),
  LIVEKIT_API_KEY: z.string().min(1),
  LIVEKIT_API_SECRET: field.secret(32),
  /** How long a LiveKit token lets someone connect; LiveKit itself adds a minute of leeway. */
  LIVEKIT_TOKEN_TTL: field.duration({ min: 10_000, max: 3_600_000 }).default(120_000),

  /** TURN servers that clients may relay through; none when empty. They share TURN_SECRET with us. */
  TURN_URLS: field.turnUrls().default([]),
  TURN_SECRET: field.secret(16).optional(),
  /** How long a client may open relays with the credentials of a join. */
  TURN_TTL: field.duration({ min: 60_000, max: 172_800_000 }).default(28_800_000),

  /** Where doors that are handed offers (the chain's) open sessions. */
  SFU: z.enum(['livekit', 'cloudflare']).default('livekit'),
  /** Cloudflare Realtime's app, its secret and its API; needed when SFU is cloudflare. */
  CLOUDFLARE_APP_ID: z.string().min(1).max(100).optional(),
  CLOUDFLARE_APP_SECRET: field.secret(16).optional(),
  CLOUDFLARE_API_URL: field.url('https', 'http').default('https://rtc.live.cloudflare.com/v1'),

  /** A claimed seat whose holder has not connected is freed after this. */
  SEAT_LEASE: field.duration({ min: 1_000, max: 3_600_000 }).default(60_000),
  /** A participant whose last connection dropped has left after this. */
  ROOM_EMPTY_GRACE: field.duration({ min: 0, max: 3_600_000 }).default(15_000),

  /** An instance that has not renewed its lease for this long is dead, and its sockets are gone. */
  PRESENCE_LEASE: field.duration({ min: 1_000, max: 60_000 }).default(6_000),
  /** A socket that was cut off and is back within this gets what it missed. */
  SOCKET_RESUME_WITHIN: field.duration({ min: 1_000, max: 3_600_000 }).default(120_000),
  /** How long before its token expires a socket is warned. */
  SOCKET_TOKEN_WARNING: field.duration({ min: 100, max: 600_000 }).default(30_000),

  /** How often a user may do what, over all instances (spec/2-rooms.md, "Limits"). */
  LIMIT_CREATE_ROOM: field.rate().default({ points: 5, per: 60_000 }),
  LIMIT_JOIN: field.rate().default({ points: 20, per: 60_000 }),
  LIMIT_CHAT: field.rate().default({ points: 10, per: 1_000 }),
  /** Each kind of socket event by itself. */
  LIMIT_SOCKET_EVENT: field.rate().default({ points: 50, per: 1_000 }),

  /** What records: ourselves, or LiveKit Egress beside us. */
  RECORDER: z.enum(['embedded', 'egress']).default('embedded'),
  /** Where recordings are made, and kept unless there is a bucket. Instances that share it finish what a killed one began. */
  RECORDINGS_DIR: z.string().min(1).default('.recordings'),
  /** Recordings at once in one instance; each takes about a core. */
  RECORDINGS_AT_ONCE: field.count({ min: 0, max: 100 }).default(2),
  RECORDINGS_MAX_LENGTH: field.duration({ min: 1_000, max: 86_400_000 }).default(14_400_000),
  /** With less free on the disk nothing more is recorded. MiB. */
  RECORDINGS_MIN_FREE: field.count({ min: 0, max: 1_000_000_000 }).default(1_024),

  /** A bucket that speaks S3, in which finished recordings are kept; without it they stay in RECORDINGS_DIR. */
  RECORDINGS_S3_BUCKET: z.string().min(1).optional(),
  /** Where it is, unless it is Amazon's. */
  RECORDINGS_S3_ENDPOINT: field.url('http', 'https').optional(),
  RECORDINGS_S3_REGION: z.string().min(1).default('us-east-1'),
  RECORDINGS_S3_ACCESS_KEY: z.string().min(1).optional(),
  RECORDINGS_S3_SECRET_KEY: field.secret(8).optional(),
  /** Before every key, such as `recordings/`. */
  RECORDINGS_S3_PREFIX: z.string().max(200).default('recordings/'),

  /** Servers of NATS, as we reach them; without them the messaging door is closed. */
  NATS_URL: field.urls('nats', 'tls').default([]),
  /** Their WebSockets, as browsers reach them. */
  NATS_PUBLIC_URL: field.urls('ws', 'wss').default([]),
  /** Of our own logins there (`auth`, `service`, `system`). */
  NATS_PASSWORD: field.secret(16).optional(),
  /** The account key that signs what a user may do (`SA…`); servers hold its public half as `issuer`. */
  NATS_ISSUER_SEED: field.natsSeed('SA').optional(),
  /** The curve key that servers seal their questions for (`SX…`); without it they are sent in the open. */
  NATS_XKEY_SEED: field.natsSeed('SX').optional(),
  /** `own`: an inbox for each user. `shared`: everybody's, in which users may read each other's replies (seed 004). */
  NATS_INBOX: z.enum(['own', 'shared']).default('own'),
  /** Servers that hold each stream. */
  NATS_REPLICAS: field.count({ min: 1, max: 5 }).default(1),
  /** Requests of different users that one instance works on at once. */
  NATS_WORKERS: field.count({ min: 1, max: 1_000 }).default(50),
  /** How long a room's stream is kept after its end. */
  NATS_STREAM_KEEP: field.duration({ min: 0, max: 604_800_000 }).default(3_600_000),
  /** Signs the session tokens with which those who joined come in by NATS. */
  MESSAGING_TOKEN_SECRET: field.secret(32).optional(),
  MESSAGING_TOKEN_TTL: field.duration({ min: 30_000, max: 3_600_000 }).default(600_000),

  /** A node of the chain, by WebSocket; without it the contract's door is closed. */
  CHAIN_URL: field.url('ws', 'wss').optional(),
  /** The address of MeetingRooms there. */
  CHAIN_CONTRACT: field.address().optional(),
  /** The block that is read first: that of the contract's making. */
  CHAIN_START_BLOCK: field.count({ min: 0, max: Number.MAX_SAFE_INTEGER }).default(0),
  /** Blocks on top of an event until it counts, and of a forward until it is over. */
  CHAIN_CONFIRMATIONS: field.count({ min: 0, max: 1_000 }).default(3),
  /** The folder of the wallets' encrypted keystores, and the password that opens all of them. */
  CHAIN_KEYSTORES: z.string().min(1).optional(),
  CHAIN_KEYSTORE_PASSWORD: field.secret(16).optional(),
  /** A signer elsewhere that holds the keys, instead of keystores. */
  CHAIN_SIGNER_URL: field.url('http', 'https').optional(),
  /** A transaction that is in no block after this is replaced by one that pays more. */
  CHAIN_REPLACE_AFTER: field.duration({ min: 1_000, max: 3_600_000 }).default(45_000),
  /** What costs more for each unit of gas waits until fees are lower. */
  CHAIN_MAX_FEE_GWEI: field.count({ min: 1, max: 1_000_000 }).default(500),
  /** A wallet of the pool with less is low. Ether. */
  CHAIN_LOW_BALANCE: z.coerce.number('must be a number of ether').min(0).max(1_000_000).default(0.1),

  /** Zipkin's collector (`http://host:9411/api/v2/spans`); without it no trace is sent. */
  ZIPKIN_URL: field.url('http', 'https').optional(),
  /** Share of traces that are kept from the start; errors and slow requests are kept whatever it says. */
  TRACE_SAMPLE_RATIO: field.ratio().default(0.1),
  /** A request that takes at least this long is slow, and its trace is kept. */
  TRACE_SLOW_AFTER: field.duration({ min: 1, max: 600_000 }).default(1_000),

  /** After SIGTERM, how long requests in flight may take before they are cut; the process ends within 10 s. */
  SHUTDOWN_GRACE: field.duration({ min: 0, max: 8_500 }).default(8_000),
  /** The commit that this build was made of, shown at /info. */
  GIT_COMMIT: z.string().default('unknown'),
});

export type Environment = z.output<typeof environmentSchema>;
