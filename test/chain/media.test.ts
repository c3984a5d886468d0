import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RemoteVideoTrack, RoomEvent, VideoStream } from '@livekit/rtc-node';
import { Contract, Wallet } from 'ethers';
import type { Browser } from 'playwright-core';
import { ABI } from '../../src/chain/contract.ts';
import { roomKeyOf } from '../../src/chain/names.ts';
import { connectTo } from '../../stack/chain/deploy.ts';
import { newAdministrator } from '../access/people.ts';
import { browserDevice } from '../sfu/device.ts';
import { openBrowser } from '../support/browser.ts';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { openSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';

/** One join end to end, in the stack as it is: a wallet, a real Chromium, its media in LiveKit, one trace in Zipkin. */

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

type Span = { id: string; parentId?: string; name: string; localEndpoint: { serviceName: string } };

async function traceOf(traceId: string): Promise<Span[]> {
  const response = await fetch(new URL(`/api/v2/trace/${traceId}`, output('ZIPKIN_URL')));
  return response.ok ? ((await response.json()) as Span[]) : [];
}

/** A wallet with money on the stack's chain. */
async function newWallet(provider: ReturnType<typeof connectTo>) {
  const wallet = Wallet.createRandom();
  await provider.send('anvil_setBalance', [wallet.address, '0x56bc75e2d63100000']);
  return wallet.connect(provider);
}

async function firstFrame(track: RemoteVideoTrack): Promise<void> {
  for await (const _frame of new VideoStream(track)) return;
}

it('a wallet joins, its peer gets the answer from the chain, its media arrives, in one trace', async () => {
  const provider = connectTo(output('CHAIN_URL').replace(/^ws/, 'http'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => provider.destroy());
  const [wallet, host, administrator] = await Promise.all([
    newWallet(provider),
    newPerson('host'),
    newAdministrator(),
  ]);
  const room = await newRoom(host.token);
  const userId = `wallet:${wallet.address.toLowerCase()}`;
  const socket = cleanUp.use(await openSocket(host.token));
  await socket.do('room:join', { roomId: room.id });
  const listener = cleanUp.use(await connect(await join(room.id, host.token), { autoSubscribe: true }));
  const seen = new Promise<void>((resolve, reject) => {
    listener.room.on(RoomEvent.TrackSubscribed, (track, _publication, participant) => {
      if (participant.identity.startsWith(userId) && 'kind' in track && track.kind === 2)
        firstFrame(track as RemoteVideoTrack).then(resolve, reject);
    });
  });

  const page = await browser.newPage();
  cleanUp.defer(() => page.close());
  await page.goto(output('PUBLIC_URL'));
  const device = await browserDevice(page);
  const key = roomKeyOf(room.id);
  const contract = new Contract(
    output('CHAIN_CONTRACT'),
    [...ABI, 'function joinRoom(bytes32, string, string[])', 'function leaveRoom(bytes32)'],
    wallet,
  );
  const sent = await contract.getFunction('joinRoom')(key, await device.offerMedia(), ['voice', 'face']);
  const answer = await eventually(async () => {
    const [log] = await contract.queryFilter(
      contract.filters['EventForwarded']?.(key, wallet.address) ?? '*',
      0,
    );
    if (!log) throw new Error('no answer yet');
    return JSON.parse((log as unknown as { args: string[] }).args[2] ?? '') as {
      type: string;
      sessionID: string;
      cloudflareResponse: { answer: string };
    };
  }, 30_000);
  expect(answer).toMatchObject({ type: 'join-room', sessionID: expect.stringContaining(userId) });
  await device.accept(answer.cloudflareResponse.answer);
  await seen;

  // Like any other: in the list, and told at sockets.
  expect((await getRoom(room.id, host.token)).participants).toContainEqual(
    expect.objectContaining({ userId, role: 'PARTICIPANT' }),
  );
  expect(JSON.stringify(socket.heard)).toContain(userId);

  const { body } = await call('GET', `/chain/events?roomId=${room.id}`, { token: administrator.token });
  const [event] = (body['events'] as unknown as { transactionHash: string; traceId: string }[]).filter(
    ({ transactionHash }) => transactionHash === sent.hash,
  );
  const spans = await eventually(async () => {
    const found = await traceOf(event?.traceId ?? '');
    const names = found.map(({ name }) => name);
    for (const name of ['chain event', 'chain work', 'admit', 'mint', 'whip', 'participant connected'])
      expect(names).toContain(name);
    for (const name of ['chain forward sign', 'chain forward mined', 'chain forward end'])
      expect(names).toContain(name);
    return found;
  }, 20_000);
  const ids = new Set(spans.map(({ id }) => id));
  const orphans = spans.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId));
  expect(orphans).toEqual([]);
  expect(spans.filter(({ parentId }) => parentId === undefined).map(({ name }) => name)).toEqual([
    'chain event',
  ]);

  await contract.getFunction('leaveRoom')(key);
  await eventually(
    async () => expect((await getRoom(room.id, host.token)).joinedParticipants).toBe(1),
    20_000,
  );
}, 120_000);
