import { type Context, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';

/** Traces that are waiting for their local root at once; past this the oldest is let go. */
const MAX_OPEN_TRACES = 5_000;
/** Spans kept for one undecided trace, besides its root; a request that makes more is already in trouble. */
const MAX_SPANS_PER_TRACE = 200;

type OpenTrace = { rootId: string; spans: ReadableSpan[] };

/**
 * Keeps every trace that head sampling chose, and of the others those that ended badly or slowly
 * (spec/7-observability.md: "decided at the tail, within the process").
 *
 * Spans of an unsampled trace are held until the span that opened the trace in this process ends, then
 * passed on together or dropped together. Needs a sampler that records everything
 * (`createAlwaysRecordSampler`), else there is nothing to hold.
 *
 * @param next receives the spans that are kept; must not look at the sampled flag on its own: a span that is
 *   kept at the tail is shown to it with the flag set
 * @param slowAfter milliseconds from which a local root counts as slow
 */
export class TailSamplingProcessor implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #slowAfter: number;
  readonly #open = new Map<string, OpenTrace>();

  constructor(next: SpanProcessor, slowAfter: number) {
    this.#next = next;
    this.#slowAfter = slowAfter;
  }

  onStart(span: Span, context: Context): void {
    this.#next.onStart(span, context);
    const { traceId, spanId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) !== 0 || this.#open.has(traceId)) return;
    if (this.#open.size >= MAX_OPEN_TRACES) {
      const oldest = this.#open.keys().next();
      if (!oldest.done) this.#open.delete(oldest.value);
    }
    this.#open.set(traceId, { rootId: spanId, spans: [] });
  }

  onEnd(span: ReadableSpan): void {
    const { traceId, spanId, traceFlags } = span.spanContext();
    if ((traceFlags & TraceFlags.SAMPLED) !== 0) {
      this.#next.onEnd(span);
      return;
    }
    const trace = this.#open.get(traceId);
    if (!trace) return;
    const isRoot = spanId === trace.rootId;
    if (isRoot || trace.spans.length < MAX_SPANS_PER_TRACE) trace.spans.push(span);
    if (!isRoot) return;
    this.#open.delete(traceId);
    if (!this.#worthKeeping(span, trace.spans)) return;
    for (const kept of trace.spans) this.#next.onEnd(asSampled(kept));
  }

  #worthKeeping(root: ReadableSpan, spans: readonly ReadableSpan[]): boolean {
    const milliseconds = root.duration[0] * 1_000 + root.duration[1] / 1e6;
    return milliseconds >= this.#slowAfter || spans.some(failed);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    this.#open.clear();
    return this.#next.shutdown();
  }
}

/** A refusal (4xx) of our own is an answer, not an error; a span marked as failed, or a 5xx, is one. */
function failed(span: ReadableSpan): boolean {
  if (span.kind === SpanKind.CLIENT) return false;
  const status = span.attributes['http.response.status_code'];
  return span.status.code === SpanStatusCode.ERROR || (typeof status === 'number' && status >= 500);
}

function asSampled(span: ReadableSpan): ReadableSpan {
  const sampled = { ...span.spanContext(), traceFlags: TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => sampled } }) as ReadableSpan;
}
