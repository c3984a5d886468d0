import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import { goSource } from '../install/go.ts';
import { httpReady } from '../run/probe.ts';
import { type Place, type ServerDescription, tcp } from '../server-description.ts';
import { page, preparePage } from './page.ts';

const source = join(import.meta.dirname, '..', '..', 'gateway');

/** All that the binary is made of, so that a change of it builds it anew; gateway/Dockerfile copies the same. */
export const gatewaySources = ['go.mod', 'go.sum', 'main.go', 'socket_io.go'] as const;

const upstreams = ({ port }: Place, name: 'service' | 'livekit', count: number): string =>
  Array.from({ length: count }, (_, index) => `127.0.0.1:${port(name, index)}`).join(' ');

/**
 * Whom the page may connect to, besides where it came from: its own sockets, by their whole addresses, because
 * Safari's 'self' does not cover them; Keycloak; LiveKit, whose clients ask by HTTP why a socket failed; the chain, if it
 * may.
 */
export function connectOrigins(outputs: Readonly<Record<string, string>>): string {
  const originOf = (name: string): string => (outputs[name] ? new URL(outputs[name]).origin : '');
  const socketOf = (origin: string): string => origin.replace(/^http/, 'ws');
  const livekit = socketOf(originOf('LIVEKIT_PUBLIC_URL'));
  const origins = [
    socketOf(originOf('PUBLIC_URL')),
    socketOf(originOf('PUBLIC_TLS_URL')),
    originOf('KEYCLOAK_ISSUER'),
    livekit,
    livekit.replace(/^ws/, 'http'),
    originOf('GATEWAY_CHAIN_RPC_URL'),
  ];
  return origins.filter(Boolean).join(' ');
}

/** The stack's own chain, as browsers reach it. One that runs elsewhere is not for everybody who opens the page. */
const chainRpcUrl = ({ env, port }: Place): string =>
  env['CHAIN_URL'] ? '' : `http://localhost:${port('anvil')}`;

/**
 * Caddy with an exporter and a balancing policy of ours: serves the page, and balances the service's instances and
 * LiveKit's nodes.
 */
export const gateway: ServerDescription = {
  name: 'gateway',
  needs: [], // it waits for none: outputs are known before anything starts
  ports: ({ port }) => [tcp(port('gateway')), tcp(port('gatewayTls')), tcp(port('gatewayLivekit'))],
  outputs: ({ port }) => ({
    PUBLIC_URL: `http://localhost:${port('gateway')}`,
    PUBLIC_TLS_URL: `https://localhost:${port('gatewayTls')}`,
  }),
  installation: goSource({
    name: 'gateway',
    title: 'gateway (Caddy 2.11.9)',
    source,
    files: gatewaySources,
  }),
  parts: { page },
  async processes(setting) {
    const { program, parts, folder, port, outputs } = setting;
    const GATEWAY_CHAIN_RPC_URL = chainRpcUrl(setting);
    return [
      {
        name: 'gateway',
        command: program,
        args: ['run', '--config', join(source, 'Caddyfile'), '--adapter', 'caddyfile'],
        env: {
          GATEWAY_BIND: '127.0.0.1',
          GATEWAY_PORT: `${port('gateway')}`,
          GATEWAY_TLS_PORT: `${port('gatewayTls')}`,
          GATEWAY_LIVEKIT_PORT: `${port('gatewayLivekit')}`,
          GATEWAY_STORAGE: folder,
          GATEWAY_PAGE: preparePage(parts['page'] ?? '', folder),
          GATEWAY_OIDC_AUTHORITY: outputs['KEYCLOAK_ISSUER'] ?? '',
          GATEWAY_OIDC_CLIENT: dev.webClientId,
          GATEWAY_CHAIN_RPC_URL,
          GATEWAY_CONNECT_ORIGINS: connectOrigins({ ...outputs, GATEWAY_CHAIN_RPC_URL }),
          SERVICE_UPSTREAMS: upstreams(setting, 'service', setting.instances),
          LIVEKIT_UPSTREAMS: upstreams(setting, 'livekit', setting.nodes),
          // Where instances come and go, the gateway looks for them: here it is told.
          SERVICE_DISCOVERY: '',
          LIVEKIT_DISCOVERY: '',
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
