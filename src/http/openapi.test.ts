import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import mongoose from 'mongoose';
import { readableLogger } from '../../test/support/readable-logger.ts';
import { chainRoutes } from '../chain/index.ts';
import { Secret } from '../config/index.ts';
import { createLiveKit, createMint, createWhip } from '../livekit/index.ts';
import { createMediaDoor, openRecordings } from '../media/index.ts';
import { createPresence } from '../presence/index.ts';
import { createRealtimeDoor } from '../realtime/index.ts';
import { noChannels, openRooms } from '../rooms/index.ts';
import { healthRoutes } from './health.ts';
import { createOpenApi } from './openapi.ts';
import { PROBLEMS } from './problem.ts';
import { impliedProblems, type Route } from './route.ts';

type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  security: object[];
  requestBody?: { required: boolean; content: object };
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<
    string,
    { description: string; headers?: object; content?: Record<string, { schema: { $ref?: string } }> }
  >;
};
type Document = {
  openapi: string;
  info: { version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: object };
};

const connection = mongoose.createConnection();
const livekitSettings = {
  url: 'http://livekit.test',
  publicUrl: 'wss://livekit.test',
  apiKey: 'a-key',
  apiSecret: new Secret('an-api-secret-of-at-least-32-characters'),
  tokenTtl: 120_000,
};
const now = () => new Date();
const { logger } = readableLogger();

/** Every route of the service, as service.ts puts them together; none is called. */
const core = openRooms({
  connection,
  channels: noChannels,
  source: { now, newId: () => 'an-id' },
  rules: { seatLease: 1, emptyGrace: 1 },
  log: { gap() {}, failed() {}, abandoned() {}, stalled() {} },
  handlers: () => [],
});
const door = createRealtimeDoor({
  config: { livekit: livekitSettings },
  connection,
  rooms: core.rooms,
  presence: createPresence({ rooms: core.rooms }),
  livekit: createLiveKit(livekitSettings, logger),
  mint: createMint({ livekit: livekitSettings, now }),
  iceServersFor: () => [],
  messagingFor: () => null,
  callbacks: { adminAction: async () => {}, backchannelLogout: async () => {} },
  onDisconnected: async () => {},
  onEgress: async () => {},
  logger,
  now,
});
const media = createMediaDoor({
  connection,
  rooms: core.rooms,
  livekit: createLiveKit(livekitSettings, logger),
  mint: createMint({ livekit: livekitSettings, now }),
  whip: createWhip({ url: livekitSettings.url }),
  iceServersFor: () => [],
  logger,
  now,
  newId: () => 'an-id',
});
const recordings = openRecordings({
  config: {
    livekit: livekitSettings,
    recordings: { recorder: 'embedded', dir: '/nowhere', atOnce: 1, maxLength: 1, minFree: 0, bucket: null },
  },
  connection,
  rooms: core.rooms,
  instance: 'an-instance',
  source: { now, newId: () => 'an-id' },
  logger,
});
const chain = chainRoutes({
  mirror: { list: async () => [] },
  store: { list: async () => [], get: async () => null, retry: async () => false },
  wallets: () => [],
  onQueued: () => {},
  logger,
});
const api = [...door.api, ...media.api, ...recordings.routes, ...chain];
const root = healthRoutes({
  dependencies: [],
  stopping: () => false,
  info: { name: 'x', version: '1', commit: 'c', instance: 'i' },
});
const all: [string, Route][] = [
  ...api.map((route): [string, Route] => [`/api/realtime${route.path}`, route]),
  ...root.map((route): [string, Route] => [route.path, route]),
];
const named = all.map(([path, route]): [string, string, Route] => [route.method, path, route]);

