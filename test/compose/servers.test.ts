import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/index.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { anvilArgs } from '../../stack/chain/anvil.ts';
import { walletCount } from '../../stack/chain/wallet-count.ts';
import { dev } from '../../stack/dev-values.ts';
import { allServers } from '../../stack/servers/all.ts';
import { coturnConfig } from '../../stack/servers/coturn-config.ts';
import { buildOptions } from '../../stack/servers/keycloak.ts';
import { livekitConfig } from '../../stack/servers/livekit-config.ts';
import { serviceEnv } from '../../stack/servers/service.ts';
import { read, serviceNamed } from './compose-file.ts';
import { Dockerfile } from './dockerfile.ts';
import { inCompose, nativePlans, outputs, place } from './native.ts';

/** What the same server is told here and by `npm start`. */

const plans = await nativePlans();

function planOf(name: string) {
  const plan = plans.get(name);
  if (!plan) throw new Error(`the native stack has no server "${name}"`);
  return plan;
}

const mapped = (env: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inCompose(value)]));

/** The version in the name of an installation: `livekit 1.11.0`. */
const versionOf = (name: string): string =>
  allServers.find((server) => server.name === name)?.installation.title.split(' ')[1] ?? '';

/** Arguments less the named options and their values. */
const without = (args: readonly string[], ...options: readonly string[]) =>
  args.filter((arg, at) => !options.includes(arg) && !options.includes(args[at - 1] ?? ''));

const gatewayInside = 'http://gateway:8080';

describe('the service', () => {
  const { environment } = serviceNamed('service');
  const settings = Object.entries(environmentSchema.shape);
  const required = settings.filter(([, field]) => !field.safeParse(undefined).success).map(([name]) => name);
  const native = mapped(serviceEnv(place, outputs, 0));
  /** All that differs from the native stack, and why. */
  const own: Readonly<Record<string, string>> = {
    HOST: '0.0.0.0', // a container's loopback is nobody else's
    KEYCLOAK_INTERNAL_URL: `http://keycloak:8180/realms/${dev.realm}`, // its issuer is the host's localhost
    TURN_URLS: outputs['TURN_URLS'] ?? '', // for clients on the host
    RECORDINGS_DIR: '/recordings', // a volume
    CHAIN_KEYSTORES: '/keystores', // a volume, which anvil's container fills
  };

  it.each(required)('is given %s, which has no default', (name) => {
    expect(environment).toHaveProperty(name);
  });

  it.each(Object.keys(environment))('knows the setting %s, with the value of the native stack', (name) => {
    expect(settings.map(([known]) => known)).toContain(name);
    expect(environment[name]).toBe(own[name] ?? native[name]);
  });

  it('is given every setting that the native stack gives', () => {
    // The commit is the image's own (see below): it was fixed when the image was built.
    const given = Object.keys(native).filter(
      (name) => name in environmentSchema.shape && name !== 'GIT_COMMIT',
    );
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(given));
  });

  it('starts with these settings', () => {
    expect(loadConfig(environment)).toMatchObject({
      production: false,
      keycloak: { issuer: 'http://localhost:8180/realms/meetings', realmUrl: own['KEYCLOAK_INTERNAL_URL'] },
    });
  });

  it('is told the commit when it is built', () => {
    const args = Object.keys(serviceNamed('service').build?.args ?? {});
    expect(args).toEqual(['GIT_COMMIT']);
    expect(new Dockerfile('Dockerfile').all('ARG')).toEqual(['GIT_COMMIT=unknown']);
    expect(new Dockerfile('Dockerfile').all('ENV')).toContain(`GIT_COMMIT=\${GIT_COMMIT}`);
  });
});

