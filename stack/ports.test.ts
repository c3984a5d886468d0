import { describe, expect, test } from '@jest/globals';
import { basePorts, largestOffset, nextOffset, type PortName, parseOffset, portOf } from './ports.ts';

const names = Object.keys(basePorts) as PortName[];
/** As many nodes and instances as any test starts. A third LiveKit node would meet the gateway. */
const counts: Partial<Record<PortName, number>> = {
  livekit: 2,
  livekitTcp: 2,
  livekitUdp: 2,
  nats: 3,
  natsWebSocket: 3,
  natsMonitoring: 3,
  natsCluster: 3,
  service: 9,
  metrics: 9,
  turnRelay: 100,
};

function everyPort(offset: number): readonly number[] {
  return names.flatMap((name) =>
    Array.from({ length: counts[name] ?? 1 }, (_, index) => portOf(name, offset, index)),
  );
}

describe('ports', () => {
  test('no two servers of a stack share a port, second nodes and instances included', () => {
    const ports = everyPort(0);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test.each([
    ['a stack', 0, "the tests' stack", 3000],
    ['a stack', 0, 'the one it offers', nextOffset(0)],
    ["the tests' stack", 3000, 'the one it offers', nextOffset(3000)],
  ])('%s (%i) shares no port with %s (%i)', (_one, offset, _other, otherOffset) => {
    const own = new Set(everyPort(offset));
    expect(everyPort(otherOffset).filter((port) => own.has(port))).toEqual([]);
  });

  test('next nodes and instances are found by their distance', () => {
    expect(portOf('livekit', 0, 1)).toBe(7980);
    expect(portOf('service', 3000, 1)).toBe(6002);
  });

  test('PORT_OFFSET is 0 when it is not set', () => {
    expect(parseOffset(undefined)).toBe(0);
    expect(parseOffset('')).toBe(0);
    expect(parseOffset('3000')).toBe(3000);
  });

  test.each(['-1', '1.5', 'many', `${largestOffset + 1}`])('PORT_OFFSET=%s is refused by name', (text) => {
    expect(() => parseOffset(text)).toThrow(/PORT_OFFSET must be a whole number/);
  });
});
