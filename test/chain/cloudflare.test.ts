import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { APP_ID, APP_SECRET, type CloudflareServer, startCloudflare } from '../sfu/cloudflare-server.ts';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type ChainWorld, openChainWorld } from './world.ts';

/** Wallets where Cloudflare is the SFU, which tells nobody when a session is over. */

let cloudflare: CloudflareServer;
let world: ChainWorld;
beforeAll(async () => {
  cloudflare = await startCloudflare();
  world = await openChainWorld({
    blockTime: 0,
    settings: {
      CHAIN_CONFIRMATIONS: '0',
      ROOM_EMPTY_GRACE: '1s',
      SFU: 'cloudflare',
      CLOUDFLARE_APP_ID: APP_ID,
      CLOUDFLARE_APP_SECRET: APP_SECRET,
      CLOUDFLARE_API_URL: cloudflare.url,
    },
  });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await cloudflare[Symbol.asyncDispose]();
});

type Answer = { type: string; sessionID?: string; code?: string };

async function joined(roomId: string) {
  const wallet = world.anvil.wallet();
  await world.join(wallet, roomId);
  const answer = await eventually(async () => {
    const told = (await world.forwards()).find((one) => one.wallet === wallet.address.toLowerCase());
    if (!told) throw new Error('no answer yet');
    return JSON.parse(told.text) as Answer;
  }, 20_000);
  return { answer, userId: `wallet:${wallet.address.toLowerCase()}` };
}

it('a wallet keeps its seat for as long as Cloudflare has its session, and leaves when it has not', async () => {
  const host = await world.person('host');
  const room = await newRoom(host.token, {}, world.service.api);
  // The host stays: nobody else keeps the room open.
  await call('POST', `/rooms/${room.id}/join`, { token: host.token, base: world.service.api });
  const { answer, userId } = await joined(room.id);
  expect(answer).toMatchObject({ type: 'join-room', sessionID: expect.stringMatching(/^[0-9a-f]{32}$/) });
  const isIn = async (): Promise<boolean> =>
    (await getRoom(room.id, host.token, world.service.api)).participants.some((one) => one.userId === userId);
  // Longer than the grace that it would have.
  await sleep(5_000);
  expect(await isIn()).toBe(true);
  cloudflare.lapse(answer.sessionID ?? '');
  await eventually(async () => expect(await isIn()).toBe(false), 25_000);
}, 60_000);

it('the session of one who is put out is closed', async () => {
  const host = await world.person('host');
  const room = await newRoom(host.token, {}, world.service.api);
  const { answer, userId } = await joined(room.id);
  await call('POST', `/rooms/${room.id}/kick/${userId}`, { token: host.token, base: world.service.api });
  await eventually(() => expect(cloudflare.calls).toContain(`PUT sessions/${answer.sessionID}/tracks/close`));
});

it('what keeps Cloudflare from answering is told to the frontend', async () => {
  cloudflare.failAlways({
    status: 503,
    body: { errorCode: 'internal_error', errorDescription: 'Not today.' },
  });
  const { answer } = await joined(randomUUID());
  expect(answer).toMatchObject({ type: 'error', code: 'SFU_UNAVAILABLE' });
  cloudflare.recover();
  await world.settled();
  expect(cloudflare.faults).toEqual([]);
}, 60_000);
