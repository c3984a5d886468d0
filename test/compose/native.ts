import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { allOutputs } from '../../stack/outputs.ts';
import { portOf } from '../../stack/ports.ts';
import type { Place, ProcessPlan } from '../../stack/server-description.ts';
import { allServers } from '../../stack/servers/all.ts';

/** `npm start` with no PORT_OFFSET, one instance, one node, and nothing in the environment. */
export const place: Place = {
  offset: 0,
  instances: 1,
  nodes: 1,
  natsServers: 1,
  env: {},
  port: (name, index) => portOf(name, 0, index),
};

export const outputs = allOutputs(allServers, place);

/** Where a plan thinks that its program is; `mongod`, because there is a stand-in for it. */
const programs: Readonly<Record<string, string>> = {
  mongodb: '/native/mongod',
  keycloak: '/native/lib/quarkus-run.jar',
};

export type NativePlan = ProcessPlan & { readonly folder: string };

/** How each server would be started by `npm start`. Nothing is installed and nothing is started. */
export async function nativePlans(): Promise<ReadonlyMap<string, NativePlan>> {
  const state = mkdtempSync(join(tmpdir(), 'native-plans-'));
  // The gateway's plan copies the page.
  const page = join(state, 'built-page', 'index.html');
  mkdirSync(dirname(page));
  writeFileSync(page, '');
  // Anvil's plan reads the compiled contract.
  const contract = join(state, 'MeetingRooms.json');
  writeFileSync(contract, '{"abi":[],"bytecode":"0x"}');
  try {
    const plans = await Promise.all(
      allServers.map(async (server) => {
        const folder = join(state, server.name);
        mkdirSync(folder);
        const program = programs[server.name] ?? `/native/${server.name}`;
        const [plan] = await server.processes({
          ...place,
          program,
          parts: { page, contract },
          folder,
          outputs,
        });
        if (!plan) throw new Error(`${server.name} has no process`);
        return [server.name, { ...plan, folder }] as const;
      }),
    );
    return new Map(plans);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/**
 * A value of the native stack as a container of the compose file must have it. Servers of the native stack
 * name each other 127.0.0.1, which becomes the name of the service at that port; `localhost` is what clients
 * on the host use, and the same in both.
 */
export function inCompose(value: string): string {
  return value.replaceAll(/127\.0\.0\.1:(\d+)/g, (address, port: string) => {
    const owner = allServers.find((server) => server.ports(place).some((use) => `${use.port}` === port));
    return owner ? `${owner.name}:${port}` : address;
  });
}

/** What `npm start` asks a server to know that it is ready: `GET <url>`, or the port that must listen. */
export async function readyQuestion(plan: ProcessPlan): Promise<string> {
  const complaint = await plan.ready(AbortSignal.abort());
  return /GET \S+|port \d+/.exec(complaint ?? '')?.[0] ?? '';
}
