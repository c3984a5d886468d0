import { describe, expect, it } from '@jest/globals';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { TailSamplingProcessor } from './tail-sampling.ts';

const SLOW_AFTER = 1_000;

/** The real SDK, with time as the test says it. */
function tracingWith(sampler: Sampler) {
  const exporter = new InMemorySpanExporter();
  const processor = new TailSamplingProcessor(new SimpleSpanProcessor({ exporter }), SLOW_AFTER);
  const provider = new TracerProvider({
    sampler: createAlwaysRecordSampler(sampler),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('test');
  return {
    processor,
    start: (name: string, parent?: Span, kind = SpanKind.INTERNAL): Span => {
      const context: Context = parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
      return tracer.startSpan(name, { kind, startTime: 1_000_000 }, context);
    },
    kept: () => exporter.getFinishedSpans(),
    names: () => exporter.getFinishedSpans().map(({ name }) => name),
  };
}
const end = (span: Span, tookMs = 10) => span.end(1_000_000 + tookMs);
const fail = (span: Span) => span.setStatus({ code: SpanStatusCode.ERROR });

describe('a trace that was chosen at its start', () => {
  it('passes through, span by span, without waiting for its root', () => {
    const { start, names } = tracingWith(new AlwaysOnSampler());
    const root = start('root');
    end(start('child', root));
    expect(names()).toEqual(['child']);
    end(root);
    expect(names()).toEqual(['child', 'root']);
  });
});

describe('a trace that was not chosen', () => {
  it('is dropped whole when it ended well and quickly', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    end(start('child', root));
    end(root, SLOW_AFTER - 1);
    expect(names()).toEqual([]);
  });

  it('is held until its root ends, then kept whole, when a span of it failed', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    const failing = start('failing', root);
    end(start('grandchild', failing));
    fail(failing);
    end(failing);
    end(start('sibling', root));
    expect(names()).toEqual([]);
    end(root);
    expect(names()).toEqual(['grandchild', 'failing', 'sibling', 'root']);
  });

  it('is kept when its root failed', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    fail(root);
    end(root);
    expect(names()).toEqual(['root']);
  });

  it('is kept when its root took as long as counts as slow', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    end(start('child', root));
    end(root, SLOW_AFTER);
    expect(names()).toEqual(['child', 'root']);
  });

  it.each([
    [500, true],
    [503, true],
    [404, false],
    [409, false],
    [201, false],
  ])('that answered %d is kept: %s', (status, isKept) => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root', undefined, SpanKind.SERVER);
    root.setAttribute('http.response.status_code', status);
    end(root);
    expect(names()).toEqual(isKept ? ['root'] : []);
  });

  it('is not kept for a call of ours that failed, when we answered well all the same', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root', undefined, SpanKind.SERVER);
    const call = start('call', root, SpanKind.CLIENT);
    fail(call);
    end(call);
    end(root);
    expect(names()).toEqual([]);
  });

  it('is shown to what comes next as chosen, so that it is not dropped there', () => {
    const { start, kept } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    fail(root);
    end(root);
    const [span] = kept();
    expect(span?.spanContext().traceFlags).toBe(TraceFlags.SAMPLED);
    expect(span?.spanContext().traceId).toBe(root.spanContext().traceId);
    expect(span?.attributes).toEqual({});
  });

  it('has its root here with the first span that it opens in this process, wherever it began', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const remote = trace.wrapSpanContext({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: TraceFlags.NONE,
      isRemote: true,
    });
    const local = start('local root', remote);
    end(start('child', local));
    fail(local);
    end(local);
    expect(names()).toEqual(['child', 'local root']);
  });

  it('is judged apart from those that run beside it', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const [good, bad] = [start('good'), start('bad')];
    fail(bad);
    end(good);
    end(bad);
    expect(names()).toEqual(['bad']);
  });
});

describe('what is held is bounded', () => {
  it('keeps the first two hundred spans of one trace, and its root in any case', () => {
    const { start, kept, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    for (let index = 0; index < 300; index += 1) end(start(`child ${index}`, root));
    fail(root);
    end(root);
    expect(kept()).toHaveLength(201);
    expect(names()[0]).toBe('child 0');
    expect(names().at(-1)).toBe('root');
  });

  it('lets the oldest of five thousand open traces go, and judges the others as ever', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const roots = Array.from({ length: 5_001 }, (_, index) => start(`root ${index}`));
    for (const root of roots) {
      fail(root);
      end(root);
    }
    expect(names()).toHaveLength(5_000);
    expect(names()).not.toContain('root 0');
  });

  it('counts no trace whose root has ended', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const first = start('first');
    for (let index = 0; index < 5_000; index += 1) end(start(`root ${index}`));
    fail(first);
    end(first);
    expect(names()).toEqual(['first']);
  });

  it('holds nothing of a trace once its root has ended', () => {
    const { start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    const late = start('late', root);
    end(root);
    fail(late);
    end(late);
    expect(names()).toEqual([]);
  });

  it('lets everything go when it is shut down', async () => {
    const { processor, start, names } = tracingWith(new AlwaysOffSampler());
    const root = start('root');
    fail(root);
    await processor.shutdown();
    end(root);
    expect(names()).toEqual([]);
  });
});
