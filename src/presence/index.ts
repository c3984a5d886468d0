export { type Arrival, type Connection, createPresence, type Presence } from './presence.ts';
export { startSeatSweep } from './seat-sweep.ts';
