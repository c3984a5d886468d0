import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { allServers } from '../../stack/servers/all.ts';
import { installTools } from '../../stack/tools/install-tools.ts';
import { checkout, compose, dockerfileOf, serviceNamed } from './compose-file.ts';
import { Dockerfile } from './dockerfile.ts';
import { inCompose, nativePlans, place, readyQuestion } from './native.ts';

/** Installing it takes one apt run, which may have to wait for another. Milliseconds. */
const INSTALL_DEADLINE = 300_000;

const names = Object.keys(compose.services);
const plans = await nativePlans();

describe('docker-compose', () => {
  let program: string;
  beforeAll(async () => {
    const tools = await installTools(['docker-compose'], { quiet: true });
    program = tools.get('docker-compose') ?? '';
  }, INSTALL_DEADLINE);

  it('accepts the file and says nothing', async () => {
    const args = ['-f', 'docker-compose.dev.yml', 'config', '-q'];
    const said = await promisify(execFile)(program, args, { cwd: checkout, timeout: 30_000 });
    expect(said).toEqual({ stdout: '', stderr: '' });
  }, 40_000);
});

describe('the compose file', () => {
  it('has a service for each server of the native stack, and no other', () => {
    expect(names.toSorted()).toEqual(allServers.map(({ name }) => name).toSorted());
  });

  it('declares the volumes that are used, and no other', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes }) => volumes);
    const named = mounts.filter((mount) => !mount.startsWith('.')).map((mount) => mount.split(':')[0]);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });
});

/** `127.0.0.1:20000-20001:20000-20001/udp` as a line for each port. */
function eachOf(published: string): readonly string[] {
  const [, host, first, last, inside, protocol = ''] =
    /^([\d.]+):(\d+)-(\d+):(\d+-\d+)(\/udp)?$/.exec(published) ?? [];
  if (inside === undefined) return [published];
  expect(inside).toBe(`${first}-${last}`);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => {
    const port = Number(first) + index;
    return `${host}:${port}:${port}${protocol}`;
  });
}

describe.each(names)('the container of %s', (name) => {
  const service = serviceNamed(name);
  const server = allServers.find((one) => one.name === name);
  const plan = plans.get(name);
  const dockerfile = dockerfileOf(service);

  it("publishes the native stack's ports, on loopback only", () => {
    const uses = server?.ports(place) ?? [];
    const wanted = uses.map(
      ({ port, protocol }) => `127.0.0.1:${port}:${port}${protocol === 'udp' ? '/udp' : ''}`,
    );
    expect(service.ports.flatMap(eachOf).toSorted()).toEqual(wanted.toSorted());
  });

  it('waits until what its server needs is healthy', () => {
    expect(Object.keys(service.depends_on)).toEqual(expect.arrayContaining([...(server?.needs ?? [])]));
    for (const [needed, { condition }] of Object.entries(service.depends_on)) {
      expect(names).toContain(needed);
      expect(condition).toBe('service_healthy');
    }
  });

  it('is healthy when `npm start` would call its server ready', async () => {
    const test = service.healthcheck.test.join(' ');
    const question = plan ? await readyQuestion(plan) : '';
    const [kind, target = ''] = question.split(' ');
    // Zipkin's image brings its check; start-zipkin and the check both read QUERY_PORT.
    if (test === 'CMD docker-healthcheck')
      expect(question).toBe(`GET http://127.0.0.1:${service.environment['QUERY_PORT']}/health`);
    else if (kind === 'port') expect(test).toContain(target);
    else {
      expect(test).toContain(new URL(target).pathname);
      expect(test).toContain(`127.0.0.1${test.includes('/dev/tcp/') ? '/' : ':'}${new URL(target).port}`);
    }
  });

  it('gets as long to stop as its server', () => {
    expect(service.stop_grace_period).toBe(`${(plan?.graceMs ?? 0) / 1_000}s`);
  });

  it('comes from an image of one exact version, by the short name of Docker Hub', () => {
    const images = dockerfile ? new Dockerfile(dockerfile).images() : [service.image];
    expect(images).not.toHaveLength(0);
    // No dot before the tag: that would be a registry.
    for (const image of images)
      expect(image).toMatch(/^[a-z0-9-]+(\/[a-z0-9-]+)?:v?\d+\.\d+\.\d+(-[a-z0-9.]+)*$/);
  });

  it('may change nothing but its volumes and /tmp, and gains no rights', () => {
    expect(service).toMatchObject({
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.tmpfs).toContain('/tmp');
    // The one that coturn's program has by its file, and without which it may not be run.
    expect(service.cap_add).toEqual(name === 'coturn' ? ['NET_BIND_SERVICE'] : []);
  });

  it('does not run as root', () => {
    // Zipkin's image has a user of its own: docker/Dockerfile in its repository ends with `USER zipkin`.
    if (service.image?.startsWith('openzipkin/zipkin:')) return;
    const user = dockerfile ? new Dockerfile(dockerfile).last('USER') : service.user;
    expect(user).toMatch(/^(?!root|0\b)\w+/);
  });

  it('mounts files that are in the repository, and read-only', () => {
    for (const mount of service.volumes.filter((text) => text.startsWith('.'))) {
      const [source = '', , mode] = mount.split(':');
      expect(mode).toBe('ro');
      expect(existsSync(join(checkout, source))).toBe(true);
    }
  });

  it("is told of other servers by the compose file's names, not by 127.0.0.1", () => {
    for (const [name, value] of Object.entries(service.environment))
      if (name !== 'TURN_URLS') expect(inCompose(value)).toBe(value); // clients on the host are told it
  });
});
