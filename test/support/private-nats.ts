import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { dev } from '../../stack/dev-values.ts';
import type { PortName } from '../../stack/ports.ts';
import { nats as description } from '../../stack/servers/nats.ts';
import { eventually } from './eventually.ts';
import { freePort } from './service-process.ts';

/** A nats-server of this test's own, with the product's configuration, to stop and to fill. Disposing kills it. */
export type PrivateNats = AsyncDisposable &
  Readonly<{
    url: string;
    /** What the server tells of itself. */
    monitoringUrl: string;
    /** What an instance that uses it is started with. */
    settings: Readonly<Record<string, string>>;
    start(): Promise<void>;
    stop(): Promise<void>;
    /** Our own login to the rooms' account, which may everything there. */
    asService(): Promise<NatsConnection>;
  }>;

export async function startPrivateNats(): Promise<PrivateNats> {
  const program = await description.installation.find(process.env);
  if (program === undefined) throw new Error('there is no nats-server; the stack installs it');
  const folder = await mkdtemp(join(tmpdir(), 'private-nats-'));
  const ports = new Map<PortName, number>();
  for (const name of ['nats', 'natsWebSocket', 'natsMonitoring'] as const) ports.set(name, await freePort());
  const place = {
    offset: 0,
    instances: 1,
    nodes: 1,
    natsServers: 1,
    env: {},
    port: (name: PortName) => ports.get(name) ?? 0,
  };
  const settings = description.outputs(place);
  const [plan] = await description.processes({ ...place, program, parts: {}, folder, outputs: settings });
  if (!plan) throw new Error('no process is planned');
  const url = settings['NATS_URL'] ?? '';
  const monitoringUrl = `http://127.0.0.1:${ports.get('natsMonitoring')}`;
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    child = spawn(program ?? '', [...(plan?.args ?? [])], { env: { ...plan?.env }, stdio: 'ignore' });
    await eventually(async () => {
      const { status } = await fetch(`${monitoringUrl}/healthz`);
      if (status !== 200) throw new Error(`not ready: ${status}`);
    }, 20_000);
  }
  async function stop(): Promise<void> {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  }
  await start();
  return {
    url,
    monitoringUrl,
    settings,
    start,
    stop,
    asService: () => connect({ servers: [url], user: 'service', pass: dev.natsPassword }),
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
