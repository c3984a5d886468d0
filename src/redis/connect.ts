import { Redis } from 'ioredis';

/** Nothing waits longer than this for Redis: what it carries has a way without it. Milliseconds. */
const COMMAND_DEADLINE = 500;
const MAX_RETRY_DELAY = 1_000;

/**
 * Redis as this service uses it: `commands` fail at once while it is away, and `subscriber` comes back with its
 * subscriptions. Nothing in it is the truth: what it held is made again from MongoDB.
 */
export type RedisLinks = AsyncDisposable & Readonly<{ commands: Redis; subscriber: Redis; ready(): boolean }>;

/**
 * Begins to connect, and goes on trying for as long as it lives; does not wait for Redis to be there.
 *
 * @param onDown told once for each time that Redis goes away
 */
export function connectRedis(url: string, onDown: (error: unknown) => void): RedisLinks {
  const common = {
    connectTimeout: COMMAND_DEADLINE * 4,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, MAX_RETRY_DELAY),
    connectionName: 'realtime-service',
  };
  const commands = new Redis(url, {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_DEADLINE,
  });
  // Its subscriptions wait for Redis instead of failing: who subscribes means from whenever it is there.
  const subscriber = new Redis(url, { ...common, maxRetriesPerRequest: null });
  let down = false;
  commands.on('ready', () => {
    down = false;
  });
  commands.on('error', (error) => {
    if (!down) onDown(error);
    down = true;
  });
  subscriber.on('error', () => {});
  return {
    commands,
    subscriber,
    ready: () => commands.status === 'ready' && subscriber.status === 'ready',
    async [Symbol.asyncDispose]() {
      subscriber.disconnect();
      commands.disconnect();
    },
  };
}
