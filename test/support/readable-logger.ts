import { PassThrough } from 'node:stream';
import { createLogger, type Logger } from '../../src/telemetry/index.ts';

/** A logger whose lines a test reads. */
export function readableLogger(): { logger: Logger; lines(): Record<string, unknown>[] } {
  const stream = new PassThrough();
  const logger = createLogger({ instanceId: 'test', log: { level: 'debug', format: 'json' } }, stream);
  return {
    logger,
    lines: () =>
      String(stream.read() ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
