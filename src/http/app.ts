import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Config } from '../config/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { createDocsPage } from './docs-page.ts';
import { createErrorHandler, notFound } from './error-handler.ts';
import { type Guards, mountRoutes } from './mount.ts';
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

/** Pages of these origins may call; others get no permission, and their browser keeps the answer from them. */
function corsFor(origins: readonly string[]) {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'traceparent', 'tracestate', 'baggage', 'b3'],
    exposedHeaders: ['retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'],
    maxAge: 3_600,
  });
}
