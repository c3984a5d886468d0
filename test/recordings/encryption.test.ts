import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { EncryptionType, type RoomOptions } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { openSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import { publish } from './publisher.ts';

const livekit = new RoomServiceClient(
  output('LIVEKIT_URL'),
  output('LIVEKIT_API_KEY'),
  output('LIVEKIT_API_SECRET'),
);
const tracksIn = async (roomId: string): Promise<number> =>
  (await livekit.listParticipants(roomId)).flatMap(({ tracks }) => tracks).length;

const encryption = {
  encryptionType: EncryptionType.GCM,
  keyProviderOptions: { sharedKey: new TextEncoder().encode('a key that the service never sees') },
} as unknown as NonNullable<RoomOptions['encryption']>;
const tone = { tone: 440, luma: 100 };

it('takes what is not encrypted out of an encrypted room, and tells whose it was', async () => {
  const [host, guest] = await Promise.all([newPerson('host'), newPerson('guest')]);
  const room = await newRoom(host.token, { e2ee: true });
  await using socket = await openSocket(guest.token);
  await socket.do('room:join', { roomId: room.id });
  await using _clear = await publish(room.id, guest.token, tone);
  for (const source of ['microphone', 'camera'])
    expect(await socket.hear('media:track-refused', (told) => told['source'] === source)).toEqual({
      userId: guest.id,
      source,
      code: 'TRACK_NOT_ENCRYPTED',
    });
  await eventually(async () => expect(await tracksIn(room.id)).toBe(0), 5_000);
  // They stay, and may hear the others.
  await sleep(1_000);
  const { body } = await call('GET', `/rooms/${room.id}`, { token: host.token });
  expect(body['joinedParticipants']).toBe(2);
}, 60_000);

it('leaves what is encrypted', async () => {
  const host = await newPerson('host');
  const room = await newRoom(host.token, { e2ee: true });
  await using _encrypted = await publish(room.id, host.token, tone, { encryption });
  await sleep(3_000);
  expect(await tracksIn(room.id)).toBe(2);
}, 60_000);

it('leaves what is not encrypted in an open room', async () => {
  const host = await newPerson('host');
  const room = await newRoom(host.token);
  await using _open = await publish(room.id, host.token, tone);
  await sleep(2_000);
  expect(await tracksIn(room.id)).toBe(2);
}, 60_000);
