import { trace } from '@opentelemetry/api';
import winston from 'winston';
import type { Config } from '../config/index.ts';
import { redact } from './redact.ts';

/** What a log line may carry besides its event name; ids first, so that lines of one story can be found. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes lines by stable event names (`token.minted`, `admission.refused`, …): an event never changes its
 * name, and what varies goes into the fields. Trace and span ids come from the active span; secrets are
 * removed on the way out, whatever the caller passes.
 */
export type Logger = Readonly<{
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}>;

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const;
type Level = keyof typeof LEVELS;

/** @param stream where the lines go; standard output unless told (tests read them) */
export function createLogger(
  config: Pick<Config, 'log' | 'instanceId'>,
  stream: NodeJS.WritableStream = process.stdout,
): Logger {
  const { printf } = winston.format;
  const sink = winston.createLogger({
    level: config.log.level,
    levels: LEVELS,
    format: printf(config.log.format === 'json' ? jsonLine : readableLine),
    transports: [new winston.transports.Stream({ stream })],
  });
  const write =
    (level: Level) =>
    (event: string, fields: LogFields = {}): void => {
      if (LEVELS[level] > LEVELS[config.log.level]) return;
      const safe = redact(fields) as Record<string, unknown>;
      sink.log({ ...safe, level, message: event, instance: config.instanceId, ...traceIds() });
    };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

function traceIds(): { trace_id?: string; span_id?: string } {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (!spanContext || !trace.isSpanContextValid(spanContext)) return {};
  return { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}

function jsonLine({ level, message, ...fields }: winston.Logform.TransformableInfo): string {
  const stable = { time: new Date().toISOString(), level, event: message };
  // First, so that a line reads well; last, so that no field takes their place.
  return JSON.stringify({ ...stable, ...fields, ...stable });
}

const COLOUR: Record<string, string> = {
  error: '\x1b[31m',
  warn: '\x1b[33m',
  info: '\x1b[36m',
  debug: '\x1b[90m',
};

function readableLine({ level, message, instance: _, ...fields }: winston.Logform.TransformableInfo): string {
  const { span_id: __, stack: ___, ...shown } = fields as Record<string, unknown>;
  const rest = Object.entries(shown)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const time = new Date().toISOString().slice(11, 23);
  return `${time} ${COLOUR[level] ?? ''}${level.padEnd(5)}\x1b[0m ${String(message)} \x1b[2m${rest}\x1b[0m`;
}
