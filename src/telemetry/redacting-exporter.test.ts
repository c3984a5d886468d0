import { describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { redactingExporter } from './redacting-exporter.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const JWT = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub: 'alice' })}.c2lnbmF0dXJl`;

function exported(make: (tracer: ReturnType<TracerProvider['getTracer']>) => void) {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: redactingExporter(memory) })],
  });
  make(provider.getTracer('test'));
  const [span] = memory.getFinishedSpans();
  if (!span) throw new Error('no span came');
  return span;
}

describe('a span on its way out', () => {
  it('holds no token: in its name, an attribute, an event or its status', () => {
    const span = exported((tracer) => {
      const made = tracer.startSpan(`GET /x?t=${JWT}`, {
        attributes: { 'url.full': `http://x/?a=${JWT}`, list: [JWT, 'b'] },
      });
      made.addEvent('exception', { 'exception.message': `bad ${JWT}` });
      made.setStatus({ code: SpanStatusCode.ERROR, message: `refused ${JWT}` });
      made.end();
    });
    const sent = JSON.stringify([span.name, span.attributes, span.events, span.status]);
    expect(sent).toContain('[secret]');
    expect(sent).not.toContain(JWT);
  });

  it('leaves the query behind, which may hold a token of any shape', () => {
    const span = exported((tracer) =>
      tracer.startSpan('x', { attributes: { 'url.query': 'key=hunter2', 'url.path': '/x' } }).end(),
    );
    expect(span.attributes).toEqual({ 'url.path': '/x' });
  });

  it('keeps everything else', () => {
    const span = exported((tracer) => {
      const made = tracer.startSpan('join', { attributes: { 'http.response.status_code': 201, ok: true } });
      made.addEvent('ready');
      made.end();
    });
    expect(span.name).toBe('join');
    expect(span.attributes).toEqual({ 'http.response.status_code': 201, ok: true });
    expect(span.events.map(({ name }) => name)).toEqual(['ready']);
    expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.duration).toHaveLength(2);
  });
});
