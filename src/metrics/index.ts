export { createMetrics, type Metrics, SECONDS } from './metrics.ts';
export { serveMetrics } from './server.ts';
