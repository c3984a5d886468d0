import { trace } from '@opentelemetry/api';
import express, { type Request, type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { AccessTokens, Principal } from '../auth/index.ts';
import { type FieldError, ServiceError } from '../errors.ts';
import { type RateLimits, rateLimitFields, tooOften } from '../limits/index.ts';
import { inSpan } from '../telemetry/index.ts';
import type { Access, Route } from './route.ts';

/** spec/2-rooms.md, "Limits". */
export const MAX_BODY = '64kb';

export type Guards = Readonly<{
  tokens: AccessTokens;
  administrator: readonly RequestHandler[];
  limits: RateLimits;
}>;

/**
 * A router of these routes. Each is a line that tells its story in order: authenticate, authorise, limit,
 * read the body, validate, handle. A known path with another method answers 405.
 */
export function mountRoutes(routes: readonly Route[], guards: Guards): Router {
  const router = Router();
  for (const route of routes) {
    router[route.method](
      expressPath(route.path),
      named(route),
      ...authentication(route.access, guards),
      ...limitation(route, guards),
      ...bodyReader(route),
      handler(route),
    );
  }
  for (const [path, allowed] of Map.groupBy(routes, (route) => route.path)) {
    const methods = allowed.map((route) => route.method.toUpperCase()).join(', ');
    router.all(expressPath(path), (_request, response) => {
      response.set('Allow', methods);
      throw new ServiceError('METHOD_NOT_ALLOWED', `Here only ${methods} is answered.`);
    });
  }
  return router;
}

export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/**
 * Names the request's span by the route, not the address: few names, and ids where they can be searched. What is
 * known of the request is kept in `response.locals` for the line that tells of its failure.
 */
function named(route: Route): RequestHandler {
  return (request, response, next) => {
    const path = `${request.baseUrl}${route.path}`;
    const span = trace.getActiveSpan();
    span?.updateName(`${request.method} ${path}`);
    span?.setAttribute('http.route', path);
    const roomId = request.params['roomId'];
    if (typeof roomId === 'string') {
      span?.setAttribute('room.id', roomId);
      response.locals['roomId'] = roomId;
    }
    next();
  };
}

const principals = new WeakMap<Request, Principal>();

function authentication(access: Access, { tokens, administrator }: Guards): readonly RequestHandler[] {
  const authenticate: RequestHandler = async (request, response, next) => {
    const token = bearerToken(request);
    if (token === undefined && access !== 'optional')
      throw new ServiceError('UNAUTHENTICATED', 'Send a Keycloak access token: Authorization: Bearer …');
    if (token !== undefined) {
      const principal = await inSpan('authenticate', {}, () => tokens.verify(token));
      trace.getActiveSpan()?.setAttribute('enduser.id', principal.user.id);
      principals.set(request, principal);
      response.locals['userId'] = principal.user.id;
    }
    next();
  };
  if (access === 'public' || access === 'signed') return [];
  return access === 'administrator' ? [authenticate, ...administrator] : [authenticate];
}

/** From here on every answer, a refusal too, says what is left. Nobody is counted before they are known. */
function limitation({ limit }: Route, { limits }: Guards): readonly RequestHandler[] {
  if (limit === undefined) return [];
  const take: RequestHandler = async (request, response, next) => {
    const userId = principals.get(request)?.user.id;
    if (userId === undefined) throw new Error('a limited route lets in somebody unknown');
    const quota = await inSpan('limit', { 'limit.name': limit }, () => limits.take(limit, userId));
    response.set(rateLimitFields(quota));
    if (!quota.allowed) throw tooOften(quota);
    next();
  };
  return [take];
}

function bearerToken(request: Request): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const [scheme = '', token = '', ...more] = header.split(' ');
  if (scheme.toLowerCase() !== 'bearer' || token === '' || more.length > 0)
    throw new ServiceError('TOKEN_INVALID', 'Write it as: Authorization: Bearer <token>');
  return token;
}

function bodyReader(route: Route): readonly RequestHandler[] {
  if (route.text) {
    const type = [...route.text];
    return [mustBe(type, type.join(' or ')), express.text({ type, limit: MAX_BODY })];
  }
  if (!route.body) return [];
  const type = ['json', '+json'];
  return [mustBe(type, 'JSON'), express.json({ type, limit: MAX_BODY })];
}

/** Refuses a body of another media type. */
function mustBe(types: string[], name: string): RequestHandler {
  return (request, _response, next) => {
    const hasBody = request.headers['content-length'] !== '0';
    // `is` answers null when there is neither length nor encoding.
    if (hasBody && request.is(types) === false)
      throw new ServiceError('UNSUPPORTED_MEDIA_TYPE', `Send ${name}.`);
    next();
  };
}

function handler(route: Route): RequestHandler {
  return async (request, response) => {
    const principal = principals.get(request) ?? null;
    const call = { ...validated(route, request), principal: principal as never, request };
    const answer = await route.handle(call).catch((error: unknown) => {
      throw located(error, call);
    });
    response.status(answer.status).set({ 'Cache-Control': 'no-store', ...answer.headers } as object);
    if (answer.send) return answer.send(response);
    const type = route.answers[answer.status]?.type;
    if (answer.body === undefined) response.end();
    else if (type === undefined) response.json(answer.body);
    // Past Express, which would add a character set: clients compare these types letter by letter.
    else response.setHeader('Content-Type', type).end(answer.body);
  };
}

/** Where a fault lies: zod tells of fields that there are not as one fault of what they stand in. */
const pathsOf = (issue: z.core.$ZodIssue): PropertyKey[][] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** The core names a field; where it stood in the request is for us to say. */
function located(error: unknown, input: Readonly<Record<'params' | 'query' | 'body', unknown>>): unknown {
  if (!(error instanceof ServiceError) || error.fields.length === 0) return error;
  const fields = error.fields.map(({ path, message }) => {
    const name = path.split('.')[0] ?? '';
    const has = (part: unknown) => typeof part === 'object' && part !== null && Object.hasOwn(part, name);
    const where = (['params', 'query', 'body'] as const).find((part) => has(input[part]));
    return { path: where ? `${where}.${path}` : path, message };
  });
  const { code, message, cause, retryAfter } = error;
  return new ServiceError(code, message, {
    cause,
    fields,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function validated(route: Route, request: Request) {
  const faults: FieldError[] = [];
  const parse = (schema: z.ZodType | undefined, where: string, value: unknown): unknown => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      for (const path of pathsOf(issue))
        faults.push({ path: [where, ...path].join('.'), message: issue.message });
    return undefined;
  };
  const sent: unknown = request.body;
  const input = {
    params: parse(route.params, 'params', request.params),
    query: parse(route.query, 'query', request.query),
    body: parse(route.body, 'body', sent === undefined && route.bodyOptional ? {} : sent),
  };
  if (faults.length > 0)
    throw new ServiceError('INVALID_REQUEST', `${faults.length} field(s) are not as they must be.`, {
      fields: faults,
    });
  return input;
}
