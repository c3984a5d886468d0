import { appendFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allOutputs } from '../../stack/outputs.ts';
import { portOf } from '../../stack/ports.ts';
import { RunningServer } from '../../stack/run/running-server.ts';
import type { Place, ServerDescription } from '../../stack/server-description.ts';
import { allServers } from '../../stack/servers/all.ts';
import { gateway } from '../../stack/servers/gateway.ts';
import { livekit } from '../../stack/servers/livekit.ts';
import { redis } from '../../stack/servers/redis.ts';

const OFFSET = 3_900;
const METRICS = 15_600;
/** The kernel counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** What LiveKit's nodes have used since they started. */
export type Usage = Readonly<{
  cpuMs: number;
  bytesIn: number;
  bytesOut: number;
  packetsOut: number;
  rssMb: number;
}>;

export type Nodes = AsyncDisposable &
  Readonly<{
    /** Where clients enter: the gateway. */
    url: string;
    key: string;
    secret: string;
    usage(): Promise<readonly Usage[]>;
    gatewayCpuMs(): number;
  }>;

/** LiveKit's nodes behind the gateway as `npm start -- --nodes n` starts them, with Redis and nothing else. */
export async function startNodes(count: number): Promise<Nodes> {
  const state = mkdtempSync(join(tmpdir(), 'bench-nodes-'));
  const place: Place = {
    offset: OFFSET,
    instances: 1,
    nodes: count,
    natsServers: 1,
    env: { OTEL_TRACES_SAMPLER: 'always_off' },
    port: (name, index) => portOf(name, OFFSET, index),
  };
  const outputs = allOutputs(allServers, place);
  const running: RunningServer[] = [];

  async function start(server: ServerDescription): Promise<readonly RunningServer[]> {
    const folder = join(state, server.name);
    mkdirSync(folder);
    const find = async (what: ServerDescription['installation']) => (await what.find(process.env)) ?? '';
    const parts = Object.fromEntries(
      await Promise.all(
        Object.entries(server.parts ?? {}).map(async ([name, part]) => [name, await find(part)]),
      ),
    );
    const program = await find(server.installation);
    if (program === '') throw new Error(`${server.name} is not installed; npm start installs it`);
    const plans = await server.processes({ ...place, program, parts, folder, outputs });
    const started = plans.map((plan, index) => {
      if (server === livekit)
        appendFileSync(plan.args.at(-1) ?? '', `prometheus:\n  port: ${METRICS + index}\n`);
      return new RunningServer(plan, process.env, join(state, `${plan.name}.log`), (crash) =>
        console.error(crash.message),
      );
    });
    running.push(...started);
    await Promise.all(started.map((one) => one.start()));
    return started;
  }

  await start(redis);
  const nodes = await start(livekit);
  const [front] = await start(gateway);
  return {
    url: outputs['LIVEKIT_PUBLIC_URL'] ?? '',
    key: outputs['LIVEKIT_API_KEY'] ?? '',
    secret: outputs['LIVEKIT_API_SECRET'] ?? '',
    usage: () => Promise.all(nodes.map((node, index) => usageOf(node.pid ?? 0, METRICS + index))),
    gatewayCpuMs: () => cpuMsOf(front?.pid ?? 0),
    async [Symbol.asyncDispose]() {
      for (const one of running.toReversed()) await one.stop();
    },
  };
}

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function usageOf(pid: number, port: number): Promise<Usage> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sum = (name: string, direction: string): number =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(`direction="${direction}"`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuMs: cpuMsOf(pid),
    bytesIn: sum('livekit_packet_bytes', 'incoming'),
    bytesOut: sum('livekit_packet_bytes', 'outgoing'),
    packetsOut: sum('livekit_packet_total', 'outgoing'),
    rssMb: Number(rssKb) / 1_024,
  };
}
