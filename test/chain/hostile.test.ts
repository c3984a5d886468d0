import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AbiCoder, hexlify, id, type Signer, toUtf8Bytes } from 'ethers';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type ChainWorld, keyOf, openChainWorld } from './world.ts';

/** Whoever pays for it can write anything into an event. Each is answered, and stops nothing. */

let world: ChainWorld;
beforeAll(async () => {
  world = await openChainWorld({ blockTime: 0, settings: { CHAIN_CONFIRMATIONS: '0' } });
});
afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

const answerTo = (wallet: { address: string }, times = 1) =>
  eventually(async () => {
    const told = (await world.forwards()).filter((one) => one.wallet === wallet.address.toLowerCase());
    if (told.length < times) throw new Error(`${told.length} of ${times} answers`);
    return JSON.parse(told.at(-1)?.text ?? '') as { type: string; code?: string };
  }, 20_000);

/** A call whose strings are these bytes, be they text or not. */
async function joinWithBytes(wallet: Signer, roomId: string, sdp: Uint8Array, tracks: Uint8Array[]) {
  const selector = id('joinRoom(bytes32,string,string[])').slice(0, 10);
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ['bytes32', 'bytes', 'bytes[]'],
    [keyOf(roomId), hexlify(sdp), tracks.map((one) => hexlify(one))],
  );
  const sent = await wallet.sendTransaction({ to: world.anvil.contract, data: selector + encoded.slice(2) });
  await sent.wait();
}

const NOT_TEXT = new Uint8Array([0xff, 0xfe, 0xc3, 0x28, 0x00]);

it.each([
  ['is empty', ''],
  ['is no SDP', 'hello'],
  ['only begins as SDP', 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n'],
  ['is JSON that would be an answer', '{"type":"join-room","sessionID":"x"}'],
  ['is 100 KB', `v=0\r\n${'a=x:'.padEnd(100 * 1_024, 'y')}\r\n`],
  ['has control characters', 'v=0\u0000\u0007\u001b[31m'],
])('a description that %s is refused, takes no seat and makes no room', async (_what, offer) => {
  const wallet = world.anvil.wallet();
  const roomId = randomUUID();
  await world.join(wallet, roomId, { offer });
  expect(await answerTo(wallet)).toMatchObject({ type: 'error', code: 'SFU_REFUSED' });
  const { status } = await call('GET', `/rooms/${roomId}`, { base: world.service.api });
  expect(status).toBe(404);
});

it('a description that is not UTF-8 is refused', async () => {
  const wallet = world.anvil.wallet();
  await joinWithBytes(wallet, randomUUID(), NOT_TEXT, [toUtf8Bytes('microphone')]);
  expect(await answerTo(wallet)).toMatchObject({ type: 'error', code: 'SFU_REFUSED' });
});

it('names of tracks that are not UTF-8, or more than are sent, are refused', async () => {
  const [one, other] = [world.anvil.wallet(), world.anvil.wallet()];
  await world.join(one, randomUUID(), { tracks: ['a', 'b', 'c'] });
  expect(await answerTo(one)).toMatchObject({ type: 'error', code: 'SFU_REFUSED' });
  const { anOfferToSend } = await import('../support/sdp.ts');
  await joinWithBytes(other, randomUUID(), toUtf8Bytes(anOfferToSend()), [NOT_TEXT]);
  expect(await answerTo(other)).toMatchObject({ type: 'error', code: 'SFU_REFUSED' });
});

it('names of tracks with anything in them are names', async () => {
  const wallet = world.anvil.wallet();
  await world.join(wallet, randomUUID(), { tracks: ['"}\u2028<script>$where'] });
  expect(await answerTo(wallet)).toMatchObject({ type: 'join-room' });
});

describe('a room that', () => {
  it('is full refuses the wallet, and takes it when there is a seat', async () => {
    const host = await world.person('host');
    const room = await newRoom(host.token, { maxParticipants: 2 }, world.service.api);
    const guest = await world.person('guest');
    await call('POST', `/rooms/${room.id}/join`, { token: guest.token, base: world.service.api });
    const wallet = world.anvil.wallet();
    await world.join(wallet, room.id);
    expect(await answerTo(wallet)).toMatchObject({ type: 'error', code: 'ROOM_FULL' });
    await call('POST', `/rooms/${room.id}/leave`, { token: guest.token, base: world.service.api });
    await world.join(wallet, room.id);
    expect(await answerTo(wallet, 2)).toMatchObject({ type: expect.not.stringMatching('error') });
  });

  it('put the wallet out refuses it from then on', async () => {
    const host = await world.person('host');
    const room = await newRoom(host.token, {}, world.service.api);
    const wallet = world.anvil.wallet();
    await world.join(wallet, room.id);
    expect(await answerTo(wallet)).toMatchObject({ type: 'join-room' });
    const kicked = await call('POST', `/rooms/${room.id}/kick/wallet:${wallet.address.toLowerCase()}`, {
      token: host.token,
      base: world.service.api,
    });
    expect(kicked.status).toBeLessThan(300);
    await world.join(wallet, room.id);
    expect(await answerTo(wallet, 2)).toMatchObject({ type: 'error', code: 'KICKED' });
    const { joinedParticipants } = await getRoom(room.id, host.token, world.service.api);
    expect(joinedParticipants).toBe(1);
  });
});

it('one wallet that floods does not keep the others waiting for ever, and all are answered', async () => {
  const flooding = world.anvil.wallet();
  const nonce = await flooding.getNonce();
  const call_ = (index: number) => {
    const selector = id('joinRoom(bytes32,string,string[])').slice(0, 10);
    const body = AbiCoder.defaultAbiCoder().encode(
      ['bytes32', 'string', 'string[]'],
      [keyOf(randomUUID()), `nothing ${index}`, []],
    );
    return flooding.sendTransaction({
      to: world.anvil.contract,
      data: selector + body.slice(2),
      nonce: nonce + index,
    });
  };
  await Promise.all(Array.from({ length: 30 }, (_, index) => call_(index)));
  const wallet = world.anvil.wallet();
  await world.join(wallet, randomUUID());
  expect(await answerTo(wallet)).toMatchObject({ type: 'join-room' });
  await world.settled(40_000);
}, 60_000);

it('after all of it each join has its answer, and the service is well', async () => {
  await world.settled();
  const { body } = await call('GET', '/health', { base: world.service.url });
  expect(body).toMatchObject({ status: 'UP', components: { chain: { status: 'UP' } } });
  expect(world.service.lines().filter(({ level }) => level === 'error')).toEqual([]);
});
