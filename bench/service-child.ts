import { mongo } from 'mongoose';
import { type RunningChild, startChild } from './child.ts';
import type { Bench } from './row.ts';

/** A seat that nobody connects to lapses only after the run: in life somebody connects. */
const SEAT_LEASE = '1h';

/** The `PORT` of a floor: a number of the stack that no instance of this stack has. */
export const floorPort = ({ stack }: Bench): number => stack.port('service', 5);

/** The address of a database of its own on the stack's server, empty. */
export async function freshDatabase({ stack }: Bench, name: string): Promise<string> {
  const url = new URL(stack.outputs['MONGO_URL'] ?? '');
  url.pathname = `/${name.replaceAll('-', '_')}`;
  const client = await mongo.MongoClient.connect(url.href, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
  return url.href;
}

/**
 * The service as it runs in production: traced at 10 %, logging JSON to a file. NODE_ENV is `test`, since
 * `production` refuses the stack's public secrets; nothing on the path of a request looks at it.
 *
 * @param settings besides; the messaging door is closed unless they open it
 */
export function startServiceChild(
  bench: Bench,
  mongoUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningChild> {
  const { stack, issuer } = bench;
  return startChild(bench, {
    name: 'bench-service',
    script: 'src/main.ts',
    port: stack.port('service'),
    readyPath: '/health/ready',
    env: {
      ...stack.serviceEnv(0),
      METRICS_PORT: '',
      NODE_ENV: 'test',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      TRACE_SAMPLE_RATIO: '0.1',
      TRACE_SLOW_AFTER: '',
      MONGO_URL: mongoUrl,
      KEYCLOAK_ISSUER: issuer.issuer,
      KEYCLOAK_INTERNAL_URL: '',
      KEYCLOAK_CLIENT_ID: 'realtime-service',
      KEYCLOAK_ALLOWED_CLIENTS: 'web',
      SEAT_LEASE,
      NATS_URL: '',
      ...settings,
    },
  });
}

/** What the floors of a join are told. */
export function floorEnv({ stack, issuer }: Bench): Record<string, string> {
  return {
    NODE_ENV: 'test',
    ISSUER: issuer.issuer,
    ISSUER_URL: issuer.url,
    REALM: issuer.realm,
    PUBLIC_KEY: issuer.publicKey,
    LIVEKIT_URL: stack.outputs['LIVEKIT_URL'] ?? '',
    LIVEKIT_PUBLIC_URL: stack.outputs['LIVEKIT_PUBLIC_URL'] ?? '',
    LIVEKIT_API_KEY: stack.outputs['LIVEKIT_API_KEY'] ?? '',
    LIVEKIT_API_SECRET: stack.outputs['LIVEKIT_API_SECRET'] ?? '',
  };
}
