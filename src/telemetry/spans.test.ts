import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { startTestTracing, type TestTracing } from '../../test/support/test-tracing.ts';
import { ServiceError } from '../errors.ts';
import { activeTraceId, activeTraceparent, contextFromTraceparent, inSpan } from './spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let tracing: TestTracing;
beforeAll(() => {
  tracing = startTestTracing();
});
beforeEach(() => tracing.reset());
afterAll(async () => tracing[Symbol.asyncDispose]());

const only = () => {
  const [span, ...more] = tracing.spans();
  expect(more).toEqual([]);
  if (!span) throw new Error('no span ended');
  return span;
};

describe('inSpan', () => {
  it('answers what the work answers, from inside a span of that name', async () => {
    const answer = await inSpan('admit', { 'room.id': 'a-room' }, async (span) => {
      expect(trace.getActiveSpan()).toBe(span);
      return 42;
    });
    expect(answer).toBe(42);
    expect(only()).toMatchObject({ name: 'admit', attributes: { 'room.id': 'a-room' } });
    expect(only().status.code).toBe(SpanStatusCode.UNSET);
  });

  it('notes a refusal by its code, which is no failure', async () => {
    const refusal = new ServiceError('ROOM_FULL', 'x');
    await expect(inSpan('admit', {}, () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(only().attributes).toEqual({ 'error.code': 'ROOM_FULL' });
    expect(only().status.code).toBe(SpanStatusCode.UNSET);
  });

  it.each(['INTERNAL', 'STORE_UNAVAILABLE', 'KEYCLOAK_UNAVAILABLE', 'LIVEKIT_UNAVAILABLE'] as const)(
    'marks what is our failure as failed: %s',
    async (code) => {
      await expect(inSpan('x', {}, () => Promise.reject(new ServiceError(code, 'x')))).rejects.toThrow();
      expect(only().status).toEqual({ code: SpanStatusCode.ERROR, message: code });
    },
  );

  it('marks what nobody foresaw as failed, without its text', async () => {
    await expect(inSpan('x', {}, () => Promise.reject(new Error('hunter2')))).rejects.toThrow('hunter2');
    expect(only().status).toEqual({ code: SpanStatusCode.ERROR, message: 'INTERNAL' });
    expect(JSON.stringify([only().attributes, only().events, only().status])).not.toContain('hunter2');
  });

  it('ends its span when the work throws before it waits for anything', async () => {
    const work = () => {
      throw new Error('at once');
    };
    await expect(inSpan('x', {}, work)).rejects.toThrow('at once');
    expect(only().ended).toBe(true);
  });

  it('belongs to the parent that it is given, and links to the others', async () => {
    const parent = contextFromTraceparent(`00-${TRACE}-${SPAN}-01`);
    const other = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    await inSpan('x', {}, async () => {}, { parent, links: [other] });
    expect(only().spanContext().traceId).toBe(TRACE);
    expect(only().parentSpanContext?.spanId).toBe(SPAN);
    expect(only().links.map((link) => link.context.traceId)).toEqual([other.traceId]);
  });

  it('belongs to the active span when no parent is given', async () => {
    await inSpan('outer', {}, () => inSpan('inner', {}, async () => {}));
    const [inner, outer] = tracing.spans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });
});

describe('a traceparent', () => {
  it('comes back as the context that it went out from', async () => {
    await inSpan('a', {}, async (span) => {
      const back = trace.getSpanContext(contextFromTraceparent(activeTraceparent()));
      const { traceId, spanId, traceFlags } = span.spanContext();
      expect(back).toMatchObject({ traceId, spanId, traceFlags, isRemote: true });
      expect(activeTraceId()).toBe(traceId);
    });
  });

  it.each(['00', '01'])('keeps whether the trace is sampled: %s', (flags) => {
    const back = trace.getSpanContext(contextFromTraceparent(`00-${TRACE}-${SPAN}-${flags}`));
    expect(back?.traceFlags).toBe(Number(flags));
  });

  it('is in the form of W3C Trace Context', async () => {
    await inSpan('a', {}, async () =>
      expect(activeTraceparent()).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/),
    );
  });

  it('is not made when nothing is traced', () => {
    expect(activeTraceparent()).toBeUndefined();
    expect(activeTraceId()).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'hello',
    `00-${TRACE}-${SPAN}`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}!-${SPAN}-01`,
  ])('that is missing or malformed begins nothing: %j', (traceparent) => {
    expect(trace.getSpanContext(contextFromTraceparent(traceparent))).toBeUndefined();
    if (traceparent === undefined) expect(contextFromTraceparent(traceparent)).toBe(ROOT_CONTEXT);
  });
});
