import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ServiceError } from '../errors.ts';

const tracer = trace.getTracer('realtime-service');

/**
 * Runs `work` inside a span of its own. What it throws is recorded and thrown on; a refusal is noted by its
 * code but does not mark the span as failed, since refusing is what the service is for.
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
  { parent = context.active(), links = [] }: { parent?: Context; links?: readonly SpanContext[] } = {},
): Promise<T> {
  const options = { attributes, links: links.map((other) => ({ context: other })) };
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      noteError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

const OURS = new Set([
  'INTERNAL',
  'STORE_UNAVAILABLE',
  'KEYCLOAK_UNAVAILABLE',
  'LIVEKIT_UNAVAILABLE',
  'SFU_UNAVAILABLE',
  'MESSAGING_UNAVAILABLE',
  'CHAIN_UNAVAILABLE',
]);

function noteError(span: Span, error: unknown): void {
  const code = error instanceof ServiceError ? error.code : 'INTERNAL';
  span.setAttribute('error.code', code);
  if (OURS.has(code)) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** The active trace's id (32 hex digits), for answers and logs. */
export function activeTraceId(): string | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext && trace.isSpanContextValid(spanContext) ? spanContext.traceId : undefined;
}

/** The active context as a W3C `traceparent`, to travel where no header goes; undefined when nothing is traced. */
export function activeTraceparent(): string | undefined {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (!spanContext || !trace.isSpanContextValid(spanContext)) return undefined;
  const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}

/** The context that a `traceparent` came from; the root context when it is missing or malformed. */
export function contextFromTraceparent(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT;
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}