let document: Document;
beforeAll(() => {
  const groups = [
    { basePath: '/api/realtime', routes: api },
    { basePath: '', routes: root },
  ];
  const made = createOpenApi(groups, { version: '1.2.3', serverUrl: 'https://meet.test' });
  // As it is served.
  document = JSON.parse(JSON.stringify(made)) as Document;
});
afterAll(async () => {
  await recordings[Symbol.asyncDispose]();
  await core[Symbol.asyncDispose]();
});

const operationOf = (method: string, path: string): Operation => {
  const operation = document.paths[path]?.[method];
  if (!operation) throw new Error(`${method} ${path} is not in the document`);
  return operation;
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('names this build and where it is reached', () => {
    expect(document).toMatchObject({ info: { version: '1.2.3' }, servers: [{ url: 'https://meet.test' }] });
  });

  it('has every route, and nothing that is no route', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(named.map(([method, path]) => `${method} ${path}`).toSorted());
  });

  it('has an id of its own for each operation', () => {
    const ids = named.map(([method, path]) => operationOf(method, path).operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z_]\w*$/);
  });

  it('resolves every reference within itself', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, target]) => target ?? '',
    );
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const [, ...steps] = reference.split('/');
      const target = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });
});

it('limits joins by every door, new rooms and ICE candidates, and nothing else', () => {
  const limited = named.flatMap(([method, path, { limit }]) =>
    limit ? [`${method} ${path}: ${limit}`] : [],
  );
  expect(limited.toSorted()).toEqual([
    'patch /api/realtime/whip/{roomId}/{sessionId}: socket-event',
    'post /api/realtime/rooms/{roomId}/join: join',
    'post /api/realtime/rooms: create-room',
    'post /api/realtime/token: join',
    'post /api/realtime/video/ice: socket-event',
    'post /api/realtime/video/signal: join',
    'post /api/realtime/whip/{roomId}: join',
  ]);
});

describe.each(named)('%s %s', (method, path, route) => {
  it('says what it answers and every refusal, each with its schema', () => {
    const { responses } = operationOf(method, path);
    const refusals = [...route.problems, ...impliedProblems(route)].map((code) => PROBLEMS[code].status);
    const statuses = new Set([...Object.keys(route.answers), ...refusals.map(String)]);
    expect(Object.keys(responses).toSorted()).toEqual([...statuses].toSorted());
    for (const [status, { content, description }] of Object.entries(responses)) {
      expect(description).not.toBe('');
      if (Number(status) >= 400 && !(status in route.answers))
        expect(content?.['application/problem+json']?.schema.$ref).toBe('#/components/schemas/Problem');
    }
  });

  it('names every code that it refuses with', () => {
    const { responses } = operationOf(method, path);
    for (const code of [...route.problems, ...impliedProblems(route)])
      if (!(PROBLEMS[code].status in route.answers))
        expect(responses[PROBLEMS[code].status]?.description).toContain(`\`${code}\``);
  });

  it('says where it tells how often it may be called', () => {
    const { responses } = operationOf(method, path);
    const fields = route.limit ? ['RateLimit', 'RateLimit-Policy'] : [];
    for (const [status, { headers = {} }] of Object.entries(route.answers))
      expect(Object.keys(responses[status]?.headers ?? {}).toSorted()).toEqual(
        [...Object.keys(headers), ...fields].toSorted(),
      );
    expect(Object.keys(responses[429]?.headers ?? {}).toSorted()).toEqual(
      route.limit ? [...fields, 'Retry-After'] : [],
    );
  });

  it('says who may call it', () => {
    const { security } = operationOf(method, path);
    const expected = {
      public: [],
      signed: [],
      optional: [{}, { keycloak: [] }],
      user: [{ keycloak: [] }],
      administrator: [{ keycloak: [] }],
    }[route.access];
    expect(security).toEqual(expected);
  });

  it('says what it takes: each part of its path, and its body', () => {
    const { parameters = [], requestBody } = operationOf(method, path);
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(requestBody !== undefined).toBe(route.body !== undefined);
    if (requestBody) expect(requestBody.required).toBe(!route.bodyOptional);
  });
});
