import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type ChainWorld, openChainWorld } from './world.ts';

let world: ChainWorld;
beforeAll(async () => {
  world = await openChainWorld();
});
afterAll(() => world[Symbol.asyncDispose]() as Promise<void>);

const answerTo = async (wallet: string, times = 1) =>
  eventually(async () => {
    const told = (await world.forwards()).filter((one) => one.wallet === wallet.toLowerCase());
    if (told.length < times) throw new Error(`${told.length} of ${times} answers`);
    return JSON.parse(told.at(-1)?.text ?? '') as Record<string, never> & { type: string };
  }, 20_000);

describe('a wallet that joins', () => {
  it('gets an answer on the chain, and is a participant like any other', async () => {
    const wallet = world.anvil.wallet();
    const { token } = await world.person('host');
    const room = await newRoom(token, {}, world.service.api);
    await world.join(wallet, room.id);
    const answer = await answerTo(wallet.address);
    expect(answer).toEqual({
      sessionID: expect.stringContaining(`wallet:${wallet.address.toLowerCase()}~`),
      type: 'join-room',
      cloudflareResponse: { answer: expect.stringContaining('a=ice-ufrag:') },
    });
    const { participants } = await getRoom(room.id, token, world.service.api);
    expect(participants).toContainEqual(
      expect.objectContaining({ userId: `wallet:${wallet.address.toLowerCase()}`, role: 'PARTICIPANT' }),
    );
    await world.settled();
  });

  it('makes the room of that id when there is none, and is its host', async () => {
    const { token } = await world.person();
    for (const roomId of [randomUUID(), `0x${'5a'.repeat(32)}`]) {
      const wallet = world.anvil.wallet();
      await world.join(wallet, roomId);
      expect(await answerTo(wallet.address)).toMatchObject({ type: 'join-room' });
      const room = await getRoom(roomId, token, world.service.api);
      expect(room).toMatchObject({ hostId: `wallet:${wallet.address.toLowerCase()}`, joinedParticipants: 1 });
    }
  });

  it('publishes anew when it joins again, and leaves when it leaves', async () => {
    const wallet = world.anvil.wallet();
    const { token } = await world.person('host');
    const { id } = await newRoom(token, {}, world.service.api);
    await world.join(wallet, id);
    expect(await answerTo(wallet.address)).toMatchObject({ type: 'join-room' });
    await world.join(wallet, id);
    expect(await answerTo(wallet.address, 2)).toMatchObject({ type: 'publish-track' });
    await world.leave(wallet, id);
    await eventually(async () => {
      expect((await getRoom(id, token, world.service.api)).joinedParticipants).toBe(1);
    });
    await world.settled();
  });

  it('is told why when it is refused', async () => {
    const host = await world.person('host');
    const wallets = [world.anvil.wallet(), world.anvil.wallet(), world.anvil.wallet()] as const;
    const rooms = await Promise.all([
      newRoom(host.token, { access: 'private' }, world.service.api),
      newRoom(host.token, { e2ee: true }, world.service.api),
      newRoom(host.token, {}, world.service.api),
    ]);
    await call('DELETE', `/rooms/${rooms[2].id}`, { token: host.token, base: world.service.api });
    for (const [index, code] of ['NOT_INVITED', 'SDP_IMPOSSIBLE_E2EE', 'ROOM_ENDED'].entries()) {
      await world.join(wallets[index] ?? wallets[0], rooms[index]?.id ?? '');
      expect(await answerTo(wallets[index]?.address ?? '')).toMatchObject({ type: 'error', code });
    }
    await world.settled();
  });

  it('is seen by administrators, event and forward', async () => {
    const events = await world.listEvents('&state=CONFIRMED');
    const joined = events.find(({ name }) => name === 'ParticipantJoined');
    expect(joined).toMatchObject({ state: 'CONFIRMED', blockNumber: expect.any(Number) });
    const forwards = await world.listForwards(`&wallet=${joined?.wallet}`);
    expect(forwards).toContainEqual(expect.objectContaining({ eventId: joined?.id }));
    const wallets = await call('GET', '/chain/wallets', {
      token: world.administrator,
      base: world.service.api,
    });
    expect(wallets.body['wallets']).toHaveLength(2);
  });
});
