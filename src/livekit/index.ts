export { createLiveKit, type LiveKit, type Present, type Published } from './api.ts';
export { createExchange, type Exchange, type WantedTrack } from './exchange.ts';
export { identityOf, userIdOf } from './identity.ts';
export { createMint, type Mint, roomSettings } from './mint.ts';
export { warmUp } from './warm-up.ts';
export { type AskedTracks, createWhip, type Whip } from './whip.ts';
