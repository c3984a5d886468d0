import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { dev } from '../../stack/dev-values.ts';
import { ConfigError, loadConfig } from './load.ts';
import { environmentSchema } from './schema.ts';

/** The least that must be set. */
const least = {
  MONGO_URL: 'mongodb://127.0.0.1:27017/realtime',
  REDIS_URL: 'redis://127.0.0.1:6379',
  KEYCLOAK_ISSUER: 'https://login.test/realms/meetings',
  KEYCLOAK_CLIENT_SECRET: 'a-client-secret-of-our-own',
  LIVEKIT_URL: 'http://livekit:7880',
  LIVEKIT_PUBLIC_URL: 'wss://livekit.test',
  LIVEKIT_API_KEY: 'a-key',
  LIVEKIT_API_SECRET: 'an-api-secret-of-at-least-32-characters',
} as const;
const production = {
  ...least,
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://meet.test',
  CORS_ORIGINS: 'https://meet.test',
};

type Settings = Readonly<Record<string, string | undefined>>;

function faultsOf(settings: Settings): readonly string[] {
  try {
    loadConfig(settings);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
/** What is said of one variable when all else is right. */
const faultOf = (name: string, value: string, base: Settings = least) => {
  const faults = faultsOf({ ...base, [name]: value });
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([name]);
  return faults[0];
};
const namesOf = (faults: readonly string[]) => faults.map((fault) => fault.split(':')[0]).toSorted();

const folder = mkdtempSync(join(tmpdir(), 'config-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('loadConfig', () => {
  it('needs no more than where the servers are and how to sign in to them', () => {
    expect(faultsOf(least)).toEqual([]);
    for (const name of Object.keys(least)) expect(faultOf(name, '')).toContain('set it');
  });

  it('has the defaults of the specification', () => {
    expect(loadConfig(least)).toMatchObject({
      production: false,
      instanceId: 'service-1',
      http: {
        host: '127.0.0.1',
        port: 3001,
        publicUrl: 'http://localhost:8080',
        corsOrigins: ['http://localhost:8080'],
      },
      log: { level: 'info', format: 'pretty' },
      keycloak: { clientId: 'realtime-service', allowedClients: ['web'], realmUrl: least.KEYCLOAK_ISSUER },
      livekit: { tokenTtl: 120_000 },
      redis: { url: least.REDIS_URL },
      turn: null,
      sfu: { adapter: 'livekit' },
      rooms: { seatLease: 60_000, emptyGrace: 15_000 },
      presence: { lease: 6_000 },
      sockets: { resumeWithin: 120_000, tokenWarning: 30_000 },
      limits: {
        'create-room': { points: 5, per: 60_000 },
        join: { points: 20, per: 60_000 },
        chat: { points: 10, per: 1_000 },
        'socket-event': { points: 50, per: 1_000 },
      },
      tracing: { zipkinUrl: undefined, sampleRatio: 0.1, slowAfter: 1_000 },
      commit: 'unknown',
    });
  });

  it('reports every fault at once, by variable', () => {
    const wrong = {
      NODE_ENV: 'staging',
      HOST: '',
      PORT: '70000',
      PUBLIC_URL: 'meet.test',
      LOG_LEVEL: 'loud',
      MONGO_URL: 'postgres://db',
      REDIS_URL: '127.0.0.1:6379',
      KEYCLOAK_ISSUER: 'ftp://login.test',
      KEYCLOAK_CLIENT_SECRET: 'short',
      LIVEKIT_PUBLIC_URL: 'https://livekit.test',
      LIVEKIT_TOKEN_TTL: 'soon',
      TURN_URLS: 'https://turn.test',
      TURN_SECRET: 'short',
      TURN_TTL: '1s',
      SFU: 'mediasoup',
      CLOUDFLARE_APP_SECRET: 'short',
      CLOUDFLARE_API_URL: 'ftp://cloudflare.test',
      SEAT_LEASE: '5',
      PRESENCE_LEASE: '2m',
      SOCKET_RESUME_WITHIN: 'ever',
      SOCKET_TOKEN_WARNING: '0s',
      LIMIT_CREATE_ROOM: '5',
      LIMIT_JOIN: '0/1m',
      LIMIT_CHAT: '10/2s',
      LIMIT_SOCKET_EVENT: 'none',
      TRACE_SAMPLE_RATIO: '2',
    };
    const { HOST: _default, ...reported } = wrong;
    const missing = ['LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET', 'LIVEKIT_URL'];
    expect(namesOf(faultsOf(wrong))).toEqual([...Object.keys(reported), ...missing].toSorted());
  });

  it('reports what production forbids together with what is missing or wrong', () => {
    const { LIVEKIT_URL: _, ...rest } = production;
    const faults = faultsOf({
      ...rest,
      LIVEKIT_API_KEY: 'devkey',
      KEYCLOAK_ISSUER: 'http://login.test/realms/x',
      PORT: '0',
    });
    expect(namesOf(faults)).toEqual(['KEYCLOAK_ISSUER', 'LIVEKIT_API_KEY', 'LIVEKIT_URL', 'PORT']);
  });

  it('says all of it in its message, a line for each', () => {
    expect(() => loadConfig({})).toThrow(
      /^The service cannot start: 8 setting\(s\) to mend\.(\n {2}[A-Z_]+: is missing; set it){8}$/,
    );
  });

  it.each([
    ['PORT', 'http', /1.*65535/],
    ['PORT', '0', /1/],
    ['PORT', '80.5', /1.*65535/],
    ['PUBLIC_URL', 'localhost:8080', /such as http:\/\/host:port/],
    ['MONGO_URL', 'localhost:27017', /such as mongodb:\/\/host:port/],
    ['REDIS_URL', 'localhost:6379', /such as redis:\/\/host:port \(redis, rediss\)/],
    ['LIVEKIT_PUBLIC_URL', 'https://livekit.test', /such as ws:\/\/host:port \(ws, wss\)/],
    ['LOG_LEVEL', 'verbose', /error.*warn.*info.*debug/],
    ['LIVEKIT_API_SECRET', 'too-short', /at least 32 characters/],
    ['KEYCLOAK_CLIENT_SECRET', 'too-short', /at least 16 characters/],
    ['TURN_URLS', 'turn.test:3478', /such as turn:host:3478/],
    ['TURN_TTL', '3d', /between 60000 ms and 172800000 ms/],
    ['SEAT_LEASE', '60', /for example 500ms, 15s or 2m/],
    ['SEAT_LEASE', '0s', /between 1000 ms and 3600000 ms/],
    ['PRESENCE_LEASE', '61s', /between 1000 ms and 60000 ms/],
    ['LIMIT_JOIN', '20', /for example 10\/1s, 5\/1m or 100\/1h/],
    ['CHAIN_CONTRACT', '0x5FbDB2315678afecb367f032d93F642f64180a', /0x and 40 hex digits/],
    ['CHAIN_CONTRACT', '5FbDB2315678afecb367f032d93F642f64180aa3', /0x and 40 hex digits/],
    ['CHAIN_START_BLOCK', '-1', /from 0/],
    ['CHAIN_CONFIRMATIONS', '1001', /from 0 to 1000/],
    ['CHAIN_KEYSTORE_PASSWORD', 'too-short', /at least 16 characters/],
    ['CHAIN_SIGNER_URL', 'signer.test:9000', /such as http:\/\/host:port/],
    ['CHAIN_REPLACE_AFTER', '0s', /between 1000 ms and 3600000 ms/],
    ['CHAIN_MAX_FEE_GWEI', '0.5', /from 1 to 1000000/],
    ['CHAIN_LOW_BALANCE', 'some', /a number of ether/],
    ['TRACE_SAMPLE_RATIO', '1.1', /1/],
    ['TRACE_SAMPLE_RATIO', 'half', /0.*1/],
  ])('says of %s=%s what to write instead', (name, value, remedy) => {
    expect(faultOf(name, value)).toMatch(remedy);
  });

  it('never repeats a wrong value, which may be a secret in the wrong place', () => {
    const wrong = 'hunter2-hunter2';
    for (const name of Object.keys(environmentSchema.shape))
      expect(faultsOf({ ...least, [name]: wrong }).join()).not.toContain(wrong);
  });

  it.each([
    ['250ms', 250],
    ['15s', 15_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    [' 15 s ', 15_000],
  ])('reads %j as a length of time', (text, milliseconds) => {
    expect(loadConfig({ ...least, ROOM_EMPTY_GRACE: text }).rooms.emptyGrace).toBe(milliseconds);
  });

  it.each(['-1s', '1.5s', '1', 's', '1s2', '1 week', 'Infinitys', '1e3s'])(
    'refuses %j as a length of time',
    (text) => {
      expect(faultOf('ROOM_EMPTY_GRACE', text)).toContain('length of time');
    },
  );

  it('takes the ends of a range, and nothing beyond them', () => {
    const ttl = (text: string) => loadConfig({ ...least, LIVEKIT_TOKEN_TTL: text }).livekit.tokenTtl;
    expect([ttl('10s'), ttl('1h')]).toEqual([10_000, 3_600_000]);
    expect(faultOf('LIVEKIT_TOKEN_TTL', '9999ms')).toContain('between');
    expect(faultOf('LIVEKIT_TOKEN_TTL', '61m')).toContain('between');
  });

  it.each(['turn:turn.test', 'turn:192.0.2.7:3478?transport=udp', 'turns:[2001:db8::7]:443?transport=tcp'])(
    'takes the TURN server %s, with the secret that it shares with us',
    (url) => {
      const config = loadConfig({ ...least, TURN_URLS: url, TURN_SECRET: 'a-turn-secret-of-our-own' });
      expect(config.turn).toMatchObject({ urls: [url], ttl: 8 * 3_600_000 });
      expect(JSON.stringify(config)).not.toContain('a-turn-secret-of-our-own');
    },
  );

  it('asks for the secret of the TURN servers that it is given', () => {
    expect(faultsOf({ ...least, TURN_URLS: 'turn:turn.test' })).toEqual([
      'TURN_SECRET: is missing; set it, or leave TURN_URLS out',
    ]);
  });

  const cloudflare = { SFU: 'cloudflare', CLOUDFLARE_APP_ID: 'an-app' };

  it('takes Cloudflare for the SFU, with the app and the secret that it needs', () => {
    const settings = { ...least, ...cloudflare, CLOUDFLARE_APP_SECRET: 'an-app-secret-of-our-own' };
    const config = loadConfig(settings);
    expect(config.sfu).toMatchObject({
      adapter: 'cloudflare',
      appId: 'an-app',
      url: 'https://rtc.live.cloudflare.com/v1',
    });
    expect(inspect(config, { depth: 9, showHidden: true })).not.toContain('an-app-secret-of-our-own');
    expect(loadConfig({ ...settings, SFU: 'livekit' }).sfu).toEqual({ adapter: 'livekit' });
  });

  it('says what Cloudflare needs, together with all else', () => {
    expect(faultsOf({ ...least, SFU: 'cloudflare', PORT: 'x' }).toSorted()).toEqual([
      'CLOUDFLARE_APP_ID: is missing; SFU=cloudflare needs it',
      'CLOUDFLARE_APP_SECRET: is missing; SFU=cloudflare needs it',
      expect.stringContaining('PORT'),
    ]);
    expect(namesOf(faultsOf({ ...least, ...cloudflare, CLOUDFLARE_APP_SECRET: 'short' }))).toEqual([
      'CLOUDFLARE_APP_SECRET',
    ]);
  });

  const chain = {
    CHAIN_URL: 'wss://node.test/a-key',
    CHAIN_CONTRACT: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  };
  const keystores = {
    CHAIN_KEYSTORES: '/keystores',
    CHAIN_KEYSTORE_PASSWORD: 'a-keystore-password-of-our-own',
  };

  it('opens the door of the contract by the address of a node, with all that it needs', () => {
    expect(loadConfig({ ...least, ...keystores }).chain).toBeNull();
    const config = loadConfig({ ...least, ...chain, ...keystores });
    expect(config.chain).toMatchObject({
      url: chain.CHAIN_URL,
      contract: chain.CHAIN_CONTRACT.toLowerCase(),
      startBlock: 0,
      confirmations: 3,
      replaceAfter: 45_000,
      maxFee: '500000000000',
      lowBalance: 0.1,
      wallets: { kind: 'keystores', folder: '/keystores' },
    });
    const printed = [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)].join();
    expect(printed).not.toContain(keystores.CHAIN_KEYSTORE_PASSWORD);
  });

  it('takes a signer elsewhere instead of keystores, and before them', () => {
    const signer = { ...least, ...chain, CHAIN_SIGNER_URL: 'http://signer.test:9000' };
    const wallets = { kind: 'external', url: 'http://signer.test:9000' };
    expect(loadConfig(signer).chain?.wallets).toEqual(wallets);
    expect(loadConfig({ ...signer, ...keystores }).chain?.wallets).toEqual(wallets);
  });

  it('says what the door of the contract needs, together with all else', () => {
    expect(faultsOf({ ...least, CHAIN_URL: chain.CHAIN_URL, PORT: 'x' }).toSorted()).toEqual([
      'CHAIN_CONTRACT: is missing; CHAIN_URL needs it',
      'CHAIN_KEYSTORES: is missing; CHAIN_URL needs it, or CHAIN_SIGNER_URL',
      'CHAIN_KEYSTORE_PASSWORD: is missing; CHAIN_URL needs it, or CHAIN_SIGNER_URL',
      expect.stringContaining('PORT'),
    ]);
    expect(faultsOf({ ...least, ...chain, CHAIN_KEYSTORES: '/keystores' })).toEqual([
      'CHAIN_KEYSTORE_PASSWORD: is missing; CHAIN_URL needs it, or CHAIN_SIGNER_URL',
    ]);
    const { CHAIN_CONTRACT: _, ...rest } = { ...chain, CHAIN_SIGNER_URL: 'http://signer.test:9000' };
    expect(faultsOf({ ...least, ...rest })).toEqual(['CHAIN_CONTRACT: is missing; CHAIN_URL needs it']);
  });

  it('speaks to the node by WebSocket, and says so of any other address', () => {
    const fault = faultOf('CHAIN_URL', 'http://node.test:8545', { ...least, ...chain, ...keystores });
    expect(fault).toMatch(/such as ws:\/\/host:port \(ws, wss\)/);
  });

  it('has the highest fee to the wei, as large as may be asked for', () => {
    const config = loadConfig({ ...least, ...chain, ...keystores, CHAIN_MAX_FEE_GWEI: '1000000' });
    expect(config.chain?.maxFee).toBe('1000000000000000');
  });

  const bucket = { RECORDINGS_S3_BUCKET: 'meetings', RECORDINGS_S3_ACCESS_KEY: 'a-key' };

  it('takes a bucket for recordings, with the keys that it needs', () => {
    expect(loadConfig(least).recordings).toMatchObject({ recorder: 'embedded', atOnce: 2, bucket: null });
    const config = loadConfig({ ...least, ...bucket, RECORDINGS_S3_SECRET_KEY: 'a-bucket-secret' });
    expect(config.recordings.bucket).toMatchObject({ name: 'meetings', prefix: 'recordings/' });
    expect(inspect(config, { depth: 9, showHidden: true })).not.toContain('a-bucket-secret');
    expect(faultsOf({ ...least, ...bucket })).toEqual([
      'RECORDINGS_S3_SECRET_KEY: is missing; RECORDINGS_S3_BUCKET needs it',
    ]);
  });

  it('reads lists without blanks', () => {
    const config = loadConfig({ ...least, KEYCLOAK_ALLOWED_CLIENTS: ' web, mobile ,,' });
    expect(config.keycloak.allowedClients).toEqual(['web', 'mobile']);
  });

  it('takes a URL without its trailing slash, so that paths can be appended', () => {
    const config = loadConfig({ ...least, KEYCLOAK_ISSUER: 'https://login.test/realms/meetings/' });
    expect(config.keycloak.issuer).toBe('https://login.test/realms/meetings');
  });

  it.each([
    'mongodb://a.test:27017,b.test:27017,c.test:27017/realtime?replicaSet=rs0',
    'mongodb://user:pass%2Fword@a.test:27017,b.test:27017/realtime',
    'mongodb+srv://cluster.test/realtime',
    'mongodb://[::1]:27017/realtime',
  ])('takes every form of a MongoDB URL: %s', (url) => {
    expect(loadConfig({ ...least, MONGO_URL: url }).mongo.url).toBe(url);
  });

  it('reaches Keycloak where it is told to, when that differs from the issuer', () => {
    const { keycloak } = loadConfig({
      ...least,
      KEYCLOAK_INTERNAL_URL: 'http://keycloak:8080/realms/meetings',
    });
    expect(keycloak).toMatchObject({
      issuer: least.KEYCLOAK_ISSUER,
      realmUrl: 'http://keycloak:8080/realms/meetings',
    });
  });

  it('logs readably in development and JSON in production, unless told otherwise', () => {
    expect(loadConfig(least).log.format).toBe('pretty');
    expect(loadConfig(production).log.format).toBe('json');
    expect(loadConfig({ ...production, LOG_FORMAT: 'pretty' }).log.format).toBe('pretty');
  });

  it('takes no notice of variables that are not its own', () => {
    expect(loadConfig({ ...least, PATH: '/bin', LIVEKIT_SECRET: 'x' })).toEqual(loadConfig(least));
  });

  it('holds secrets as such: nothing that prints the configuration prints them', () => {
    const config = loadConfig(least);
    const printed = [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)].join();
    expect(printed).toContain('[secret]');
    expect(printed).not.toContain(least.LIVEKIT_API_SECRET);
    expect(printed).not.toContain(least.KEYCLOAK_CLIENT_SECRET);
    expect(config.livekit.apiSecret.reveal()).toBe(least.LIVEKIT_API_SECRET);
  });

  it('cannot be changed, at any depth', () => {
    const config = loadConfig(least);
    expect(Object.isFrozen(config)).toBe(true);
    for (const part of Object.values(config)) expect(Object.isFrozen(part)).toBe(true);
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
    expect(() => config.http.corsOrigins.push('*')).toThrow(TypeError);
    expect(() => config.keycloak.allowedClients.push('*')).toThrow(TypeError);
  });
});

describe('a setting given as a file', () => {
  it('is read from it, without the line end that an editor leaves', () => {
    const { LIVEKIT_API_SECRET: value, ...rest } = least;
    const config = loadConfig({ ...rest, LIVEKIT_API_SECRET_FILE: file('secret', `${value}\n`) });
    expect(config.livekit.apiSecret.reveal()).toBe(value);
  });

  it('gives way to the variable itself', () => {
    const config = loadConfig({ ...least, PORT: '4000', PORT_FILE: file('port', '5000') });
    expect(config.http.port).toBe(4_000);
  });

  it('is taken when the variable is there and empty, as compose files leave them', () => {
    const config = loadConfig({ ...least, PORT: '', PORT_FILE: file('port', '5000') });
    expect(config.http.port).toBe(5_000);
  });

  it('that cannot be read is a fault, by the name of the variable that names it', () => {
    const faults = faultsOf({ ...least, PORT_FILE: join(folder, 'missing') });
    expect(faults).toEqual(['PORT_FILE: the file cannot be read']);
  });

  it('is judged like any other', () => {
    const faults = faultsOf({ ...least, PORT_FILE: file('wrong', 'many') });
    expect(namesOf(faults)).toEqual(['PORT']);
  });
});

describe('in production', () => {
  it('starts with settings of its own', () => {
    expect(loadConfig(production).production).toBe(true);
  });

  it.each([
    ['LIVEKIT_API_KEY', 'devkey', 'set one of your own'],
    ['LIVEKIT_API_SECRET', 'devsecret-devsecret-devsecret-devsecret', 'set one of your own'],
    ['KEYCLOAK_CLIENT_SECRET', 'realtime-service-dev-secret', 'set one of your own'],
    ['TURN_SECRET', 'turn-dev-secret-turn-dev-secret', 'set one of your own'],
    ['CLOUDFLARE_APP_SECRET', 'cloudflare-dev-secret-cloudflare-dev-secret', 'set one of your own'],
    ['CHAIN_KEYSTORE_PASSWORD', 'chain-dev-password-chain-dev-password', 'set one of your own'],
    ['CLOUDFLARE_API_URL', 'http://cloudflare.test', 'must be https'],
    ['KEYCLOAK_ISSUER', 'http://login.test/realms/meetings', 'must be https'],
    ['PUBLIC_URL', 'http://meet.test', 'must be https'],
    ['LIVEKIT_PUBLIC_URL', 'ws://livekit.test', 'must be wss'],
    ['CORS_ORIGINS', '*', 'must name its origins'],
    ['CORS_ORIGINS', 'https://meet.test, *', 'must name its origins'],
  ])('refuses %s=%s, which development takes', (name, value, remedy) => {
    expect(faultsOf({ ...least, [name]: value })).toEqual([]);
    expect(faultOf(name, value, production)).toContain(remedy);
  });

  it('refuses the address of development that PUBLIC_URL has by default', () => {
    expect(namesOf(faultsOf({ ...least, NODE_ENV: 'production' }))).toContain('PUBLIC_URL');
  });

  it('refuses schemes whatever their case', () => {
    expect(faultOf('KEYCLOAK_ISSUER', 'HTTP://login.test/realms/meetings', production)).toContain('https');
    expect(faultOf('LIVEKIT_PUBLIC_URL', 'WS://livekit.test', production)).toContain('wss');
  });

  it('refuses a development secret that comes from a file', () => {
    const { LIVEKIT_API_KEY: _, ...rest } = production;
    const faults = faultsOf({ ...rest, LIVEKIT_API_KEY_FILE: file('key', 'devkey\n') });
    expect(namesOf(faults)).toEqual(['LIVEKIT_API_KEY']);
  });

  it('knows every secret that the development stack has', () => {
    expect(faultOf('KEYCLOAK_CLIENT_SECRET', dev.serviceClientSecret, production)).toContain('development');
    expect(faultOf('LIVEKIT_API_KEY', dev.livekitKey, production)).toContain('development');
    expect(faultOf('LIVEKIT_API_SECRET', dev.livekitSecret, production)).toContain('development');
    expect(faultOf('TURN_SECRET', dev.turnSecret, production)).toContain('development');
    expect(faultOf('CHAIN_KEYSTORE_PASSWORD', dev.chainKeystorePassword, production)).toContain(
      'development',
    );
  });
});

describe('config/service.env.example', () => {
  const example = readFileSync(join(import.meta.dirname, '../../config/service.env.example'), 'utf8');
  const lines = example.split('\n').flatMap((line) => {
    const [, comment, name = '', value = ''] = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, value, optional: comment === '#' }];
  });

  it('names exactly the variables of the schema, each once', () => {
    expect(lines.map(({ name }) => name).toSorted()).toEqual(Object.keys(environmentSchema.shape).toSorted());
  });

  it('leaves without a comment sign exactly those that must be set', () => {
    const required = lines.filter(({ optional }) => !optional).map(({ name }) => name);
    expect(required.toSorted()).toEqual(namesOf(faultsOf({})));
  });

  it('shows the true defaults of the others', () => {
    const shown = Object.fromEntries(
      lines.filter(({ optional }) => optional).map(({ name, value }) => [name, value]),
    );
    expect(loadConfig({ ...least, ...shown })).toEqual(loadConfig(least));
  });

  it('starts the service once what is left empty is filled in', () => {
    const given = Object.fromEntries(
      lines.filter(({ optional }) => !optional).map(({ name, value }) => [name, value]),
    );
    const empty = namesOf(faultsOf(given));
    expect(empty).toEqual(['KEYCLOAK_CLIENT_SECRET', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET']);
  });
});
