import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import type { Stack } from '../stack/stack.ts';
import { rounded } from './statistics.ts';

const packages = [
  'express',
  'mongoose',
  'mongodb',
  'livekit-server-sdk',
  'keycloak-connect',
  'autocannon',
] as const;

/** What a figure depends on besides the code. */
export type Machine = Readonly<{
  processor: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  /** Runnable processes in the minute before, on average: what is left of the cores for the bench. */
  loadBefore: number;
  /** Versions by name. */
  versions: Readonly<Record<string, string>>;
}>;

export async function describeMachine(stack: Stack): Promise<Machine> {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() || 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    loadBefore: rounded(loadavg()[0] ?? 0),
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      LiveKit: livekitVersion(stack),
      MongoDB: await mongoVersion(stack.outputs['MONGO_URL'] ?? ''),
    },
  };
}

function versionOf(name: string): string {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** LiveKit tells its version in its log's first lines only. */
function livekitVersion(stack: Stack): string {
  const server = stack.servers.get('livekit');
  if (!server) return 'given by its URL';
  return /"version": ?"([\d.]+)"/.exec(readFileSync(server.logFile, 'utf8'))?.[1] ?? 'unknown';
}

/** The program in MongoDB's place and its version, as far as it says. */
async function mongoVersion(url: string): Promise<string> {
  const client = await mongo.MongoClient.connect(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    const info = await client.db('admin').command({ buildInfo: 1 });
    const standIn: unknown = info['secantusVersion'];
    return typeof standIn === 'string' ? `SecantusDB ${standIn} in its place` : `${info['version']}`;
  } finally {
    await client.close();
  }
}
