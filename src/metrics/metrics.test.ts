import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { metrics as globalMetrics } from '@opentelemetry/api';
import { createMetrics, SECONDS } from './index.ts';

let errors: unknown[];
let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  errors = [];
  metrics = createMetrics({
    instance: 'service-7',
    version: '1.2.3',
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  await metrics[Symbol.asyncDispose]();
});

/** The lines of one metric, without its comments. */
const linesOf = async (name: string) =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
const numberOf = async (line: string) => Number((await linesOf(line))[0]?.split(' ').at(-1));

describe('metrics', () => {
  it('have names that Prometheus takes, and counters end in _total', async () => {
    metrics.meter.createCounter('rooms.made-by', { description: 'Rooms' }).add(2, { 'a.reason': 'x"y\n' });
    metrics.meter.createCounter('refusals_total').add(1);
    expect(await linesOf('rooms')).toEqual(['rooms_made_by_total{a_reason="x\\"y\\n"} 2']);
    expect(await linesOf('refusals')).toEqual(['refusals_total 1']);
    expect(await metrics.text()).toContain(
      '# HELP rooms_made_by_total Rooms\n# TYPE rooms_made_by_total counter',
    );
  });

  it('say once whose they are, and not with each value', async () => {
    metrics.meter.createCounter('things').add(1);
    expect(await linesOf('target_info')).toEqual([
      'target_info{service_name="realtime-service",service_version="1.2.3",service_instance_id="service-7"} 1',
    ]);
    expect(await linesOf('things')).toEqual(['things_total 1']);
  });

  it('count lengths of time in the buckets that they are given', async () => {
    const wait = metrics.meter.createHistogram('wait_seconds', {
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    });
    for (const seconds of [0.002, 0.3, 500]) wait.record(seconds);
    expect(await numberOf('wait_seconds_count')).toBe(3);
    expect(await numberOf('wait_seconds_bucket{le="0.0025"}')).toBe(1);
    expect(await numberOf('wait_seconds_bucket{le="0.5"}')).toBe(2);
    expect(await numberOf('wait_seconds_bucket{le="120"}')).toBe(2);
    expect(await numberOf('wait_seconds_bucket{le="+Inf"}')).toBe(3);
  });

  it('are nobody else’s: nothing is registered globally', async () => {
    globalMetrics.getMeter('x').createCounter('elsewhere').add(1);
    await using other = createMetrics({ instance: 'service-8', version: '1', onError: () => {} });
    other.meter.createCounter('elsewhere').add(1);
    expect(await linesOf('elsewhere')).toEqual([]);
  });
});

describe('a gauge that is observed', () => {
  it('is read at each scrape, however long its callback takes to answer', async () => {
    let busy = 0;
    metrics.meter.createObservableGauge('wallets').addCallback(async (gauge) => {
      busy += 1;
      await sleep(5);
      gauge.observe(busy, { state: 'busy' });
    });
    expect(busy).toBe(0);
    expect(await linesOf('wallets')).toEqual(['wallets{state="busy"} 1']);
    expect(await linesOf('wallets')).toEqual(['wallets{state="busy"} 2']);
  });

  it('is gone with the labels that are observed no more', async () => {
    let wallet = 'one';
    metrics.meter.createObservableGauge('gas').addCallback((gauge) => gauge.observe(1, { wallet }));
    expect(await linesOf('gas')).toEqual(['gas{wallet="one"} 1']);
    wallet = 'two';
    expect(await linesOf('gas')).toEqual(['gas{wallet="two"} 1']);
  });

  it('is missing while its callback fails, which is told; the others are there', async () => {
    const failure = new Error('the chain is away');
    let away = false;
    metrics.meter.createObservableGauge('height').addCallback(async (gauge) => {
      if (away) throw failure;
      gauge.observe(5);
    });
    metrics.meter.createObservableGauge('depth').addCallback((gauge) => gauge.observe(1));
    expect(await linesOf('height')).toEqual(['height 5']);
    away = true;
    expect(await linesOf('height')).toEqual([]);
    expect(errors).toEqual([failure]);
    expect(await linesOf('depth')).toEqual(['depth 1']);
    away = false;
    expect(await linesOf('height')).toEqual(['height 5']);
  });

  it('keeps nobody waiting for a callback that does not answer', async () => {
    metrics.meter.createObservableGauge('stuck').addCallback(() => new Promise(() => {}));
    metrics.meter.createObservableGauge('depth').addCallback((gauge) => gauge.observe(1));
    expect(await linesOf('depth')).toEqual(['depth 1']);
    expect(errors).toHaveLength(1);
  });

  it('is asked once by those who scrape together, and all are told', async () => {
    let asked = 0;
    metrics.meter.createObservableGauge('depth').addCallback(async (gauge) => {
      asked += 1;
      await sleep(5);
      gauge.observe(asked);
    });
    expect(await Promise.all([linesOf('depth'), linesOf('depth')])).toEqual([['depth 1'], ['depth 1']]);
  });
});

describe('the process', () => {
  it('is measured: memory, what keeps it running', async () => {
    expect(await numberOf('nodejs_heap_used_bytes')).toBeGreaterThan(1_000_000);
    expect(await numberOf('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(await numberOf('nodejs_active_resources')).toBeGreaterThanOrEqual(0);
  });

  it('tells how late its event loop was, and of a peak to all who ask', async () => {
    await sleep(50);
    const begun = performance.now();
    while (performance.now() - begun < 300);
    await sleep(50);
    for (const _asking of ['one', 'another'])
      expect(await numberOf('nodejs_eventloop_delay_seconds{stat="max"}')).toBeGreaterThan(0.2);
    const stats = (await linesOf('nodejs_eventloop_delay')).map((line) => /stat="(\w+)"/.exec(line)?.[1]);
    expect(stats).toEqual(['p50', 'p99', 'max']);
  });
});
