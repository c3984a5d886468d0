import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { portOf } from '../../stack/ports.ts';
import { RunningServer } from '../../stack/run/running-server.ts';
import type { Place } from '../../stack/server-description.ts';
import { gateway } from '../../stack/servers/gateway.ts';
import { freePort } from '../support/service-process.ts';

/** A gateway of a test's own, started as `npm start` starts it. Disposing stops it. */
export type Gateway = AsyncDisposable & Readonly<{ url: string; tlsUrl: string; livekitUrl: string }>;

/** It is built already: the stack that the tests run beside has one. */
async function installed(): Promise<string> {
  const program = await gateway.installation.find(process.env);
  if (program === undefined) throw new Error('the gateway is not built; `npm test` builds it');
  return program;
}

/** A page to serve: its files by their path. */
export type PageFiles = Readonly<Record<string, string>>;

/** @returns the path of the page's index.html */
function writePage(folder: string, files: PageFiles): string {
  for (const [path, text] of Object.entries({ 'index.html': '', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return join(folder, 'index.html');
}

/**
 * @param instances the ports of what it shall balance, on loopback
 * @param options.page an empty one by default
 * @param options.nodes the ports of LiveKit's nodes, one that nobody listens at by default
 * @param options.env stronger than what `npm start` gives it
 * @param options.outputs what other servers tell it
 */
export async function startGateway(
  instances: readonly number[],
  options: Readonly<{
    page?: PageFiles;
    nodes?: readonly number[];
    env?: Readonly<Record<string, string>>;
    outputs?: Readonly<Record<string, string>>;
  }> = {},
): Promise<Gateway> {
  const { page = {}, nodes = [1], env = {}, outputs = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  const own: Readonly<Record<string, number>> = {
    gateway: await freePort(),
    gatewayTls: await freePort(),
    gatewayLivekit: await freePort(),
  };
  const many: Readonly<Record<string, readonly number[]>> = { service: instances, livekit: nodes };
  const place: Place = {
    offset: 0,
    instances: instances.length,
    nodes: nodes.length,
    natsServers: 1,
    env: { OTEL_TRACES_SAMPLER: 'always_off' }, // nobody looks at these traces
    port: (name, index = 0) => many[name]?.[index] ?? own[name] ?? portOf(name, 0, index),
  };
  const parts = { page: writePage(join(folder, 'built-page'), page) };
  const [plan] = await gateway.processes({ ...place, program: await installed(), parts, folder, outputs });
  if (!plan) throw new Error('the gateway has no process');
  const server = new RunningServer(
    { ...plan, env: { ...plan.env, ...env } },
    process.env,
    join(folder, 'gateway.log'),
    () => {},
  );
  await server.start();
  return {
    url: `http://127.0.0.1:${own['gateway']}`,
    tlsUrl: `https://localhost:${own['gatewayTls']}`,
    livekitUrl: `http://127.0.0.1:${own['gatewayLivekit']}`,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What an instance that the gateway reaches at this address ends its Engine.IO ids in, after a dot. */
export const tagOf = (address: string): string =>
  createHash('sha256').update(address).digest('hex').slice(0, 12);
