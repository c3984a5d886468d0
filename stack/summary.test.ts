import { describe, expect, test } from '@jest/globals';
import { portOf } from './ports.ts';
import type { RunningServer } from './run/running-server.ts';
import type { Stack } from './stack.ts';
import { summaryOf } from './summary.ts';

/** A stack of which only the summary's part is there. */
function stackOf(...names: readonly string[]): Stack {
  const outputs = {
    PUBLIC_URL: 'http://localhost:8080',
    PUBLIC_TLS_URL: 'https://localhost:8443',
    KEYCLOAK_URL: 'http://localhost:8180',
    KEYCLOAK_ISSUER: 'http://localhost:8180/realms/meetings',
    ZIPKIN_URL: 'http://127.0.0.1:9411/api/v2/spans',
    NATS_PUBLIC_URL: 'ws://localhost:9222',
    CHAIN_URL: 'ws://127.0.0.1:8545',
    CHAIN_CONTRACT: '0xC0',
  };
  const servers = new Map(names.map((name) => [name, {} as RunningServer]));
  const port: Stack['port'] = (name, index) => portOf(name, 0, index);
  return { outputs, servers, stateDir: '/state', offset: 0, port } as Partial<Stack> as Stack;
}

describe('what npm start prints', () => {
  test('begins with the page, who to sign in as, and how to be two', () => {
    const [, up, , open, second] = summaryOf(stackOf('keycloak', 'gateway', 'service-1'), 9).split('\n');
    expect(up).toBe('Everything is up (9 s).');
    expect(open).toBe('Open http://localhost:8080 and sign in as alice (password alice).');
    expect(second).toContain('private window');
    expect(second).toContain('bob (password bob)');
  });

  test('says where to connect by NATS when that was started', () => {
    expect(summaryOf(stackOf('nats'), 9)).toMatch(/NATS +ws:\/\/localhost:9222 /);
    expect(summaryOf(stackOf('gateway'), 9)).not.toContain('NATS');
  });

  test('says where the chain and its contract are when that was started', () => {
    expect(summaryOf(stackOf('anvil'), 9)).toMatch(/Chain +ws:\/\/127\.0\.0\.1:8545 +\(contract 0xC0\)/);
    expect(summaryOf(stackOf('gateway'), 9)).not.toContain('Chain');
  });

  test('says nothing of the page when it or the service was not started', () => {
    expect(summaryOf(stackOf('keycloak', 'gateway'), 9)).not.toContain('Open http');
    expect(summaryOf(stackOf('keycloak', 'service-1'), 9)).not.toContain('Open http');
  });
});
