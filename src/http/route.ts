import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Principal } from '../auth/index.ts';
import type { ErrorCode } from '../errors.ts';
import type { LimitName } from '../limits/index.ts';

/**
 * Who may call a route: anybody; anybody, known by name when signed in; who is signed in; an administrator;
 * or a server whose signature the handler itself checks.
 */
export type Access = 'public' | 'optional' | 'user' | 'administrator' | 'signed';

type PrincipalOf<A extends Access> = A extends 'user' | 'administrator'
  ? Principal
  : A extends 'optional'
    ? Principal | null
    : null;

/** What a handler gets: parsed, validated, authenticated. */
export type Call<A extends Access, P, Q, B> = Readonly<{
  params: P;
  query: Q;
  body: B;
  principal: PrincipalOf<A>;
  request: Request;
}>;

export type Answer = Readonly<{
  status: number;
  /** Sent as JSON; as it is, a string, where the route says that this answer is of another type. */
  body?: unknown;
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Instead of a body: sends a file, and sets the status that comes of it. Nothing was sent if it throws. */
  send?: (response: Response) => Promise<void>;
}>;

/** What an answer of one status is. `type`: its media type, when it is not JSON. */
type Described = Readonly<{
  description: string;
  schema?: z.ZodType;
  type?: string;
  /** Headers of its own, by name with what they say. */
  headers?: Readonly<Record<string, string>>;
}>;

type RouteSpec<A extends Access, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Readonly<{
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/rooms/{roomId}/join`. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  access: A;
  /** How often each user may; for routes whose user is known. */
  limit?: A extends 'user' | 'administrator' ? LimitName : never;
  params?: P;
  query?: Q;
  body?: B;
  /** The media types of a body that is text and not JSON; the handler gets it as it came. */
  text?: readonly string[];
  /** Whether the body may be left out. */
  bodyOptional?: boolean;
  answers: Readonly<Record<number, Described>>;
  /** The refusals that are this route's own; those of access, limit and validation are added. */
  problems: readonly ErrorCode[];
  handle(call: Call<A, z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>;
}>;

/** A route as the server and the OpenAPI document use it, its types forgotten. */
export type Route = RouteSpec<Access, z.ZodType, z.ZodType, z.ZodType>;

const nothing = z.unknown();

/**
 * Declares a route: one value that says what comes in, who may, what goes out and what it does. The server
 * validates by it and the OpenAPI document is made of it, so the two cannot differ.
 */
export function defineRoute<
  A extends Access,
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = typeof nothing,
>(spec: RouteSpec<A, P, Q, B>): Route {
  // `handle` is only ever called with what these very schemas made (mount.ts).
  return spec as unknown as Route;
}

/** Refusals that come with who may call, how often, and what may come in. */
export function impliedProblems(route: Route): ErrorCode[] {
  const signedIn: ErrorCode[] = [
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'TOKEN_REVOKED',
    'KEYCLOAK_UNAVAILABLE',
    'STORE_UNAVAILABLE',
  ];
  const byAccess: Record<Access, ErrorCode[]> = {
    public: [],
    optional: signedIn,
    user: ['UNAUTHENTICATED', ...signedIn],
    administrator: ['UNAUTHENTICATED', 'FORBIDDEN', ...signedIn],
    signed: [],
  };
  const limit: ErrorCode[] = route.limit ? ['RATE_LIMITED'] : [];
  const input: ErrorCode[] = route.params || route.query || route.body ? ['INVALID_REQUEST'] : [];
  const body: ErrorCode[] = route.body ? ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] : [];
  return [
    ...new Set([
      ...byAccess[route.access],
      ...limit,
      ...input,
      ...body,
      'HEADERS_TOO_LARGE' as const,
      'REQUEST_TIMEOUT' as const,
      'INTERNAL' as const,
    ]),
  ];
}
