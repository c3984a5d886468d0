import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import express, { type Express } from 'express';
import request from 'supertest';
import { z } from 'zod';
import { readableLogger } from '../../test/support/readable-logger.ts';
import type { Principal } from '../auth/index.ts';
import { ServiceError } from '../errors.ts';
import type { Quota, RateLimits } from '../limits/index.ts';
import { createErrorHandler, notFound } from './error-handler.ts';
import { mountRoutes } from './mount.ts';
import { type Access, type Answer, defineRoute, type Route } from './route.ts';

const alice: Principal = { user: { id: 'alice', name: 'Alice' }, sessionId: null, issuedAt: 0, expiresAt: 1 };
const KIB = 1_024;
/** JSON of exactly so many bytes. */
const jsonOf = (bytes: number) => JSON.stringify({ title: 'a'.repeat(bytes - 12) });

const base = {
  tag: 'Test',
  summary: 'A test.',
  answers: { 200: { description: 'Done.' } },
  problems: [],
} as const;
const thing = z.strictObject({
  title: z.string().min(1),
  parts: z.array(z.object({ size: z.int() })).optional(),
});

let calls: { principal: unknown; params: unknown; query: unknown; body: unknown }[];
const noting =
  (answer: Answer = { status: 200, body: { ok: true } }) =>
  async ({ principal, params, query, body }: (typeof calls)[number]): Promise<Answer> => {
    calls.push({ principal, params, query, body });
    return answer;
  };
const guarded = (access: Access) =>
  defineRoute({ ...base, method: 'get', path: `/${access}`, access, handle: noting() });

function routes(): Route[] {
  return [
    defineRoute({
      ...base,
      method: 'post',
      path: '/things',
      access: 'public',
      body: thing,
      handle: noting(),
    }),
    defineRoute({
      ...base,
      method: 'put',
      path: '/things',
      access: 'public',
      body: thing,
      bodyOptional: true,
      handle: noting(),
    }),
    defineRoute({
      ...base,
      method: 'get',
      path: '/things/{thingId}',
      access: 'public',
      params: z.object({ thingId: z.string().regex(/^\w+$/) }),
      query: z.object({ limit: z.coerce.number().max(10).default(5) }),
      handle: noting(),
    }),
    defineRoute({
      ...base,
      method: 'delete',
      path: '/things/{thingId}',
      access: 'public',
      handle: noting({ status: 204 }),
    }),
    defineRoute({
      ...base,
      method: 'get',
      path: '/elsewhere',
      access: 'public',
      handle: noting({ status: 201, headers: { Location: '/here', 'Cache-Control': 'max-age=1' } }),
    }),
    defineRoute({
      ...base,
      method: 'post',
      path: '/text',
      access: 'signed',
      text: ['text/plain'],
      body: z.string().min(1),
      handle: noting(),
    }),
    defineRoute({
      ...base,
      method: 'get',
      path: '/plain',
      access: 'public',
      answers: { 200: { description: 'Done.', type: 'application/sdp' } },
      handle: noting({ status: 200, body: 'v=0', headers: { Link: ['<a>', '<b>'] } }),
    }),
    defineRoute({
      ...base,
      method: 'post',
      path: '/rooms/{roomId}/break',
      access: 'user',
      handle: () => Promise.reject(new Error('broken')),
    }),
    defineRoute({
      ...base,
      method: 'post',
      path: '/refused/{userId}',
      access: 'public',
      params: z.object({ userId: z.string() }),
      query: z.object({ cursor: z.string().optional(), limit: z.coerce.number().default(5) }),
      body: z.object({ maxParticipants: z.int().optional(), parts: z.array(z.int()).optional() }),
      handle: () => Promise.reject(refusal),
    }),
    defineRoute({
      ...base,
      method: 'post',
      path: '/limited/{thingId}',
      access: 'user',
      limit: 'join',
      body: thing,
      handle: noting(),
    }),
    ...(['public', 'optional', 'user', 'administrator', 'signed'] as const).map(guarded),
  ];
}

/** What the core refuses with. */
let refusal: unknown;
/** What is left for whom; takes are noted. */
let quota: Partial<Quota>;
let taken: [string, string][];
const limits: RateLimits = {
  async take(name, key) {
    taken.push([name, key]);
    return { name, allowed: true, points: 20, remaining: 19, resetAfter: 41_500, per: 60_000, ...quota };
  },
};

