import { describe, expect, test } from '@jest/globals';
import { selectServers, startOrder } from './order.ts';

const redis = { name: 'redis', needs: [] };
const livekit = { name: 'livekit', needs: ['redis'] };
const mongodb = { name: 'mongodb', needs: [] };
const service = { name: 'service', needs: ['livekit', 'mongodb'] };
const all = [service, livekit, mongodb, redis];
const namesOf = (servers: readonly { name: string }[]) => servers.map(({ name }) => name);

describe('start order', () => {
  test('each server stands after all that it needs', () => {
    expect(namesOf(startOrder(all))).toEqual(['redis', 'livekit', 'mongodb', 'service']);
  });

  test('a need that is not started here does not matter', () => {
    expect(namesOf(startOrder([livekit]))).toEqual(['livekit']);
  });

  test('a circle is refused, and shown', () => {
    const nodes = [
      { name: 'a', needs: ['b'] },
      { name: 'b', needs: ['c'] },
      { name: 'c', needs: ['b'] },
    ];
    expect(() => startOrder(nodes)).toThrow('servers need each other in a circle: b → c → b');
  });
});

describe('selection', () => {
  test('only one server brings what it needs', () => {
    expect(namesOf(selectServers(all, ['livekit']))).toEqual(['redis', 'livekit']);
  });

  test('what is left out stays out, even when another needs it', () => {
    expect(namesOf(selectServers(all, undefined, ['redis', 'service']))).toEqual(['livekit', 'mongodb']);
  });

  test('an unknown name is refused with the known ones', () => {
    expect(() => selectServers(all, ['reddis'])).toThrow(/no server "reddis"; there are service, livekit/);
  });
});
