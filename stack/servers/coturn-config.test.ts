import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { dev } from '../dev-values.ts';
import { coturnConfig } from './coturn-config.ts';

const operators = readFileSync(join(import.meta.dirname, '..', '..', 'config', 'turnserver.conf'), 'utf8');
const server = {
  port: 6_478,
  relayPorts: [23_000, 23_099],
  secret: 'another-turn-secret',
  folder: '/state/coturn',
} as const;

/** Without comments. */
const linesOf = (config: string): string[] =>
  config.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('coturn configuration', () => {
  const lines = linesOf(coturnConfig(operators, server));

  test("the server's own values replace the operator's", () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'listening-port=6478',
        'listening-ip=127.0.0.1',
        'min-port=23000',
        'max-port=23099',
        'static-auth-secret=another-turn-secret',
        'userdb=/state/coturn/turndb',
        'pidfile=/state/coturn/turnserver.pid',
      ]),
    );
    expect(lines.join()).not.toContain(dev.turnSecret);
  });

  test('everything else stays as the operator wrote it', () => {
    const changed = linesOf(operators).filter((line) => !lines.includes(line));
    expect(changed.map((line) => line.split('=')[0])).toEqual([
      'listening-port',
      'listening-ip',
      'external-ip',
      'min-port',
      'max-port',
      'static-auth-secret',
      'userdb',
      'pidfile',
    ]);
    expect(lines).toHaveLength(linesOf(operators).length - 1);
  });
});
