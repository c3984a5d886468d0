import { randomUUID } from 'node:crypto';
import { loadConfig, Secret } from '../../src/config/index.ts';
import { createLiveKit, createMint, createWhip, identityOf } from '../../src/livekit/index.ts';
import {
  createSfuSessions,
  type SessionOwner,
  type SfuSession,
  type SfuSessions,
} from '../../src/sfu/index.ts';
import { createLogger } from '../../src/telemetry/index.ts';
import { openBrowser } from '../support/browser.ts';
import { join, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { output, stack } from '../support/stack.ts';
import { APP_ID, APP_SECRET, startCloudflare } from './cloudflare-server.ts';
import { browserDevice, type Device, paperDevice } from './device.ts';

/** An SFU for the contract, and who may have sessions there: all in one room. */
export type World = AsyncDisposable &
  Readonly<{
    /** Sessions as one instance of the service has them; each call is another instance. */
    instance(): SfuSessions;
    /** The same when nobody listens where the SFU should be. */
    away(): SfuSessions;
    owner(device?: string): Promise<SessionOwner>;
    device(): Promise<Device>;
    /** Makes the SFU forget a session that was connected. */
    forget(session: SfuSession): Promise<void>;
    /** What the SFU had against what it was asked. */
    faults(): readonly string[];
  }>;

const config = loadConfig({ ...stack.serviceEnv, PORT: '1' });
const logger = createLogger({ ...config, log: { level: 'error', format: 'json' } });
const NOBODY_LISTENS = 'http://127.0.0.1:9';

/** `createSfuSessions` as the service calls it, with LiveKit and Cloudflare where the arguments say. */
function sessionsOf(
  sfu: Parameters<typeof createSfuSessions>[0]['sfu'],
  url = output('LIVEKIT_URL'),
): SfuSessions {
  const settings = { ...config.livekit, url };
  return createSfuSessions({
    sfu,
    livekit: createLiveKit(settings, logger),
    mint: createMint({ livekit: settings, now: () => new Date() }),
    whip: createWhip({ url, timeout: 5_000 }),
    logger,
  });
}

/** The stack's LiveKit, with devices in a real Chromium. The owners hold seats, or LiveKit is told to remove them. */
export async function liveKitWorld() {
  const browser = await openBrowser();
  const page = await browser.newPage({ baseURL: output('PUBLIC_URL') });
  await page.goto('/');
  const host = await newPerson('host');
  const room = await newRoom(host.token, { maxParticipants: 50 });
  const livekit = createLiveKit(config.livekit, logger);
  return {
    roomId: room.id,
    livekit,
    instance: () => sessionsOf({ adapter: 'livekit' }),
    away: () => sessionsOf({ adapter: 'livekit' }, NOBODY_LISTENS),
    async owner(device?: string): Promise<SessionOwner> {
      const person = await newPerson();
      await join(room.id, person.token);
      return {
        room: { id: room.id, access: 'public' },
        participant: { userId: person.id, name: 'A test', role: 'PARTICIPANT' },
        ...(device === undefined ? {} : { device }),
      };
    },
    device: () => browserDevice(page),
    forget: ({ owner }: SfuSession) =>
      livekit.remove(owner.room.id, identityOf(owner.participant.userId, owner.device)),
    faults: () => [],
    [Symbol.asyncDispose]: () => browser.close(),
  } satisfies World & Record<string, unknown>;
}

/** The published API on this machine. No media goes through it. */
export async function cloudflareWorld(): Promise<World> {
  const server = await startCloudflare();
  const settings = { adapter: 'cloudflare', appId: APP_ID, appSecret: new Secret(APP_SECRET) } as const;
  return {
    instance: () => sessionsOf({ ...settings, url: server.url }),
    away: () => sessionsOf({ ...settings, url: NOBODY_LISTENS }),
    owner: async (device) => ({
      room: { id: 'a-room', access: 'public' },
      participant: { userId: randomUUID(), name: 'A test', role: 'PARTICIPANT' },
      ...(device === undefined ? {} : { device }),
    }),
    device: async () => paperDevice,
    forget: async ({ id }) => server.lapse(id),
    faults: () => server.faults,
    [Symbol.asyncDispose]: async () => server[Symbol.asyncDispose](),
  };
}
