import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { livekitConfig } from './livekit-config.ts';

const operators = readFileSync(join(import.meta.dirname, '..', '..', 'livekit.yaml'), 'utf8');
const node = {
  port: 10_880,
  tcpPort: 10_881,
  udpPort: 10_882,
  redisUrl: 'redis://127.0.0.1:9379',
  publicUrl: 'http://localhost:11080',
  apiKey: 'devkey',
};

describe('livekit configuration', () => {
  test("one node's addresses replace the operator's", () => {
    expect(parse(livekitConfig(operators, node))).toMatchObject({
      port: 10_880,
      bind_addresses: ['127.0.0.1'],
      rtc: {
        tcp_port: 10_881,
        udp_port: 10_882,
        enable_loopback_candidate: true,
        ips: { includes: ['127.0.0.1/32'] },
      },
      redis: { address: '127.0.0.1:9379' },
      webhook: { api_key: 'devkey', urls: ['http://localhost:11080/api/realtime/webhooks/livekit'] },
    });
  });

  test('everything else stays as the operator wrote it', () => {
    const before = parse(operators);
    const after = parse(livekitConfig(operators, node));
    expect(after.room).toEqual(before.room);
    expect(after.rtc.use_external_ip).toBe(false);
    expect(before.room.enabled_codecs.map(({ mime }: { mime: string }) => mime)).toEqual([
      'audio/opus',
      'video/VP8',
      'video/H264',
    ]);
  });

  test('a Redis with a login and a database number gets them', () => {
    const config = livekitConfig(operators, { ...node, redisUrl: 'redis://me:s%2Fe@cache.test:1/3' });
    expect(parse(config).redis).toEqual({ address: 'cache.test:1', username: 'me', password: 's/e', db: 3 });
  });

  test('no file holds a secret', () => {
    expect(parse(operators).keys).toBeUndefined();
    expect(parse(livekitConfig(operators, node)).keys).toBeUndefined();
  });
});
