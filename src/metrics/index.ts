export { createMetrics, SECONDS } from './metrics.ts';
export { serveMetrics } from './server.ts';
