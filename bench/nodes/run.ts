import { setTimeout as sleep } from 'node:timers/promises';
import type { Calls } from './calls.ts';
import { type Nodes, startNodes, type Usage } from './livekit-nodes.ts';
import { signal } from './signalling.ts';

/**
 * What LiveKit's nodes cost on this machine, clients included: `npm run bench:nodes`. Some two minutes; docs/scaling.md
 * has the numbers. Bounded on purpose: the machine that measures also carries the clients.
 */

const SIGNAL_FOR = 8_000;
const LOOK_FOR = 8_000;
const ROOMS = 4;
const PEOPLE = 3;

process.env['NODE_ENV'] = 'production'; // else the client's library logs its debug lines
const { startCalls } = await import('./calls.ts');
const { dispose } = await import('@livekit/rtc-node');

const of = (usages: readonly Usage[], field: keyof Usage): number =>
  usages.reduce((total, usage) => total + usage[field], 0);
const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(0);

async function measureSignalling(nodes: Nodes): Promise<void> {
  await signal(nodes, 1_500); // warm
  const before = await nodes.usage();
  const gatewayBefore = nodes.gatewayCpuMs();
  const { times, failed } = await signal(nodes, SIGNAL_FOR);
  const after = await nodes.usage();
  const sorted = times.toSorted((a, b) => a - b);
  const each = after.map((usage, index) => (usage.cpuMs - (before[index]?.cpuMs ?? 0)) / times.length);
  console.log(
    `  signalling: ${((times.length / SIGNAL_FOR) * 1_000).toFixed(0)} connects/s, ${failed} failed, median ${at(sorted, 0.5)} ms, p95 ${at(sorted, 0.95)} ms; ` +
      `CPU a connect: ${each.map((ms) => ms.toFixed(1)).join(' + ')} ms LiveKit, ${((nodes.gatewayCpuMs() - gatewayBefore) / times.length).toFixed(1)} ms gateway`,
  );
}

async function look(nodes: Nodes, what: string, calls: Calls): Promise<void> {
  await sleep(2_000);
  const before = await nodes.usage();
  await sleep(LOOK_FOR);
  const after = await nodes.usage();
  const perSecond = (field: keyof Usage) => (of(after, field) - of(before, field)) / (LOOK_FOR / 1_000);
  const cores = after.map((usage, index) => (usage.cpuMs - (before[index]?.cpuMs ?? 0)) / LOOK_FOR);
  console.log(
    `  ${what}: ${calls.subscribed()} streams, ${(perSecond('bytesIn') / 1_000).toFixed(0)} kB/s in, ${(perSecond('bytesOut') / 1_000).toFixed(0)} kB/s out, ` +
      `${perSecond('packetsOut').toFixed(0)} packets/s out; cores ${cores.map((core) => core.toFixed(3)).join(' + ')}; RSS ${after.map(({ rssMb }) => rssMb.toFixed(0)).join(' + ')} MB`,
  );
}

for (const count of [1, 2]) {
  console.log(`${count} node(s)`);
  await using nodes = await startNodes(count);
  const idle = await nodes.usage();
  console.log(`  idle: RSS ${idle.map(({ rssMb }) => rssMb.toFixed(0)).join(' + ')} MB`);
  await measureSignalling(nodes);
  await using calls = await startCalls(nodes, ROOMS, PEOPLE);
  await look(nodes, `${ROOMS} rooms of ${PEOPLE}, all speaking`, calls);
  await calls.publishVideo();
  await look(nodes, 'the same, one camera each', calls);
}
await dispose();
process.exit();