describe('Keycloak', () => {
  const { environment, command, volumes } = serviceNamed('keycloak');
  const dockerfile = new Dockerfile('keycloak/Dockerfile');
  const plan = planOf('keycloak');
  const realm = read('keycloak/meetings-realm.json');
  const placeholders = [...new Set([...realm.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name))];

  it('is of the same version and built with the same options', () => {
    expect(dockerfile.images()).toEqual([`keycloak/keycloak:${versionOf('keycloak')}`]);
    expect(dockerfile.exec('RUN')).toEqual(['/opt/keycloak/bin/kc.sh', 'build', ...buildOptions]);
  });

  it('starts with the same arguments, except where it listens and what it is called inside', () => {
    const home = `${plan.folder}/home`;
    const native = plan.args.map((arg) => arg.replaceAll(home, '/opt/keycloak'));
    const here = [...dockerfile.exec('ENTRYPOINT'), ...command];
    expect(here.filter((arg) => arg !== '--hostname-backchannel-dynamic=true')).toEqual([
      plan.command,
      ...native.filter((arg) => !arg.startsWith('--http-host=')),
    ]);
    expect(command).toContain('--hostname-backchannel-dynamic=true');
  });

  it('has the same environment, but calls the gateway by its name', () => {
    expect(environment).toEqual({ ...plan.env, GATEWAY_INTERNAL_URL: gatewayInside });
  });

  it('imports the same realm file', () => {
    expect(volumes).toContain(
      './keycloak/meetings-realm.json:/opt/keycloak/data/import/meetings-realm.json:ro',
    );
  });

  it.each(placeholders)('gets %s of the realm file, here and in the native stack', (name) => {
    expect(environment[name]).toBeTruthy();
    expect(plan.env?.[name]).toBeTruthy();
  });

  it('sends browsers to where they reach the gateway, and its own calls to where it does', () => {
    const { clients } = JSON.parse(realm) as { clients: readonly Record<string, unknown>[] };
    const ofClient = (id: string) => clients.find(({ clientId }) => clientId === id);
    const browser = [`\${GATEWAY_URL}`, `\${GATEWAY_TLS_URL}`];
    const inside = `\${GATEWAY_INTERNAL_URL}/api/realtime/keycloak`;
    expect(ofClient(dev.serviceClientId)).toMatchObject({ adminUrl: inside });
    expect(ofClient(dev.webClientId)).toMatchObject({
      rootUrl: browser[0],
      redirectUris: browser.map((url) => `${url}/*`),
      webOrigins: browser,
      attributes: {
        'post.logout.redirect.uris': browser.map((url) => `${url}/*`).join('##'),
        'backchannel.logout.url': `${inside}/backchannel-logout`,
      },
    });
  });
});

describe('LiveKit', () => {
  const { environment, image, command, volumes } = serviceNamed('livekit');

  it('is of the same version, with the same key and secret', () => {
    expect(image).toBe(`livekit/livekit-server:v${versionOf('livekit')}`);
    expect(environment).toEqual(planOf('livekit').env);
  });

  it("runs with the operator's file as it is", () => {
    expect(volumes).toEqual(['./livekit.yaml:/etc/livekit.yaml:ro']);
    expect(command).toEqual(['--config', '/etc/livekit.yaml']);
  });

  it('finds in that file what the native stack would write into it', () => {
    const file = read('livekit.yaml');
    const {
      bind_addresses: _,
      rtc,
      ...written
    } = parse(
      livekitConfig(file, {
        port: place.port('livekit'),
        tcpPort: place.port('livekitTcp'),
        udpPort: place.port('livekitUdp'),
        redisUrl: inCompose(outputs['REDIS_URL'] ?? ''),
        publicUrl: gatewayInside,
        apiKey: dev.livekitKey,
      }),
    ) as Record<string, unknown> & { rtc: Record<string, unknown> };
    // Its own: in a container it listens at the container's address.
    const { enable_loopback_candidate: _loopback, ips: _ips, ...media } = rtc;
    expect(parse(file)).toEqual({ ...written, rtc: media });
    expect(media).toMatchObject({ node_ip: '127.0.0.1', use_external_ip: false });
  });
});

describe('coturn', () => {
  const { command, volumes } = serviceNamed('coturn');

  it("runs with the operator's file as it is", () => {
    expect(volumes).toEqual(['./config/turnserver.conf:/etc/turnserver.conf:ro']);
    expect(command).toEqual(['-c', '/etc/turnserver.conf']);
  });

  it('finds in that file what the native stack would write into it', () => {
    const file = read('config/turnserver.conf');
    const written = coturnConfig(file, {
      port: place.port('turn'),
      relayPorts: [place.port('turnRelay'), place.port('turnRelay', 99)],
      secret: outputs['TURN_SECRET'] ?? '',
      folder: '/tmp',
    });
    const own = ['listening-ip=0.0.0.0', 'external-ip=127.0.0.1'];
    const lines = file.split('\n').filter((line) => !own.includes(line));
    expect(written.split('\n').filter((line) => line !== 'listening-ip=127.0.0.1')).toEqual(lines);
  });
});

