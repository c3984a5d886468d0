import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/index.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { connectOrigins } from '../../stack/servers/gateway.ts';
import { installTools } from '../../stack/tools/install-tools.ts';
import { checkout, read, serviceNamed } from '../compose/compose-file.ts';
import { files, manifest, manifests, workloads } from './manifests.ts';

/** Installing it takes one pip run. Milliseconds. */
const INSTALL_DEADLINE = 180_000;
/** The oldest that knows all of it (`sleep` before a stop). */
const KUBERNETES = '1.34.1';

const secrets = mkdtempSync(join(tmpdir(), 'manifests-'));
afterAll(() => rmSync(secrets, { recursive: true }));

const settingsOf = (name: string): Readonly<Record<string, string>> => manifest('ConfigMap', name).data ?? {};

describe('the manifests', () => {
  let program: string;
  beforeAll(async () => {
    program = (await installTools(['kubernetes-validate'], { quiet: true })).get('kubernetes-validate') ?? '';
  }, INSTALL_DEADLINE);

  it("are as Kubernetes' schemas want them", async () => {
    // By way of the interpreter: the script's first line names the folder it was first installed in.
    const python = join(dirname(program), 'python');
    const args = [program, '--strict', '--quiet', '-k', KUBERNETES, ...files];
    const said = await promisify(execFile)(python, args, { cwd: checkout, timeout: 60_000 });
    expect(said).toEqual({ stdout: '', stderr: '' });
  }, 70_000);

  it('have no secret in them, only the names of some', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(files.map(read).join()).not.toMatch(/devkey|dev-secret|devsecret/);
  });
});

describe.each(workloads)('$kind $name', ({ name, namespace, pod }) => {
  it('has no right that it does not need', () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.containers)
      expect(securityContext).toMatchObject({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: name === 'coturn',
        capabilities: { drop: ['ALL'] },
      });
    expect(pod.hostNetwork === true).toBe(namespace === 'realtime-media');
  });

  it('is asked whether it is ready and whether it is alive', () => {
    for (const container of pod.containers) {
      expect(container).toHaveProperty('readinessProbe');
      expect(container).toHaveProperty('livenessProbe');
    }
  });

  it('runs what docker-compose.dev.yml runs', () => {
    const { image } = serviceNamed(name.replace('realtime-', ''));
    for (const container of pod.containers) expect(container.image).toBe(image ?? `${name}:0.1.0`);
  });
});

describe('the service in Kubernetes', () => {
  const settings = settingsOf('realtime-service');

  it('starts in production with its settings and the secrets that it names', () => {
    const filled = Object.entries(settings).map(([name, value]): [string, string] => {
      if (!name.endsWith('_FILE')) return [name, value];
      const file = join(secrets, basename(value));
      const kinds: Record<string, string> = {
        MONGO_URL_FILE: 'mongodb://a,b/realtime?replicaSet=rs0',
        REDIS_URL_FILE: 'redis://r:6379',
      };
      writeFileSync(file, kinds[name] ?? `a-value-of-our-own-of-at-least-32-characters`);
      return [name, file];
    });
    expect(loadConfig(Object.fromEntries(filled))).toMatchObject({ production: true });
  });

  it('is told nothing that it does not know', () => {
    for (const name of Object.keys(settings))
      expect(Object.keys(environmentSchema.shape)).toContain(name.replace(/_FILE$/, ''));
  });

  it('is asked where it answers, and has longer to stop than it drains', () => {
    const pod = workloads.find(({ name }) => name === 'realtime-service')?.pod;
    const [container] = pod?.containers ?? [];
    expect(container?.readinessProbe?.httpGet?.path).toBe('/health/ready');
    expect(container?.livenessProbe?.httpGet?.path).toBe('/health/live');
    expect(container?.ports.map(({ containerPort }) => `${containerPort}`)).toEqual([settings['PORT']]);
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(4 + 9.5); // preStop, then the last resort of main.ts
  });
});

describe('the gateway in Kubernetes', () => {
  const settings = settingsOf('realtime-gateway');

  it('is given each setting of its Caddyfile', () => {
    const asked = [...read('gateway/Caddyfile').matchAll(/\{\$(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(asked));
  });

  it('lets the page connect to where the service sends its clients', () => {
    const service = settingsOf('realtime-service');
    const needed = connectOrigins({ ...service, PUBLIC_TLS_URL: '' }).split(' ');
    expect(settings['GATEWAY_CONNECT_ORIGINS']?.split(' ').toSorted()).toEqual(needed.toSorted());
  });
});

describe('LiveKit in Kubernetes', () => {
  it('has the settings of livekit.yaml, except for where it is', () => {
    const here = parse(settingsOf('livekit')['livekit.yaml'] ?? '') as Record<string, object>;
    const operators = parse(read('livekit.yaml')) as Record<string, object>;
    const { node_ip: _ip, ...rtc } = operators['rtc'] as Record<string, unknown>;
    expect(here).toEqual({
      ...operators,
      rtc: { ...rtc, use_external_ip: true },
      redis: { address: expect.any(String) },
      webhook: {
        api_key: expect.not.stringContaining('devkey'),
        urls: [
          expect.stringMatching(
            /^http:\/\/realtime-gateway\.realtime\..*\/api\/realtime\/webhooks\/livekit$/,
          ),
        ],
      },
    });
  });
});
