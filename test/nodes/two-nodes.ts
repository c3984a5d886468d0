import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Stack, startStack } from '../../stack/stack.ts';
import { stack } from '../support/stack.ts';

/** Away from the stack that the other tests use, and from those of test/stack. */
const OFFSET = 3_900;

/** Two nodes of LiveKit on a Redis of their own, with a gateway and an instance of the service before them. */
export type TwoNodes = AsyncDisposable &
  Readonly<{
    stack: Stack;
    api: string;
    mongoUrl: string;
    /** Where clients enter each node past the gateway. */
    urls: readonly [string, string];
    /** The name of the node that carries a room. */
    carrierOf(roomId: string): Promise<string>;
  }>;

/** MongoDB, Keycloak and the page are those of the running stack. */
export async function startTwoNodes(): Promise<TwoNodes> {
  const mongoUrl = (stack.outputs['MONGO_URL'] ?? '').replace(/\/[^/?]+\?/, '/two-nodes?');
  const own = await startStack({
    offset: OFFSET,
    nodes: 2,
    only: ['livekit', 'gateway', 'service'],
    stateDir: mkdtempSync(join(tmpdir(), 'two-nodes-')),
    keepOutput: false,
    quiet: true,
    serviceEnv: { LIMIT_CREATE_ROOM: '1000/1s', LIMIT_JOIN: '1000/1s', LOG_FORMAT: 'json' },
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      MONGO_URL: mongoUrl,
      KEYCLOAK_URL: stack.outputs['KEYCLOAK_URL'],
      GATEWAY_PAGE: join(stack.stateDir, 'gateway', 'page'),
      OTEL_TRACES_SAMPLER: 'always_off',
      TRACE_SAMPLE_RATIO: '0',
    },
  });
  const redis = new Redis(own.outputs['REDIS_URL'] ?? '');

  /** By the id that each says of itself when it starts. */
  function nameOf(nodeId: string): string | undefined {
    return ['livekit', 'livekit-2'].find((name) =>
      readFileSync(join(own.stateDir, 'logs', `${name}.log`), 'utf8').includes(`"nodeID":"${nodeId}"`),
    );
  }

  return {
    stack: own,
    api: `${own.outputs['PUBLIC_URL']}/api/realtime`,
    mongoUrl,
    urls: [`ws://127.0.0.1:${own.port('livekit', 0)}`, `ws://127.0.0.1:${own.port('livekit', 1)}`],
    async carrierOf(roomId) {
      const nodeId = await redis.hget('room_node_map', roomId);
      const name = nodeId === null ? undefined : nameOf(nodeId);
      if (name === undefined) throw new Error(`no node carries ${roomId}`);
      return name;
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await own.stop();
    },
  };
}
