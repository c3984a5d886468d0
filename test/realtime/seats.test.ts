import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { startInstance } from '../support/service.ts';
import { instanceApis } from '../support/stack.ts';

describe('seats', () => {
  it('50 users on 6 seats over two instances: exactly 6 are in', async () => {
    const people = await Promise.all(Array.from({ length: 50 }, () => newPerson('crowd')));
    const [host, ...rest] = people;
    if (!host) throw new Error('nobody came');
    const room = await newRoom(host.token, { maxParticipants: 6 });

    const answers = await Promise.all(
      rest.map(({ token }, index) =>
        call('POST', `/rooms/${room.id}/join`, {
          token,
          base: instanceApis[index % instanceApis.length] ?? '',
        }),
      ),
    );

    const admitted = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status, body }) => status === 409 && body['code'] === 'ROOM_FULL');
    expect(admitted).toHaveLength(5);
    expect(refused).toHaveLength(44);
    const after = await getRoom(room.id);
    expect(after.joinedParticipants).toBe(6);
    expect(new Set(after.participants.map((who) => who.userId)).size).toBe(6);
  }, 120_000);

  it('the same user joining ten times at once over two instances takes one seat', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => join(room.id, guest.token, instanceApis[index % 2])),
    );
    expect(answers).toHaveLength(10);
    expect((await getRoom(room.id)).joinedParticipants).toBe(2);
  });
});

describe('seats that nobody sits on', () => {
  let quick: Awaited<ReturnType<typeof startInstance>>;
  beforeAll(async () => {
    quick = await startInstance({ SEAT_LEASE: '1s', ROOM_EMPTY_GRACE: '1s' });
  });
  afterAll(async () => {
    await quick[Symbol.asyncDispose]();
  });

  it('a seat that was claimed and never connected is freed after its lease, and the room ends with the last', async () => {
    const host = await newPerson();
    const made = await call('POST', '/rooms', {
      token: host.token,
      base: quick.api,
      body: { title: 'Nobody came' },
    });
    const roomId = String(made.body['id']);
    await eventually(async () =>
      expect(await getRoom(roomId)).toMatchObject({ status: 'ENDED', joinedParticipants: 0 }),
    );
  });

  it('a connected seat stays beyond its lease; when the last one drops, the room ends after the grace', async () => {
    const host = await newPerson();
    const made = await call('POST', '/rooms', {
      token: host.token,
      base: quick.api,
      body: { title: 'Here' },
    });
    const roomId = String(made.body['id']);
    const client = await connect(await join(roomId, host.token, quick.api));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await getRoom(roomId)).toMatchObject({ status: 'LIVE', joinedParticipants: 1 });

    await client[Symbol.asyncDispose]();
    await eventually(async () => expect(await getRoom(roomId)).toMatchObject({ status: 'ENDED' }), 25_000);
  }, 45_000);

  it('who lost their seat while they looked for their camera is admitted anew when they connect', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    await using _present = await connect(await join(room.id, host.token));
    const joined = await join(room.id, guest.token, quick.api);
    await eventually(async () => expect((await getRoom(room.id)).joinedParticipants).toBe(1));

    await using late = await connect(joined);
    await eventually(async () => expect((await getRoom(room.id)).joinedParticipants).toBe(2));
    expect(late.room.isConnected).toBe(true);
  });
});
