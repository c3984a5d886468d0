import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { redactText } from './redact.ts';

/** A query may hold a token under any name; the path and the route say what was asked. */
const DROPPED = new Set(['url.query']);

/** Removes secrets from spans on their way out, whoever wrote the attribute. */
export function redactingExporter(next: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => next.export(spans.map(redactSpan), done),
    forceFlush: async () => next.forceFlush?.(),
    shutdown: () => next.shutdown(),
  };
}

function redactSpan(span: ReadableSpan): ReadableSpan {
  const events = span.events.map((event) =>
    event.attributes ? { ...event, attributes: redactAttributes(event.attributes) } : event,
  );
  return Object.create(span, {
    name: { value: redactText(span.name) },
    attributes: { value: redactAttributes(span.attributes) },
    events: { value: events },
    status: {
      value: span.status.message ? { ...span.status, message: redactText(span.status.message) } : span.status,
    },
  }) as ReadableSpan;
}

function redactAttributes(attributes: Attributes): Attributes {
  const safe: Attributes = {};
  for (const [name, value] of Object.entries(attributes))
    if (!DROPPED.has(name)) safe[name] = redactValue(value);
  return safe;
}

function redactValue(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value === 'string') return redactText(value);
  if (!Array.isArray(value)) return value;
  return value.map((entry) => (typeof entry === 'string' ? redactText(entry) : entry)) as AttributeValue;
}
