import cors from 'cors';
import express, { type Express, Router } from 'express';
import helmet from 'helmet';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { createDocsPage } from './docs-page.ts';
import { createErrorHandler, notFound } from './error-handler.ts';
import { expressPath, type Guards, mountRoutes } from './mount.ts';
import { createOpenApi } from './openapi.ts';
import type { Route } from './route.ts';

/** Where the API stands. */
export const API_BASE = '/api/realtime';

/**
 * The Express application.
 *
 * @param deps.api routes under /api/realtime
 * @param deps.bare those of them that answer without the prefix too (seed 002)
 * @param deps.root routes outside it: health and info
 */
export function createApp(deps: {
  config: Pick<Config, 'http'>;
  version: string;
  guards: Guards;
  api: readonly Route[];
  bare: readonly Route[];
  root: readonly Route[];
  logger: Logger;
}): Express {
  const { config, guards } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // The gateway is the one proxy in front of us.
  app.set('trust proxy', 'loopback, linklocal, uniquelocal');
  app.use(`${API_BASE}/docs`, createDocsPage());
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false } }));
  for (const { basePath, routes } of [
    { basePath: API_BASE, routes: deps.api },
    { basePath: '', routes: deps.bare },
  ])
    app.use(basePath, acceptPost(routes));
  app.use(corsFor(config.http.corsOrigins));

  const openApi = createOpenApi(
    [
      { basePath: API_BASE, routes: deps.api },
      { basePath: '', routes: deps.root },
    ],
    { version: deps.version, serverUrl: config.http.publicUrl },
  );
  app.get(`${API_BASE}/openapi.json`, (_request, response) => void response.json(openApi));
  app.use(API_BASE, mountRoutes(deps.api, guards));
  app.use(mountRoutes([...deps.root, ...deps.bare], guards));
  app.use(notFound);
  app.use(createErrorHandler(deps.logger));
  return app;
}

/** Tells OPTIONS what may be posted where that is not JSON (RFC 9725, 4.2). CORS, which comes next, answers it. */
function acceptPost(routes: readonly Route[]): Router {
  const router = Router();
  for (const { method, path, text } of routes) {
    if (method !== 'post' || !text) continue;
    router.options(expressPath(path), (_request, response, next) => {
      response.set('Accept-Post', text.join(', '));
      next();
    });
  }
  return router;
}

/** Pages of these origins may call; others get no permission, and their browser keeps the answer from them. */
function corsFor(origins: readonly string[]) {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      ...['authorization', 'content-type', 'if-match', 'if-none-match', 'range', 'if-range'],
      ...['traceparent', 'tracestate', 'baggage', 'b3'],
    ],
    exposedHeaders: [
      ...['retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'],
      ...['location', 'etag', 'link', 'accept-post'],
      ...['accept-ranges', 'content-range', 'content-disposition'],
    ],
    maxAge: 3_600,
  });
}
