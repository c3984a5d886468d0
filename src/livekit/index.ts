export { createLiveKit, type LiveKit } from './api.ts';
export { userIdOf } from './identity.ts';
export { createMint, type Mint } from './mint.ts';
export { warmUp } from './warm-up.ts';