let app: Express;
let log: ReturnType<typeof readableLogger>;
beforeEach(() => {
  calls = [];
  quota = {};
  taken = [];
  app = express();
  const guards = {
    tokens: {
      async verify(token: string) {
        if (token !== 'good') throw new ServiceError('TOKEN_INVALID', 'bad');
        return alice;
      },
    },
    administrator: [
      () => {
        throw new ServiceError('FORBIDDEN', 'This is for administrators.');
      },
    ],
    limits,
  };
  app.use('/api', mountRoutes(routes(), guards));
  app.use(notFound);
  log = readableLogger();
  app.use(createErrorHandler(log.logger));
});

describe('a route', () => {
  it('that fails is logged with the room and the user that it was about', async () => {
    await request(app).post('/api/rooms/r1/break').auth('good', { type: 'bearer' }).expect(500);
    expect(log.lines()).toMatchObject([{ event: 'request.failed', roomId: 'r1', userId: 'alice' }]);
  });

  it('gets its input parsed: address, query with defaults, body', async () => {
    await request(app).get('/api/things/a1?limit=7').expect(200, { ok: true });
    await request(app).get('/api/things/a1').expect(200);
    await request(app)
      .post('/api/things')
      .send({ title: 'x', parts: [{ size: 1 }] })
      .expect(200);
    expect(calls).toMatchObject([
      { params: { thingId: 'a1' }, query: { limit: 7 } },
      { query: { limit: 5 } },
      { body: { title: 'x', parts: [{ size: 1 }] } },
    ]);
  });

  it('answers what its handler answers, which nobody may keep unless it says so', async () => {
    const plain = await request(app).get('/api/things/a1');
    expect(plain.headers['cache-control']).toBe('no-store');
    const other = await request(app).get('/api/elsewhere').expect(201);
    expect(other.headers).toMatchObject({ location: '/here', 'cache-control': 'max-age=1' });
    const empty = await request(app).delete('/api/things/a1').expect(204);
    expect(empty.text).toBe('');
  });

  it('names every bad field by its path, of the address, the query and the body at once', async () => {
    const body = await request(app)
      .post('/api/things')
      .send({ title: '', parts: [{ size: 1 }, { size: 'big' }] })
      .expect(400);
    expect(body.body).toMatchObject({
      code: 'INVALID_REQUEST',
      detail: '2 field(s) are not as they must be.',
    });
    expect(body.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'body.title',
      'body.parts.1.size',
    ]);
    const address = await request(app).get('/api/things/!?limit=99').expect(400);
    expect(address.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'params.thingId',
      'query.limit',
    ]);
    expect(calls).toEqual([]);
  });

  it('names each unknown field by its own path, at once with what else is wrong', async () => {
    const answer = await request(app)
      .post('/api/things')
      .send({ title: '', status: 'ENDED', hostId: 'me', parts: [] })
      .expect(400);
    expect(answer.body.detail).toBe('3 field(s) are not as they must be.');
    expect(answer.body.errors.map((error: { path: string }) => error.path).toSorted()).toEqual([
      'body.hostId',
      'body.status',
      'body.title',
    ]);
    const alone = await request(app).post('/api/things').send({ title: 'x', status: 'ENDED' }).expect(400);
    expect(alone.body.errors).toEqual([{ path: 'body.status', message: expect.any(String) }]);
    expect(calls).toEqual([]);
  });

  it.each<[field: string, where: string]>([
    ['maxParticipants', 'body.maxParticipants'],
    ['parts.1', 'body.parts.1'],
    ['userId', 'params.userId'],
    ['cursor', 'query.cursor'],
    ['limit', 'query.limit'],
    ['elsewhere', 'elsewhere'],
    ['constructor', 'constructor'],
  ])('says where the field stood that the core names: %s is %s', async (field, where) => {
    const fields = [{ path: field, message: 'is too small' }];
    refusal = new ServiceError('TOO_FEW_SEATS', 'too small', { fields, retryAfter: 1_500 });
    const answer = await request(app)
      .post('/api/refused/ann?cursor=abc')
      .send({ maxParticipants: 2, parts: [1, 2] });
    expect(answer.body).toMatchObject({
      code: 'TOO_FEW_SEATS',
      detail: 'too small',
      errors: [{ path: where, message: 'is too small' }],
    });
    expect(answer.headers['retry-after']).toBe('2');
  });

  it('passes on as it is what names no field', async () => {
    refusal = new ServiceError('ROOM_NOT_FOUND', 'no such room');
    const answer = await request(app).post('/api/refused/ann').send({}).expect(404);
    expect(answer.body).toMatchObject({ code: 'ROOM_NOT_FOUND', detail: 'no such room' });
    expect(answer.body.errors).toBeUndefined();
  });

  it('answers another method with 405 and those that it takes', async () => {
    const answer = await request(app).patch('/api/things/a1').expect(405);
    expect(answer.headers['allow']).toBe('GET, DELETE');
    expect(answer.body).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    await request(app).get('/api/things').expect(405).expect('Allow', 'POST, PUT');
  });

  it('answers HEAD as GET, without the body', async () => {
    const answer = await request(app).head('/api/things/a1').expect(200);
    expect(answer.text).toBeUndefined();
  });

  it('answers 404 for what is not there', async () => {
    await request(app).get('/api/nothing').expect(404);
    await request(app).get('/things/a1').expect(404);
  });
});

