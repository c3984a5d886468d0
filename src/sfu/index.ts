import type { Config } from '../config/index.ts';
import { createExchange, type LiveKit, type Mint, type Whip } from '../livekit/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { createCloudflareSessions } from './cloudflare/cloudflare-sessions.ts';
import { createLiveKitSessions } from './livekit-sessions.ts';
import type { SfuSessions } from './sessions.ts';

export { checkedSdp } from './checks.ts';
export type { Published, PullRequest, SessionOwner, SfuSession, SfuSessions } from './sessions.ts';

/** Sessions at the SFU that the settings name. */
export function createSfuSessions(deps: {
  sfu: Config['sfu'];
  livekit: LiveKit;
  mint: Mint;
  whip: Whip;
  logger: Pick<Logger, 'warn' | 'error'>;
}): SfuSessions {
  const { sfu, logger, livekit, mint, whip } = deps;
  return sfu.adapter === 'cloudflare'
    ? createCloudflareSessions({ settings: sfu, logger })
    : createLiveKitSessions({ livekit, mint, whip, exchange: createExchange({ livekit, mint, whip }) });
}
