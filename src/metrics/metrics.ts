import type { Meter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { observeProcess } from './process-metrics.ts';

/** Callbacks that have not answered by then are left out of a scrape; Prometheus waits for 10 s. Milliseconds. */
const CALLBACK_DEADLINE = 3_000;

/**
 * Buckets for lengths of time, from a lookup in memory to a transaction that waits for its block. A histogram takes
 * them as its `advice`; without it it has OpenTelemetry's own, which are made for milliseconds.
 */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/**
 * The metrics of one instance. Names of instruments carry their unit (`chain_queue_wait_seconds`): the exporter adds
 * nothing but `_total` to counters. A name that is no name (`9lives`) is dropped in silence.
 */
export type Metrics = AsyncDisposable &
  Readonly<{
    meter: Meter;
    /** All of them as Prometheus reads them; who asks while they are being gathered is given the same. */
    text(): Promise<string>;
  }>;

/**
 * Whoever measures is passed `meter`; nothing is registered globally. What the process is like is measured here.
 *
 * @param deps.onError a callback failed or was late: its gauges are missing from this scrape, the others are there
 */
export function createMetrics(deps: {
  instance: string;
  version: string;
  onError(error: unknown): void;
}): Metrics {
  const reader = new ScrapeReader({ aggregationTemporalitySelector: temporality });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': 'realtime-service',
      'service.version': deps.version,
      'service.instance.id': deps.instance,
    }),
    readers: [reader],
  });
  const meter = provider.getMeter('realtime-service');
  const observed = observeProcess(meter);
  // No prefix, no timestamps, no resource on every line, `target_info` once, no name of the meter on every line.
  const serializer = new PrometheusSerializer('', false, undefined, false, true);

  const gather = async (): Promise<string> => {
    const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: CALLBACK_DEADLINE });
    errors.forEach(deps.onError);
    return serializer.serialize(resourceMetrics);
  };
  let underWay: Promise<string> | null = null;
  return {
    meter,
    text() {
      underWay ??= gather().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    async [Symbol.asyncDispose]() {
      observed[Symbol.dispose]();
      await provider.shutdown();
    },
  };
}

/**
 * Cumulative, as Prometheus wants it, but for gauges that are read at the scrape: as "cumulative" the SDK repeats the last
 * value for ever, of labels that are gone and of callbacks that fail. As "delta" it tells what was observed just now.
 */
function temporality(type: InstrumentType): AggregationTemporality {
  return type === InstrumentType.OBSERVABLE_GAUGE
    ? AggregationTemporality.DELTA
    : AggregationTemporality.CUMULATIVE;
}

/** Gathers when asked; has nothing to flush or end. */
class ScrapeReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
