import { join } from 'node:path';
import { goSource } from '../install/go.ts';
import { httpReady } from '../run/probe.ts';
import { type Place, type ServerDescription, tcp } from '../server-description.ts';

const source = join(import.meta.dirname, '..', '..', 'gateway');

/** All that the binary is made of, so that a change of it builds it anew; gateway/Dockerfile copies the same. */
export const gatewaySources = ['go.mod', 'go.sum', 'main.go', 'socket_io.go'] as const;

const upstreams = ({ instances, port }: Place): string =>
  Array.from({ length: instances }, (_, index) => `127.0.0.1:${port('service', index)}`).join(' ');

/** Caddy with an exporter and a balancing policy of ours, in front of the service's instances. */
export const gateway: ServerDescription = {
  name: 'gateway',
  needs: [],
  ports: ({ port }) => [tcp(port('gateway')), tcp(port('gatewayTls'))],
  outputs: ({ port }) => ({
    PUBLIC_URL: `http://localhost:${port('gateway')}`,
  }),
  installation: goSource({
    name: 'gateway',
    title: 'gateway (Caddy 2.11.9)',
    source,
    files: gatewaySources,
  }),
  async processes(setting) {
    const { program, folder, port, outputs } = setting;
    return [
      {
        name: 'gateway',
        command: program,
        args: ['run', '--config', join(source, 'Caddyfile'), '--adapter', 'caddyfile'],
        env: {
          GATEWAY_BIND: '127.0.0.1',
          GATEWAY_PORT: `${port('gateway')}`,
          GATEWAY_TLS_PORT: `${port('gatewayTls')}`,
          GATEWAY_STORAGE: folder,
          SERVICE_UPSTREAMS: upstreams(setting),
          OTEL_SERVICE_NAME: 'gateway',
          OTEL_TRACES_EXPORTER: 'zipkin',
          OTEL_EXPORTER_ZIPKIN_ENDPOINT: outputs['ZIPKIN_URL'] ?? '',
          OTEL_PROPAGATORS: 'tracecontext,baggage,b3',
          OTEL_TRACES_SAMPLER: setting.env['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on',
          XDG_CONFIG_HOME: folder,
          XDG_DATA_HOME: folder,
        },
        ready: httpReady(`http://127.0.0.1:${port('gateway')}/health/gateway`),
        readyWithinMs: 15_000,
        graceMs: 12_000, // the Caddyfile lets requests finish for 10 s
      },
    ];
  },
};
