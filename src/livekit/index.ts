export { createLiveKit, type LiveKit } from './api.ts';
export { identityOf, userIdOf } from './identity.ts';
export { createMint, type Mint } from './mint.ts';
export { warmUp } from './warm-up.ts';
