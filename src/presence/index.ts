export { createHeldConnections, type HeldConnections } from './held-connections.ts';
export { createInstanceLeases } from './instance-leases.ts';
export { type Arrival, createPresence, type Presence } from './presence.ts';
export { startSeatSweep } from './seat-sweep.ts';
