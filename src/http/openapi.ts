import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ErrorCode } from '../errors.ts';
import { PROBLEMS, problemSchema } from './problem.ts';
import { impliedProblems, type Route } from './route.ts';

export type Described = Readonly<{ basePath: string; routes: readonly Route[] }>;

/**
 * The OpenAPI 3.1 document of all routes, made of the schemas that validate them.
 *
 * @param version the service's own
 */
export function createOpenApi(groups: readonly Described[], options: { version: string; serverUrl: string }) {
  const paths: ZodOpenApiPathsObject = {};
  for (const { basePath, routes } of groups) {
    for (const route of routes) {
      const path = `${basePath}${route.path}`;
      paths[path] = { ...paths[path], [route.method]: operation(route) };
    }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'realtime-service',
      version: options.version,
      description:
        'A Keycloak access token becomes a LiveKit token, and the rooms around it. ' +
        'Routes of rooms, `/video` and `/whip` answer without the prefix `/api/realtime` too. ' +
        'Every refusal is `application/problem+json` with a stable `code`.',
    },
    servers: [{ url: options.serverUrl }],
    paths,
    components: {
      securitySchemes: {
        keycloak: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A Keycloak access token.',
        },
      },
    },
  });
}

/** draft-ietf-httpapi-ratelimit-headers */
const quotaHeaders = {
  'RateLimit-Policy': {
    description: 'How often you may: `q` requests in `w` seconds.',
    schema: { type: 'string' },
    example: '"join";q=20;w=60',
  },
  RateLimit: {
    description: 'What is left: `r` requests, until the count begins anew in `t` seconds.',
    schema: { type: 'string' },
    example: '"join";r=19;t=42',
  },
} as const;
const retryHeader = {
  'Retry-After': {
    description: 'Seconds until trying again makes sense.',
    schema: { type: 'integer', minimum: 1 },
    example: 42,
  },
} as const;

function operation(route: Route): ZodOpenApiOperationObject {
  const body = route.body && {
    requestBody: {
      required: !route.bodyOptional,
      content: { [route.text?.[0] ?? 'application/json']: { schema: route.body } },
    },
  };
  const security = { public: [], signed: [], optional: [{}, { keycloak: [] }] } as const;
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: [
      ...((security as Record<string, readonly object[]>)[route.access] ?? [{ keycloak: [] }]),
    ] as never,
    requestParams: {
      ...(route.params ? { path: route.params as z.ZodObject } : {}),
      ...(route.query ? { query: route.query as z.ZodObject } : {}),
    },
    ...body,
    responses: { ...successes(route), ...refusals(route) },
  };
}

function operationId(route: Route): string {
  const words = route.path.split('/').filter((word) => word !== '');
  return [route.method, ...words.map((word) => word.replaceAll(/[{}.]/g, ''))].join('_').replaceAll('-', '_');
}

function successes(route: Route) {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, schema, type, headers }]) => [
      status,
      {
        description,
        ...(route.limit || headers
          ? { headers: { ...(route.limit ? quotaHeaders : {}), ...describedHeaders(headers) } }
          : {}),
        ...(schema ? { content: { [type ?? 'application/json']: { schema } } } : {}),
      },
    ]),
  );
}

const describedHeaders = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );

/** One response for each status that a refusal of this route can have, naming its codes. */
function refusals(route: Route) {
  const codes = [...new Set<ErrorCode>([...route.problems, ...impliedProblems(route)])];
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      String(status),
      {
        description: some.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
        ...(some.includes('RATE_LIMITED') ? { headers: { ...quotaHeaders, ...retryHeader } } : {}),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
