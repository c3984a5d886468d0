import { describe, expect, test } from '@jest/globals';
import { allOutputs, isGiven } from '../outputs.ts';
import { portOf } from '../ports.ts';
import type { Place } from '../server-description.ts';
import { allServers } from './all.ts';
import { serviceEnv } from './service.ts';

const placeWith = (env: NodeJS.ProcessEnv, offset = 0): Place => ({
  offset,
  instances: 1,
  nodes: 1,
  natsServers: 1,
  env,
  port: (name, index) => portOf(name, offset, index),
});
const envOf = (env: NodeJS.ProcessEnv, index = 0, offset = 0) => {
  const place = placeWith(env, offset);
  return serviceEnv(place, allOutputs(allServers, place), index);
};

describe('environment of the service', () => {
  test('names every server it talks to', () => {
    expect(envOf({})).toMatchObject({
      PORT: '3001',
      METRICS_PORT: '9464',
      PUBLIC_URL: 'http://localhost:8080',
      CORS_ORIGINS: 'http://localhost:8080,https://localhost:8443',
      MONGO_URL: 'mongodb://127.0.0.1:27017/realtime?directConnection=true',
      REDIS_URL: 'redis://127.0.0.1:6379',
      KEYCLOAK_ISSUER: 'http://localhost:8180/realms/meetings',
      LIVEKIT_URL: 'http://127.0.0.1:7880',
      LIVEKIT_PUBLIC_URL: 'ws://localhost:7870',
      TURN_URLS: 'turn:127.0.0.1:3478?transport=udp,turn:127.0.0.1:3478?transport=tcp',
      ZIPKIN_URL: 'http://127.0.0.1:9411/api/v2/spans',
      INSTANCE_ID: 'service-1',
    });
  });

  test('moves with the offset and the instance', () => {
    expect(envOf({}, 1, 3000)).toMatchObject({
      PORT: '6002',
      METRICS_PORT: '12465',
      INSTANCE_ID: 'service-2',
      PUBLIC_URL: 'http://localhost:11080',
      KEYCLOAK_ISSUER: 'http://localhost:11180/realms/meetings',
    });
  });

  test("the user's environment wins, except for what tells instances apart", () => {
    const env = envOf({ MONGO_URL: 'mongodb://db.test/x', TRACE_SAMPLE_RATIO: '0.1', PORT: '80' });
    expect(env).toMatchObject({ MONGO_URL: 'mongodb://db.test/x', TRACE_SAMPLE_RATIO: '0.1', PORT: '3001' });
  });

  test('with several nodes of LiveKit, the service too enters by the gateway', () => {
    const place = { ...placeWith({}), nodes: 2 };
    expect(serviceEnv(place, allOutputs(allServers, place), 0)).toMatchObject({
      LIVEKIT_URL: 'http://127.0.0.1:7870',
      LIVEKIT_PUBLIC_URL: 'ws://localhost:7870',
    });
  });

  test('TURN servers that run elsewhere come with a secret of their own', () => {
    const given = { TURN_URLS: 'turn:turn.test' };
    expect(envOf(given)).toMatchObject({ TURN_URLS: 'turn:turn.test', TURN_SECRET: '' });
    expect(envOf({ ...given, TURN_SECRET: 'of-their-own' })).toMatchObject({ TURN_SECRET: 'of-their-own' });
  });

  test('a server given by its URL is not started, and its other addresses follow from it', () => {
    const env = { KEYCLOAK_URL: 'https://login.test/', LIVEKIT_URL: 'https://sfu.test' };
    const given = allServers.filter((server) => isGiven(server, env)).map(({ name }) => name);
    expect(given.toSorted()).toEqual(['keycloak', 'livekit']);
    expect(envOf(env)).toMatchObject({
      KEYCLOAK_ISSUER: 'https://login.test/realms/meetings',
      LIVEKIT_PUBLIC_URL: 'wss://sfu.test',
    });
  });
});