describe('the gateway', () => {
  const { environment, volumes } = serviceNamed('gateway');
  const dockerfile = new Dockerfile('gateway/Dockerfile');
  const plan = planOf('gateway');

  it('has the same environment, in its own folder and on all addresses', () => {
    const native = mapped(plan.env ?? {});
    const moved = Object.entries(native).map(([name, value]) => [name, value.replace(plan.folder, '/data')]);
    // The page is in the image; the native stack copies it from the cache.
    const own = { GATEWAY_BIND: '0.0.0.0', GATEWAY_PAGE: '/page' };
    expect(environment).toEqual({ ...Object.fromEntries(moved), ...own });
    expect(volumes).toEqual(['gateway-data:/data']);
  });

  it('is given each setting of its Caddyfile', () => {
    const asked = [...read('gateway/Caddyfile').matchAll(/\{\$(\w+)/g)].map(([, name]) => name);
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(asked));
  });

  it('runs the same command on the same Caddyfile', () => {
    const native = plan.args.map((arg) =>
      arg.endsWith('/gateway/Caddyfile') ? '/etc/gateway/Caddyfile' : arg,
    );
    expect(dockerfile.exec('CMD')).toEqual(['gateway', ...native]);
    expect(dockerfile.all('COPY')).toContain('gateway/Caddyfile /etc/gateway/Caddyfile');
  });

  it('serves the page that its image was built with', () => {
    expect(dockerfile.all('COPY')).toContain('--from=page /page /page');
    expect(dockerfile.last('ENV')).toContain(`GATEWAY_PAGE=${environment['GATEWAY_PAGE']}`);
  });
});

describe('anvil', () => {
  const { environment, volumes } = serviceNamed('anvil');
  const ofService = serviceNamed('service');
  const dockerfile = new Dockerfile('contracts/Dockerfile');

  it('has the chain that the native stack has: its container reads the same arguments', () => {
    const { args } = planOf('anvil');
    const stateFile = args[args.indexOf('--state') + 1] ?? '';
    expect(args).toEqual(anvilArgs({ port: Number(environment['ANVIL_PORT']), stateFile, blockTime: 1 }));
    expect(dockerfile.exec('CMD')).toEqual(['node', 'stack/chain/container.ts']);
    expect(read('stack/chain/container.ts')).toMatch(/anvilArgs\(\{[^}]*blockTime: 1,/);
  });

  it('makes as many keystores, where the service reads them, with the password that it is told', () => {
    expect(environment['STACK_CHAIN_WALLETS']).toBe(`${walletCount(undefined)}`);
    for (const name of ['CHAIN_KEYSTORES', 'CHAIN_KEYSTORE_PASSWORD'])
      expect(environment[name]).toBe(ofService.environment[name]);
    expect(volumes).toContain('keystores-data:/keystores');
    expect(ofService.volumes).toContain('keystores-data:/keystores:ro');
  });

  it('makes its files as the user that the service runs as, for nobody else may read them', () => {
    expect(dockerfile.last('USER')).toBe(new Dockerfile('Dockerfile').last('USER'));
  });
});

describe('Zipkin', () => {
  it('is of the same version, with the same environment and the same memory', () => {
    const { image, environment } = serviceNamed('zipkin');
    const plan = planOf('zipkin');
    expect(image).toBe(`openzipkin/zipkin:${versionOf('zipkin')}`);
    expect(environment).toEqual({
      ...plan.env,
      JAVA_OPTS: plan.args.filter((arg) => arg.startsWith('-X')).join(' '),
    });
  });
});

/** The native stack may run a stand-in for MongoDB, and Debian's Redis: their versions are not compared. */
const plainServers: readonly {
  name: string;
  /** What a container needs and the native stack does not, and the reverse. */
  flags: readonly string[];
  options: readonly string[];
  nativeOptions: readonly string[];
}[] = [
  { name: 'mongodb', flags: ['--bind_ip_all'], options: [], nativeOptions: ['--bind_ip', '--dbpath'] },
  { name: 'redis', flags: [], options: ['--protected-mode'], nativeOptions: ['--bind', '--dir'] },
];

describe.each(plainServers)('$name', ({ name, flags, options, nativeOptions }) => {
  it('starts with the same arguments, except for its address and its folder', () => {
    const [, ...here] = without(serviceNamed(name).command, ...options);
    expect(here.filter((arg) => !flags.includes(arg))).toEqual(without(planOf(name).args, ...nativeOptions));
  });
});
