import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { dev } from '../../stack/dev-values.ts';
import { startStack } from '../../stack/stack.ts';
import { output, stack } from '../support/stack.ts';

/** Beside the stack of the tests: no two ports of the two meet. */
const BESIDE = 100;

/** Servers of NATS of this test's own, to stop, kill and empty: the stack's is everybody's. Disposing stops them. */
export type NatsServers = AsyncDisposable &
  Readonly<{
    /** What an instance of the service needs to be at them. */
    settings: Readonly<Record<string, string>>;
    urls: string[];
    /** What a server tells of itself. */
    monitoringUrl(index?: number): string;
    /** Which one has this name in NATS. */
    indexOf(name: string): number;
    stop(index?: number): Promise<void>;
    kill(index?: number): Promise<void>;
    start(index?: number): Promise<void>;
    /** Everything that a stopped one has stored is gone. */
    empty(index?: number): void;
  }>;

export async function startNatsServers(natsServers = 1): Promise<NatsServers> {
  const own = await startStack({
    offset: stack.offset + BESIDE,
    natsServers,
    only: ['nats'],
    stateDir: mkdtempSync(join(tmpdir(), 'private-nats-')),
    keepOutput: false,
    quiet: true,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const nameOf = (index: number): string => (index === 0 ? 'nats' : `nats-${index + 1}`);
  const names = ['NATS_URL', 'NATS_PUBLIC_URL', 'NATS_REPLICAS'];
  return {
    settings: Object.fromEntries(names.map((name) => [name, own.outputs[name] ?? ''])),
    urls: (own.outputs['NATS_URL'] ?? '').split(','),
    monitoringUrl: (index = 0) => `http://127.0.0.1:${own.port('natsMonitoring', index)}`,
    indexOf: (name) => Number(name.split('-')[1] ?? 1) - 1,
    stop: (index = 0) => own.server(nameOf(index)).stop(),
    kill: (index = 0) => own.server(nameOf(index)).kill(),
    start: (index = 0) => own.server(nameOf(index)).start(),
    empty: (index = 0) => rmSync(join(own.stateDir, 'nats', nameOf(index)), { recursive: true }),
    [Symbol.asyncDispose]: () => own.stop(),
  };
}

/** JetStream as the service sees it. */
export async function openManager(
  urls: readonly string[] = output('NATS_URL').split(','),
): Promise<{ connection: NatsConnection; jsm: JetStreamManager } & AsyncDisposable> {
  const connection = await connect({
    servers: [...urls],
    user: 'service',
    pass: dev.natsPassword,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  return {
    connection,
    jsm: await jetstreamManager(connection, { checkAPI: false }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
