import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { buildArgs } from '../../stack/install/vite.ts';
import { gatewaySources } from '../../stack/servers/gateway.ts';
import { pageSources } from '../../stack/servers/page.ts';
import { checkout, compose, dockerfileOf, read } from './compose-file.ts';
import { Dockerfile } from './dockerfile.ts';

/** Each Dockerfile with the folder that its build may read. */
const builds = Object.values(compose.services).flatMap((service) => {
  const path = dockerfileOf(service);
  return path && service.build ? [{ path, context: join(service.build.context) }] : [];
});

/** What a .dockerignore lets into the build, when it begins by keeping everything out. */
const letIn = (context: string): readonly string[] =>
  read(join(context, '.dockerignore'))
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));

/** Negative, zero or positive, as `1.26.8` is older, the same or newer. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('.').map(Number));
  for (const [at, part] of (a ?? []).entries()) if (part !== b?.[at]) return part - (b?.[at] ?? 0);
  return 0;
}

describe.each(builds)('$path', ({ path, context }) => {
  const dockerfile = new Dockerfile(path);

  it('ends as a user that is not root, by name or number', () => {
    expect(dockerfile.last('USER')).toMatch(/^(node|[1-9]\d*(:[1-9]\d*)?)$/);
  });

  it('starts its process without a shell in between, so that SIGTERM arrives', () => {
    const [program] = dockerfile.exec(dockerfile.last('CMD') ? 'CMD' : 'ENTRYPOINT');
    expect(program).not.toMatch(/sh$/);
    expect(dockerfile.last('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('copies what is in the repository and what its .dockerignore lets in', () => {
    for (const source of dockerfile.sources()) {
      expect(existsSync(join(checkout, context, source))).toBe(true);
      expect(letIn(context)).toContain(source);
    }
  });

  it('gets nothing into its build but what it or another of the same folder copies', () => {
    const rules = read(join(context, '.dockerignore')).split('\n');
    expect(rules.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    const together = builds.filter((build) => build.context === context);
    const sources = together.flatMap((build) => new Dockerfile(build.path).sources());
    expect(letIn(context).toSorted()).toEqual(sources.filter(unique).toSorted());
  });
});

const unique = <T>(value: T, at: number, all: readonly T[]): boolean => all.indexOf(value) === at;

const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { version?: string }>;
};
/** With the Node that the tests run on, and that builds the page for `npm start`. */
const nodeImage = `node:${lock.packages['node_modules/node']?.version}-bookworm-slim`;

describe('the image of the service', () => {
  const dockerfile = new Dockerfile('Dockerfile');

  it('runs on the Node that the tests run on', () => {
    expect(dockerfile.images()).toEqual([nodeImage]);
  });

  it('installs exactly the lockfile, without what only development needs', () => {
    expect(dockerfile.all('RUN')).toEqual([
      expect.stringMatching(/^npm ci --omit=dev /),
      expect.stringMatching(/apt-get install --yes --no-install-recommends ffmpeg /),
    ]);
  });

  it('refuses the secrets of development unless it is told otherwise', () => {
    expect(dockerfile.all('ENV').join(' ')).toContain('NODE_ENV=production');
  });

  it('runs the source as it is', () => {
    expect(dockerfile.exec('CMD')).toEqual(['node', 'src/main.ts']);
    expect(dockerfile.sources()).toContain('src');
  });

  it('asks itself whether it is alive', () => {
    expect(dockerfile.exec('HEALTHCHECK').join(' ')).toContain('/health/live');
  });
});

describe('the image of the gateway', () => {
  const dockerfile = new Dockerfile('gateway/Dockerfile');

  it('is built by a Go that its go.mod accepts', () => {
    const wanted = /^go (\S+)$/m.exec(read('gateway/go.mod'))?.[1] ?? 'none';
    const image = dockerfile.images().find((name) => name.startsWith('golang:'));
    const [, version = ''] = /^golang:([\d.]+)-/.exec(image ?? '') ?? [];
    expect(compareVersions(version, wanted)).toBeGreaterThanOrEqual(0);
  });

  it('is built of the same sources as the native one, which are all that there are', () => {
    const inFolder = dockerfile.sources().filter((source) => source.startsWith('gateway/'));
    const built = inFolder.map((source) => basename(source)).filter((source) => source !== 'Caddyfile');
    const programs = readdirSync(join(checkout, 'gateway')).filter((name) => /(?<!_test)\.go$/.test(name));
    expect(built).toEqual(gatewaySources);
    expect(built).toEqual(['go.mod', 'go.sum', ...programs.toSorted()]);
  });

  it('builds the page as `npm start` does: the same sources, Node, packages and command', () => {
    expect(dockerfile.images()).toContain(nodeImage);
    expect(dockerfile.sources()).toEqual(expect.arrayContaining(['package.json', ...pageSources]));
    expect(dockerfile.all('RUN')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^npm ci (?!.*--omit)/),
        `npx vite ${buildArgs('web', '/page').join(' ')}`,
      ]),
    );
  });

  it('is linked statically, because its last image has another C library', () => {
    expect(dockerfile.all('RUN').join('\n')).toContain('CGO_ENABLED=0 go build');
  });

  it('asks itself whether it answers', () => {
    expect(dockerfile.exec('HEALTHCHECK').at(-1)).toBe('http://127.0.0.1:8080/health/gateway');
  });
});

describe('the image of anvil', () => {
  const dockerfile = new Dockerfile('contracts/Dockerfile');

  it('compiles the contract with the sources, the compiler and the Node of `npm start`', () => {
    expect(dockerfile.images()).toEqual([nodeImage]);
    expect(dockerfile.sources()).toEqual(
      expect.arrayContaining(['contracts/MeetingRooms.sol', 'stack/chain']),
    );
    expect(dockerfile.all('RUN').join('\n')).toContain(
      'node stack/chain/compile.ts contracts/MeetingRooms.sol /contract.json',
    );
    expect(dockerfile.all('ENV').join(' ')).toContain('CONTRACT=/contract.json');
  });

  it('has all that its process imports: nothing of the stack but what is copied', () => {
    const copied = dockerfile.sources().filter((source) => source.startsWith('stack/'));
    const files = readdirSync(join(checkout, 'stack/chain')).filter((name) => !name.endsWith('.test.ts'));
    const imported = files.flatMap((name) =>
      [...read(`stack/chain/${name}`).matchAll(/ from '(\.\.?\/[^']+)'/g)].map(([, path = '']) =>
        join('stack/chain', path),
      ),
    );
    for (const path of imported)
      expect(copied.some((source) => path === source || path.startsWith(`${source}/`))).toBe(true);
  });
});
