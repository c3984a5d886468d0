import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';

/** Tracing for a test: the real SDK, whose finished spans stay in memory. */
export type TestTracing = AsyncDisposable & Readonly<{ spans(): readonly ReadableSpan[]; reset(): void }>;

export function startTestTracing(): TestTracing {
  const exporter = new InMemorySpanExporter();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  return {
    spans: () => exporter.getFinishedSpans(),
    reset: () => exporter.reset(),
    [Symbol.asyncDispose]: () => sdk.shutdown(),
  };
}
