import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter } from '@opentelemetry/api';

/** How often the event loop is asked for its delay; what it says has this in it. Milliseconds. */
const RESOLUTION = 20;
/** What is told is of the last one to two windows, so a peak is seen by a scrape every 15 s. Milliseconds. */
const WINDOW = 15_000;

/** What the process is like, under the names that other Node services have. Read at each scrape. */
export function observeProcess(meter: Meter): Disposable {
  const delay = watchEventLoop();
  meter
    .createObservableGauge('nodejs_eventloop_delay_seconds', {
      description: 'How late the event loop was in the last 15 to 30 s.',
      unit: 's',
    })
    .addCallback((gauge) => {
      for (const [stat, seconds] of Object.entries(delay.read())) gauge.observe(seconds, { stat });
    });
  meter
    .createObservableGauge('nodejs_active_resources', {
      description: 'Handles and requests that keep the process running: sockets, timers, files.',
    })
    .addCallback((gauge) => gauge.observe(process.getActiveResourcesInfo().length));

  const heap = meter.createObservableGauge('nodejs_heap_used_bytes', {
    description: "Memory that is in use on V8's heap.",
    unit: 'By',
  });
  const resident = meter.createObservableGauge('process_resident_memory_bytes', {
    description: 'Memory that the process has.',
    unit: 'By',
  });
  meter.addBatchObservableCallback(
    (gauges) => {
      const { heapUsed, rss } = process.memoryUsage();
      gauges.observe(heap, heapUsed);
      gauges.observe(resident, rss);
    },
    [heap, resident],
  );
  return delay;
}

/**
 * Windows of fixed length, since to begin anew at each scrape would hide a peak from the second who scrapes.
 * Told is the worse of the last whole window and the one under way. Seconds.
 */
function watchEventLoop() {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1e3);
  const current = () => ({
    p50: seconds(histogram.percentile(50)),
    p99: seconds(histogram.percentile(99)),
    max: seconds(histogram.max),
  });
  let last = { p50: 0, p99: 0, max: 0 };
  histogram.enable();
  const turning = setInterval(() => {
    last = current();
    histogram.reset();
  }, WINDOW);
  turning.unref();
  return {
    read() {
      const now = current();
      return {
        p50: Math.max(now.p50, last.p50),
        p99: Math.max(now.p99, last.p99),
        max: Math.max(now.max, last.max),
      };
    },
    [Symbol.dispose]() {
      clearInterval(turning);
      histogram.disable();
    },
  };
}
