export { createPresence, type Presence } from './presence.ts';
export { startSeatSweep } from './seat-sweep.ts';