describe('a body', () => {
  const post = (type: string) => request(app).post('/api/things').set('content-type', type);

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/merge-patch+json',
    'APPLICATION/JSON',
  ])('may come as %s', async (type) => {
    await post(type).send('{"title":"x"}').expect(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'may not come as %s: 415',
    async (type) => {
      const answer = await post(type).send('{"title":"x"}').expect(415);
      expect(answer.body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    },
  );

  it('may not come in another character set or an unknown encoding: 415', async () => {
    await post('application/json; charset=latin1').send('{"title":"x"}').expect(415);
    await post('application/json').set('content-encoding', 'x-own').send('{"title":"x"}').expect(415);
  });

  it.each(['{', '{"title":', 'hello', '"text"', '42', 'null', '{"title":"x"}}'])(
    'that is not a JSON object is 400, and not shown back: %s',
    async (text) => {
      const answer = await post('application/json').send(text).expect(400);
      expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: 'body' }] });
    },
  );

  it('may have 64 KiB, and not one byte more', async () => {
    await post('application/json')
      .send(jsonOf(64 * KIB))
      .expect(200);
    const answer = await post('application/json')
      .send(jsonOf(64 * KIB + 1))
      .expect(413);
    expect(answer.body).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('may not grow beyond that when it is unpacked', async () => {
    const bomb = gzipSync(jsonOf(1_024 * KIB));
    expect(bomb.length).toBeLessThan(64 * KIB);
    const packed = post('application/json').set('content-encoding', 'gzip');
    packed.write(bomb);
    expect((await packed).status).toBe(413);
  });

  it('that is missing is 400 where one is needed, and empty where it may be left out', async () => {
    const answer = await request(app).post('/api/things').expect(400);
    expect(answer.body.errors).toMatchObject([{ path: 'body' }]);
    const optional = await request(app).put('/api/things').expect(400);
    expect(optional.body.errors).toMatchObject([{ path: 'body.title' }]);
  });

  it('cannot reach past its own fields by a name that JavaScript knows', async () => {
    await post('application/json').send('{"title":"x","__proto__":{"admin":true}}');
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('that is text comes as it is', async () => {
    await request(app).post('/api/text').set('content-type', 'text/plain').send('a.b.c').expect(200);
    expect(calls[0]?.body).toBe('a.b.c');
  });

  it('is refused where it comes as something else, and where it is too large', async () => {
    const as = (type: string) => request(app).post('/api/text').set('content-type', type);
    const wrong = await as('application/json').send('{}').expect(415);
    expect(wrong.body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send text/plain.' });
    await as('text/plain')
      .send('a'.repeat(64 * KIB + 1))
      .expect(413);
    await request(app).post('/api/text').expect(400);
    expect(calls).toEqual([]);
  });

  it('is answered as it is, and as the type that the route says, letter by letter', async () => {
    const answer = await request(app).get('/api/plain').responseType('blob').expect(200);
    expect(answer.headers['content-type']).toBe('application/sdp');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['link']).toBe('<a>, <b>');
    expect(Buffer.from(answer.body).toString()).toBe('v=0');
  });
});

describe('who may call', () => {
  const get = (access: Access, token?: string) => {
    const call = request(app).get(`/api/${access}`);
    return token === undefined ? call : call.set('authorization', token);
  };

  it('is anybody for a public route and for a signed one, whatever token they send', async () => {
    for (const access of ['public', 'signed'] as const) {
      await get(access).expect(200);
      await get(access, 'Bearer bad').expect(200);
    }
    expect(calls.map(({ principal }) => principal)).toEqual([null, null, null, null]);
  });

  it('is who is signed in for a user’s route', async () => {
    await get('user', 'Bearer good').expect(200);
    await get('user', 'bearer good').expect(200);
    expect(calls.map(({ principal }) => principal)).toEqual([alice, alice]);
    expect((await get('user').expect(401)).body).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await get('user', 'Bearer bad').expect(401)).body).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('is anybody for an optional route, by name when signed in, and not with a bad token', async () => {
    await get('optional').expect(200);
    await get('optional', 'Bearer good').expect(200);
    await get('optional', 'Bearer bad').expect(401);
    expect(calls.map(({ principal }) => principal)).toEqual([null, alice]);
  });

  it('is who the guard lets through for an administrator’s route, once signed in', async () => {
    expect((await get('administrator').expect(401)).body).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await get('administrator', 'Bearer good').expect(403)).body).toMatchObject({ code: 'FORBIDDEN' });
    expect(calls).toEqual([]);
  });

  it.each(['Basic good', 'Bearer', 'Bearer ', 'Bearer good good', 'good', 'Bearer  good'])(
    'must say so as a bearer: %j is refused',
    async (header) => {
      expect((await get('user', header).expect(401)).body).toMatchObject({ code: 'TOKEN_INVALID' });
    },
  );

  it('is asked before anything that was sent is read', async () => {
    const secured = express();
    const route = defineRoute({
      ...base,
      method: 'post',
      path: '/things',
      access: 'user',
      body: thing,
      handle: noting(),
    });
    secured.use(mountRoutes([route], { tokens: { verify: async () => alice }, administrator: [], limits }));
    secured.use(createErrorHandler(readableLogger().logger));
    await request(secured).post('/things').set('content-type', 'application/json').send('{').expect(401);
    await request(secured).post('/things').set('content-type', 'text/plain').send('x').expect(401);
  });
});

