import type { IncomingMessage } from 'node:http';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  BatchSpanProcessor,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../config/index.ts';
import { redactingExporter } from './redacting-exporter.ts';
import { TailSamplingProcessor } from './tail-sampling.ts';

/**
 * Probes come every second from the gateway and say nothing that /health does not. Socket.IO's polls wait for most of
 * half a minute by design; what comes over a socket has spans of its own.
 */
const UNTRACED = /^\/(health|metrics|socket\.io)(\/|$|\?)/;

/**
 * Starts OpenTelemetry: W3C and B3 in and out, spans of HTTP, MongoDB and fetch, Zipkin as the destination.
 * Must run before anything imports express or mongoose, because the instrumentations patch modules as they
 * are first required. A Zipkin that is away costs its traces and nothing else: batches are bounded and
 * exports fail by themselves.
 *
 * @returns what ends tracing; waits for the last batch, at most two seconds
 */
export function startTracing(config: Config): AsyncDisposable {
  const { zipkinUrl, sampleRatio, slowAfter } = config.tracing;
  if (zipkinUrl === undefined) return { [Symbol.asyncDispose]: async () => {} };

  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': 'realtime-service',
      'service.instance.id': config.instanceId,
    }),
    // Detectors would read the host, the process and its command line into every span's resource.
    autoDetectResources: false,
    // Left out, the SDK starts an OTLP exporter of its own.
    metricReaders: [],
    logRecordProcessors: [],
    sampler: createAlwaysRecordSampler(
      new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    ),
    spanProcessors: [
      new TailSamplingProcessor(
        new BatchSpanProcessor({
          exporter: redactingExporter(new ZipkinExporter({ url: zipkinUrl })),
          scheduledDelayMillis: 1_000,
          exportTimeoutMillis: 5_000,
          maxQueueSize: 8_192,
        }),
        slowAfter,
      ),
    ],
    textMapPropagator: new CompositePropagator({
      propagators: [
        new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
        new W3CTraceContextPropagator(),
        new W3CBaggagePropagator(),
      ],
    }),
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: (request: IncomingMessage) => UNTRACED.test(request.url ?? ''),
        // keycloak-connect and jwks-rsa speak plain node:http; a call outside any request is no story.
        requireParentforOutgoingSpans: true,
      }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
      new MongoDBInstrumentation({
        requireParentSpan: true,
        // The collection and the operation say enough; writing out each command costs more than the rest.
        dbStatementSerializer: () => '',
      }),
    ],
  });
  sdk.start();
  return {
    [Symbol.asyncDispose]: async () => {
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, 2_000).unref());
      await Promise.race([sdk.shutdown().catch(() => {}), deadline]);
    },
  };
}
