import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { checkout, read } from '../compose/compose-file.ts';

const folder = 'deploy/kubernetes';

/** Paths of the manifests, from the top. */
export const files: readonly string[] = readdirSync(join(checkout, folder))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => join(folder, name));

export type Container = Readonly<{
  name: string;
  image: string;
  ports: readonly { name: string; containerPort: number; protocol?: string }[];
  securityContext: Record<string, unknown>;
  [probe: `${string}Probe`]: { httpGet?: { path: string } } | undefined;
}>;

export type Manifest = Readonly<{
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: {
    template?: {
      spec: {
        containers: readonly Container[];
        automountServiceAccountToken?: boolean;
        hostNetwork?: boolean;
        securityContext: Record<string, unknown>;
        terminationGracePeriodSeconds: number;
      };
    };
  };
}>;

export const manifests: readonly Manifest[] = files.flatMap((file) =>
  parseAllDocuments(read(file)).map((document) => document.toJS() as Manifest),
);

/** @throws when there is none, or more than one */
export function manifest(kind: string, name: string): Manifest {
  const [found, ...others] = manifests.filter((one) => one.kind === kind && one.metadata.name === name);
  if (!found || others.length > 0) throw new Error(`not one ${kind} ${name}`);
  return found;
}

/** What runs: each manifest that makes pods. */
export const workloads = manifests.flatMap(({ kind, metadata, spec }) =>
  spec?.template
    ? [{ kind, name: metadata.name, namespace: metadata.namespace, pod: spec.template.spec }]
    : [],
);
