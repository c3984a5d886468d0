/**
 * Every port number of the product, before `PORT_OFFSET` is added (spec/README.md, "Where the stack
 * listens"). Numbers of servers that are not started yet are kept here so that nothing else takes them.
 */
export const basePorts = {
  gateway: 8080,
  gatewayTls: 8443,
  /** Where the gateway takes LiveKit's clients, however many nodes there are. */
  gatewayLivekit: 7870,
  keycloak: 8180,
  livekit: 7880,
  livekitTcp: 7881,
  livekitUdp: 7882,
  service: 3001,
  metrics: 9464,
  mongodb: 27017,
  redis: 6379,
  nats: 4222,
  natsWebSocket: 9222,
  natsMonitoring: 8222,
  /** Not NATS' own 6222: the tests' stack would have it where this one has its WebSocket. */
  natsCluster: 6250,
  anvil: 8545,
  turn: 3478,
  /** The first of those that relays have. */
  turnRelay: 20_000,
  zipkin: 9411,
  prometheus: 9090,
} as const;

export type PortName = keyof typeof basePorts;

/** How far apart the second, third, … of a kind listen. What is not named here exists once. */
const strides: Partial<Record<PortName, number>> = {
  livekit: 100,
  livekitTcp: 100,
  livekitUdp: 100,
  nats: 10,
  natsWebSocket: 10,
  natsMonitoring: 10,
  natsCluster: 10,
  service: 1,
  metrics: 1,
  turnRelay: 1,
};

/** Linux gives outgoing connections ports from 32768 on; the highest base number must stay below that. */
export const largestOffset = 32_767 - basePorts.mongodb;

/**
 * The offset to offer somebody whose port is taken. A step of 1500 makes no two of the numbers above meet,
 * as 1000 would.
 */
export function nextOffset(offset: number): number {
  return offset + 1500 <= largestOffset ? offset + 1500 : 0;
}

/** The port of the `index`-th (from 0) server of a kind, in a stack moved by `offset`. */
export function portOf(name: PortName, offset: number, index = 0): number {
  return basePorts[name] + offset + index * (strides[name] ?? 0);
}

/**
 * Reads `PORT_OFFSET`: a whole number from 0 to {@link largestOffset}, 0 when unset.
 * @throws RangeError that names the variable and the range.
 */
export function parseOffset(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const offset = Number(text);
  if (!Number.isInteger(offset) || offset < 0 || offset > largestOffset) {
    throw new RangeError(`PORT_OFFSET must be a whole number from 0 to ${largestOffset}, not "${text}"`);
  }
  return offset;
}
