import { ConfigError, loadConfig } from './config/index.ts';
import { createLogger } from './telemetry/logger.ts';
import { redactText } from './telemetry/redact.ts';
import { startTracing } from './telemetry/tracing.ts';

/** After this a shutdown that hangs is ended by force (spec/9-reliability.md: exit in at most ten seconds). */
const LAST_RESORT = 9_500;

/** The process: reads the settings, starts tracing before anything that it patches, runs until told to stop. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  await using tracing = startTracing(config);

  // Imported only now: express and mongoose must not be loaded before tracing has patched them.
  const { startService } = await import('./service.ts');
  const service = await startService(config, logger);
  logger.info('service.ready', { port: service.port, startedInMs: Math.round(performance.now()) });

  const signal = await nextSignal();
  logger.info('service.stopping', { signal });
  setTimeout(() => {
    logger.error('service.stop.forced');
    process.exit(1);
  }, LAST_RESORT).unref();
  await service[Symbol.asyncDispose]();
  await tracing[Symbol.asyncDispose]();
  logger.info('service.stopped');
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // Plain words on standard error: there may be no configured logger yet.
  const text = error instanceof ConfigError ? error.message : describe(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `The service cannot start: ${String(error)}`;
  if ('code' in error && error.code === 'EADDRINUSE') return `The service cannot start: ${error.message}`;
  const cause = error.cause instanceof Error ? ` (${redactText(error.cause.message)})` : '';
  return `The service cannot start: ${error.message}${cause}`;
}
