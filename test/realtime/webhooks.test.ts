import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessToken } from 'livekit-server-sdk';
import mongoose from 'mongoose';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { instanceApis, output } from '../support/stack.ts';

type Event = { event: string; id?: string; room?: { name: string }; participant?: Record<string, unknown> };

/** Signs a body as LiveKit does: a token of the API key that carries the body's SHA-256. */
async function sign(body: string, secret = output('LIVEKIT_API_SECRET')): Promise<string> {
  const token = new AccessToken(output('LIVEKIT_API_KEY'), secret, { ttl: 300 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

async function send(body: string, authorization: string | undefined, base = instanceApis[0]) {
  const response = await fetch(`${base}/webhooks/livekit`, {
    method: 'POST',
    headers: {
      'content-type': 'application/webhook+json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function deliver(event: Event, base?: string) {
  const body = JSON.stringify(event);
  return send(body, await sign(body), base);
}

const joinedEvent = (roomId: string, userId: string, sid: string): Event => ({
  event: 'participant_joined',
  id: `EV_${randomUUID()}`,
  room: { name: roomId },
  participant: { sid, identity: userId, kind: 'STANDARD' },
});

describe("LiveKit's webhooks", () => {
  let mongo: mongoose.Connection;
  beforeAll(async () => {
    mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
  });
  afterAll(() => mongo.close());

  const connectionsOf = async (roomId: string): Promise<string[]> => {
    const room = await mongo
      .collection<{ _id: string; seats: { connections: string[] }[] }>('rooms')
      .findOne({ _id: roomId });
    return room?.seats.flatMap((seat) => seat.connections) ?? [];
  };

  it('are done once, whichever instance they are replayed to', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const arrived = joinedEvent(room.id, host.id, 'PA_one');
    const gone: Event = { ...arrived, event: 'participant_left', id: `EV_${randomUUID()}` };

    expect((await deliver(arrived, instanceApis[0])).status).toBe(200);
    expect(await connectionsOf(room.id)).toEqual(['livekit:PA_one']);
    expect((await deliver(gone, instanceApis[1])).status).toBe(200);
    expect(await connectionsOf(room.id)).toEqual([]);
    // Replayed, it would bring back a connection that is gone.
    expect((await deliver(arrived, instanceApis[0])).status).toBe(200);
    expect((await deliver(arrived, instanceApis[1])).status).toBe(200);
    expect(await connectionsOf(room.id)).toEqual([]);
  });

  it('are done once when the same one comes to both instances at the same time', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const arrived = joinedEvent(room.id, host.id, 'PA_race');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => deliver(arrived, instanceApis[index % 2])),
    );
    for (const { status } of answers) expect([200, 503]).toContain(status);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    expect(await connectionsOf(room.id)).toEqual(['livekit:PA_race']);
    expect((await deliver(arrived)).status).toBe(200);
  });

  it.each([
    ['without a signature', async () => undefined],
    [
      'signed with another secret',
      (body: string) => sign(body, 'another-secret-another-secret-another-secret'),
    ],
    ['with the signature of another body', () => sign('{}')],
    ['with a user token', async () => (await newPerson()).token],
    ['with nonsense', async () => 'Bearer nonsense'],
  ])('are refused %s, and do nothing', async (_name, authorize) => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const body = JSON.stringify(joinedEvent(room.id, host.id, 'PA_forged'));
    const answer = await send(body, await authorize(body));
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(await connectionsOf(room.id)).toEqual([]);
  });

  it('are answered 5xx when the work fails half-way, count as not done, and work when sent again', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    // Removing the intruder needs LiveKit, and for this instance there is none.
    const cut = await startInstance({ LIVEKIT_URL: 'http://127.0.0.1:9' });
    const event = joinedEvent(room.id, 'an-intruder', 'PA_intruder');
    try {
      const failed = await deliver(event, cut.api);
      expect(failed.status).toBe(503);
      expect(failed.headers.get('retry-after')).toBe('2');
      expect(JSON.parse(failed.text)).toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
      const record = { _id: event.id ?? '' };
      const deliveries = mongo.collection<{ _id: string; done: boolean }>('webhook_deliveries');
      expect(await deliveries.findOne(record)).toBeNull();

      expect((await deliver(event)).status).toBe(200);
      expect(await deliveries.findOne(record)).toMatchObject({ done: true });
    } finally {
      await cut[Symbol.asyncDispose]();
    }
  });

  it.each([
    ['an event that means nothing to us', { event: 'egress_started', id: 'EV_x' }, 200],
    ['an event without an id', { event: 'participant_joined', room: { name: 'x' } }, 400],
    ['a room that is none of ours', joinedEvent('a-room-of-theirs', 'someone', 'PA_x'), 200],
  ])('answer %s', async (_name, event, status) => {
    const sent = 'id' in event && event.id !== 'EV_x' ? { ...event, id: `EV_${randomUUID()}` } : event;
    expect((await deliver(sent)).status).toBe(status);
  });

  it('that are older than the leaving of whom they tell do not seat them again', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    await join(room.id, guest.token);
    await call('POST', `/rooms/${room.id}/leave`, { token: guest.token });
    expect((await deliver(joinedEvent(room.id, guest.id, 'PA_late'))).status).toBe(200);
    expect((await getRoom(room.id)).participants.map((who) => who.userId)).toEqual([host.id]);
  });

  it.each([
    ['room_finished', 'closes its room'],
    ['room_started', 'begins its room anew: on another node, for the one before was killed'],
  ])("close a room's LiveKit connections when LiveKit (%s) %s", async (event) => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    await deliver(joinedEvent(room.id, host.id, 'PA_a'));
    expect(await connectionsOf(room.id)).toEqual(['livekit:PA_a']);
    await deliver({ event, id: `EV_${randomUUID()}`, room: { name: room.id } });
    expect(await connectionsOf(room.id)).toEqual([]);
    expect((await getRoom(room.id)).status).toBe('LIVE');
  });

  it('leave helpers of LiveKit alone, which hold no seats', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const helper = joinedEvent(room.id, 'EG_recorder', 'PA_helper');
    const answer = await deliver({ ...helper, participant: { ...helper.participant, kind: 'EGRESS' } });
    expect(answer.status).toBe(200);
    expect(await connectionsOf(room.id)).toEqual([]);
  });
});