describe('a limit', () => {
  const post = (token = 'good') => request(app).post('/api/limited/a1').auth(token, { type: 'bearer' });

  it('is taken once by who is signed in, and every answer says what is left', async () => {
    const answer = await post().send({ title: 'x' }).expect(200);
    expect(answer.headers).toMatchObject({
      'ratelimit-policy': '"join";q=20;w=60',
      ratelimit: '"join";r=19;t=42',
    });
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(taken).toEqual([['join', 'alice']]);
  });

  it('is told by a refusal of another kind too', async () => {
    const answer = await post().send({}).expect(400);
    expect(answer.headers['ratelimit']).toBe('"join";r=19;t=42');
  });

  it('that is used up is 429, says when to try again, and calls nothing', async () => {
    quota = { allowed: false, remaining: 0 };
    const answer = await post().send({ title: 'x' }).expect(429);
    expect(answer.body).toMatchObject({
      code: 'RATE_LIMITED',
      detail: 'Joins: at most 20 a minute. Try again in 42 s.',
    });
    expect(answer.headers).toMatchObject({
      'ratelimit-policy': '"join";q=20;w=60',
      ratelimit: '"join";r=0;t=42',
      'retry-after': '42',
      'content-type': 'application/problem+json; charset=utf-8',
    });
    expect(calls).toEqual([]);
  });

  it('is looked at before the body is read', async () => {
    quota = { allowed: false };
    await post().set('content-type', 'text/plain').send('x').expect(429);
    await post().set('content-type', 'application/json').send('{').expect(429);
  });

  it('is not taken, and not told, while nobody is known', async () => {
    const answer = await post('bad').send({ title: 'x' }).expect(401);
    expect(answer.headers['ratelimit']).toBeUndefined();
    expect(taken).toEqual([]);
  });

  it('is only where a route has one', async () => {
    const answer = await request(app).get('/api/user').auth('good', { type: 'bearer' }).expect(200);
    expect(answer.headers['ratelimit-policy']).toBeUndefined();
    expect(taken).toEqual([]);
  });
});
