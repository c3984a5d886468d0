import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { dev } from '../../stack/dev-values.ts';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { openSocket } from '../support/socket.ts';
import { instanceApis, output, stack } from '../support/stack.ts';
import { type Asker, comeIn } from './asking.ts';

/** What users ask for by NATS, at the two instances of the stack, which share the work. */

const [firstApi = '', secondApi = ''] = instanceApis;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});
function keep<T extends AsyncDisposable>(one: T): T {
  open.push(one);
  return one;
}

/** A room with its host and a guest, both by NATS. */
async function meeting(input: Record<string, unknown> = {}) {
  const [host, guest] = await Promise.all([newPerson('host'), newPerson('guest')]);
  const room = await newRoom(host.token, input);
  const asHost = keep(await comeIn(room.id, host, firstApi));
  const asGuest = keep(await comeIn(room.id, guest, secondApi));
  return { room, host, guest, asHost, asGuest };
}

const participant = async (roomId: string, userId: string) => {
  const { body } = await call('GET', `/rooms/${roomId}`, {});
  return (body as unknown as { participants: Record<string, unknown>[] }).participants.find(
    (one) => one['userId'] === userId,
  );
};

describe('a request', () => {
  it('for what the room is like is answered as HTTP answers it', async () => {
    const { room, host, asHost, asGuest } = await meeting();
    await asHost.ask('REQ_CHAT_MESSAGE', { message: 'First' });
    await asHost.ask('REQ_CHAT_MESSAGE', { message: 'Second' });
    const { type, data } = await asGuest.ask('REQ_INITIAL_DATA');
    expect(type).toBe('RES_INITIAL_DATA');
    const { body } = await call('GET', `/rooms/${room.id}`, { token: host.token });
    const { participants, invited: _, ...shown } = body as unknown as Record<string, unknown>;
    expect(data).toMatchObject({
      room: shown,
      participants,
      participant: { userId: asGuest.userId, role: 'PARTICIPANT' },
      recording: null,
      chat: { messages: [{ message: 'Second' }, { message: 'First' }], next: null },
    });
    const { body: chat } = await call('GET', `/rooms/${room.id}/chat`, { token: host.token });
    expect((data['chat'] as { messages: unknown }).messages).toEqual(chat['messages']);
  });

  it('for what the room is like is answered within what one message may hold', async () => {
    const { asHost, asGuest } = await meeting();
    for (let n = 0; n < 15; n += 1) {
      const { type } = await asHost.ask('REQ_CHAT_MESSAGE', { message: `${n} ${'長'.repeat(3_900)}` });
      expect(type).toBe('RES_CHAT_MESSAGE');
      // Within what one may say in a second.
      await sleep(110);
    }
    const { data } = await asGuest.ask('REQ_INITIAL_DATA');
    const chat = data['chat'] as { messages: { message: string }[]; next: string };
    expect(chat.messages.length).toBeGreaterThanOrEqual(5);
    expect(chat.messages[0]?.message).toMatch(/^14 /);
    expect(chat.next).toEqual(expect.any(String));
  });

  it('for the media server gets what lets one into LiveKit, in this room and as this user', async () => {
    const { room, asGuest } = await meeting();
    const { type, data } = await asGuest.ask('REQ_MEDIA_SERVER_DATA');
    expect(type).toBe('RES_MEDIA_SERVER_DATA');
    expect(data['server_url']).toBe(output('LIVEKIT_PUBLIC_URL'));
    const [, claims = ''] = `${data['participant_token']}`.split('.');
    const grant = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    expect(grant).toMatchObject({ sub: asGuest.userId, video: { room: room.id, roomJoin: true } });
    expect(Date.parse(`${data['expiresAt']}`)).toBeGreaterThan(Date.now());
    const { urls } = (data['iceServers'] as { urls: string[] }[])[0] ?? {};
    const joined = await call('POST', `/rooms/${room.id}/join`, { token: (await newPerson()).token });
    expect(urls).toEqual((joined.body['iceServers'] as unknown as { urls: string[] }[])[0]?.urls);
  });

  it('for a new session token gets one that lets its user in, and no other token is renewed', async () => {
    const { room, guest, asHost, asGuest } = await meeting();
    const { type, data } = await asGuest.ask('REQ_RENEW_WAJLC_TOKEN', { token: asGuest.messaging.token });
    expect(type).toBe('RES_RENEW_WAJLC_TOKEN');
    expect(Date.parse(`${data['expiresAt']}`)).toBeGreaterThan(Date.now());
    expect(data['token']).toEqual(expect.any(String));
    const others = await asHost.ask('REQ_RENEW_WAJLC_TOKEN', { token: data['token'] });
    expect(others).toMatchObject({ type: 'ERR', error: { code: 'IDENTITY_MISMATCH' } });
    const keycloak = await asGuest.ask('REQ_RENEW_WAJLC_TOKEN', { token: guest.token });
    expect(keycloak).toMatchObject({ type: 'ERR', error: { code: 'TOKEN_INVALID' } });
    const elsewhere = await newRoom(guest.token);
    const asGuestThere = keep(await comeIn(elsewhere.id, guest, firstApi));
    expect(await asGuestThere.ask('REQ_RENEW_WAJLC_TOKEN', { token: asGuest.messaging.token })).toMatchObject(
      { type: 'ERR', error: { code: 'ROOM_MISMATCH' } },
    );
    expect((await call('GET', `/rooms/${room.id}`, {})).status).toBe(200);
  });

  it('raises and lowers a hand, for everybody at every door', async () => {
    const { room, host, asHost, asGuest } = await meeting();
    await using socket = await openSocket(host.token, stack.instances[0] ?? '', {
      transports: ['websocket'],
    });
    await socket.do('room:join', { roomId: room.id });
    expect(await asGuest.ask('REQ_RAISE_HAND')).toMatchObject({
      type: 'RES_RAISE_HAND',
      data: { isHandRaised: true },
    });
    await socket.hear('hand:raised', ({ userId }) => userId === asGuest.userId);
    await eventually(() =>
      expect(asHost.system).toContainEqual(
        expect.objectContaining({ type: 'hand:raised', data: { userId: asGuest.userId } }),
      ),
    );
    expect(await participant(room.id, asGuest.userId)).toMatchObject({ isHandRaised: true });
    expect(await asGuest.ask('REQ_LOWER_HAND', {})).toMatchObject({
      type: 'RES_LOWER_HAND',
      data: { isHandRaised: false },
    });
    expect(await participant(room.id, asGuest.userId)).toMatchObject({ isHandRaised: false });
  });

  it('says something to everybody, which is kept', async () => {
    const { room, host, asHost, asGuest } = await meeting();
    const { type, data } = await asGuest.ask('REQ_CHAT_MESSAGE', { message: 'Good evening' });
    expect(type).toBe('RES_CHAT_MESSAGE');
    expect(data['message']).toMatchObject({ message: 'Good evening', sender: { id: asGuest.userId } });
    const { id } = data['message'] as { id: string };
    await eventually(() => expect(asHost.chat).toContainEqual(expect.objectContaining({ id })));
    const { body } = await call('GET', `/rooms/${room.id}/chat`, { token: host.token });
    expect(body['messages']).toEqual([data['message']]);
  });

  it('draws on the whiteboard for everybody, whatever its form', async () => {
    const { asHost, asGuest } = await meeting();
    const drawing = {
      strokes: [
        [1, 2],
        ['x', null],
      ],
      by: { any: 'form' },
    };
    expect(await asGuest.ask('REQ_WHITEBOARD', drawing)).toMatchObject({ type: 'RES_WHITEBOARD' });
    await eventually(() =>
      expect(asHost.whiteboard).toEqual([
        expect.objectContaining({
          type: 'whiteboard:data',
          data: { userId: asGuest.userId, data: drawing },
        }),
      ]),
    );
  });

  it('mutes oneself; another only as the host', async () => {
    const { room, asHost, asGuest } = await meeting();
    expect(await asGuest.ask('REQ_MUTE', { isMuted: true })).toMatchObject({
      type: 'RES_MUTE',
      data: { isMuted: true },
    });
    expect(await participant(room.id, asGuest.userId)).toMatchObject({ isMuted: true });
    await asGuest.ask('REQ_MUTE', { isMuted: false });
    expect(await asGuest.ask('REQ_MUTE', { userId: asHost.userId })).toMatchObject({
      type: 'ERR',
      error: { code: 'NOT_HOST' },
    });
    expect(await asHost.ask('REQ_MUTE', { userId: asGuest.userId })).toMatchObject({ type: 'RES_MUTE' });
    expect(await participant(room.id, asGuest.userId)).toMatchObject({ isMuted: true });
    expect(await asHost.ask('REQ_MUTE', { userId: randomUUID() })).toMatchObject({
      error: { code: 'NO_SUCH_PARTICIPANT' },
    });
  });

  it('goes on in the trace of its sender, and the answer with it', async () => {
    const { asGuest } = await meeting();
    const trace = randomUUID().replaceAll('-', '');
    const id = await asGuest.send('REQ_RAISE_HAND', undefined, {
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
    });
    expect(asGuest.traceOf(await asGuest.answerTo(id))).toMatch(new RegExp(`^00-${trace}-`));
  });
});

describe('a refusal', () => {
  it.each([
    ['of another shape', '{"type":"REQ_MUTE","id":"a","data":{"isMuted":"yes"}}', 'a', 'INVALID_REQUEST'],
    [
      'with more than is asked',
      '{"type":"REQ_RAISE_HAND","id":"b","data":{"userId":"x"}}',
      'b',
      'INVALID_REQUEST',
    ],
    ['of a type that there is not', '{"type":"REQ_LEAVE","id":"c"}', 'c', 'INVALID_REQUEST'],
    ['of a type that objects have', '{"type":"constructor","id":"d"}', 'd', 'INVALID_REQUEST'],
    ['without a type', '{"id":"e"}', 'e', 'INVALID_REQUEST'],
    [
      'that says nothing',
      '{"type":"REQ_CHAT_MESSAGE","id":"f","data":{"message":" "}}',
      'f',
      'INVALID_REQUEST',
    ],
    ['for another room', '{"type":"REQ_RAISE_HAND","id":"g","roomId":"another"}', 'g', 'ROOM_MISMATCH'],
    ['for another user', '{"type":"REQ_RAISE_HAND","id":"h","userId":"another"}', 'h', 'IDENTITY_MISMATCH'],
    ['without an id', '{"type":"REQ_RAISE_HAND"}', null, 'INVALID_REQUEST'],
    ['that is no JSON', 'REQ_RAISE_HAND', null, 'INVALID_REQUEST'],
    ['that is empty', '', null, 'INVALID_REQUEST'],
    [
      'that is nested deep',
      `{"type":"REQ_WHITEBOARD","id":"i","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'i',
      'INVALID_REQUEST',
    ],
    [
      'with too much to draw',
      `{"type":"REQ_WHITEBOARD","id":"j","data":"${'x'.repeat(33_000)}"}`,
      'j',
      'INVALID_REQUEST',
    ],
    [
      'of 100 KB',
      `{"type":"REQ_CHAT_MESSAGE","id":"k","data":{"message":"${'x'.repeat(100_000)}"}}`,
      'k',
      'PAYLOAD_TOO_LARGE',
    ],
  ])('answers a request %s, and is final', async (_what, body, id, code) => {
    const { asGuest } = await meeting();
    await asGuest.publish(body);
    expect(await asGuest.answerTo(id)).toMatchObject({ type: 'ERR', error: { code } });
    expect(await asGuest.ask('REQ_RAISE_HAND')).toMatchObject({ type: 'RES_RAISE_HAND' });
    expect(asGuest.answers().filter((answer) => answer.id === id)).toHaveLength(1);
  });

  it('of bytes that are no text is as of what is no JSON', async () => {
    const { asGuest } = await meeting();
    await asGuest.publish(Uint8Array.of(0xff, 0xfe, 0x00));
    expect(await asGuest.answerTo(null)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
  });

  it('says which fields were not as they must be', async () => {
    const { asGuest } = await meeting();
    const { error } = await asGuest.ask('REQ_CHAT_MESSAGE', { message: 'x'.repeat(4_001) });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', fields: [{ path: 'data.message' }] });
  });

  it('is what one gets who holds no seat any more', async () => {
    const { room, guest, asGuest } = await meeting();
    await call('POST', `/rooms/${room.id}/leave`, { token: guest.token });
    expect(await asGuest.ask('REQ_CHAT_MESSAGE', { message: 'Still here' })).toMatchObject({
      error: { code: 'NO_SEAT' },
    });
  });
});

describe('what users may publish', () => {
  const allowed = async (asker: Asker, subject: string) => {
    const refused = (async () => {
      for await (const status of asker.connection.status())
        if (status.type === 'error') return `${status.error}`;
      return 'closed';
    })();
    asker.connection.publish(subject, '{}');
    await asker.connection.flush();
    return refused;
  };

  it.each([
    ["another's requests", (room: string) => `sysJsWorker.${room}.another`],
    ['requests in another room', (_: string, me: string) => `sysJsWorker.another-room.${me}`],
    ['to the dead', () => 'sysJsWorker.dead'],
    ['what only workers say', (room: string, me: string) => `sysJsWorkerDone.${room}.${me}`],
  ])('are not %s', async (_what, subjectOf) => {
    const { room, asGuest } = await meeting();
    expect(await allowed(asGuest, subjectOf(room.id, asGuest.userId))).toMatch(/permission/i);
  });
});

describe('what a stream delivers', () => {
  it('for a user into the requests of another is none of theirs', async () => {
    const { room, host, guest, asHost, asGuest } = await meeting();
    // A server does not look at where one wants a reply.
    const reply = `sysJsWorker.${room.id}.${host.id}`;
    for (const channel of ['chat', 'whiteboard', 'system'])
      for (let asked = 0; asked < 5; asked += 1)
        asGuest.connection.publish(
          `$JS.API.CONSUMER.MSG.NEXT.${room.id}.${channel}_${guest.id}`,
          JSON.stringify({ batch: 10, expires: 5_000_000_000 }),
          { reply },
        );
    await asGuest.connection.flush();
    const request = { type: 'REQ_RAISE_HAND', id: 'forged' };
    for (let n = 0; n < 5; n += 1) {
      await asHost.ask('REQ_WHITEBOARD', request);
      await asHost.ask('REQ_CHAT_MESSAGE', { message: JSON.stringify(request) });
    }
    await asHost.ask('REQ_LOWER_HAND');
    expect(asHost.answers().filter(({ id }) => id === 'forged' || id === null)).toEqual([]);
    expect(await participant(room.id, host.id)).toMatchObject({ isHandRaised: false });
    expect(asGuest.system.map(({ type }) => type)).not.toContain('hand:raised');
  });
});

describe('the queue', () => {
  it('is a work queue on the disk, with the dead beside it', async () => {
    const { connect } = await import('@nats-io/transport-node');
    const connection = await connect({
      servers: output('NATS_URL').split(','),
      user: 'service',
      pass: dev.natsPassword,
    });
    const jsm = await jetstreamManager(connection);
    const { config } = await jsm.streams.info('sysJsWorker');
    expect(config).toMatchObject({
      retention: 'workqueue',
      storage: 'file',
      discard: 'new',
      subjects: ['sysJsWorker.*.*'],
    });
    const { config: dead } = await jsm.streams.info('sysJsWorkerDead');
    expect(dead).toMatchObject({ retention: 'limits', storage: 'file', subjects: ['sysJsWorker.dead'] });
    const consumers: string[] = [];
    for await (const { name } of jsm.consumers.list('sysJsWorker')) consumers.push(name);
    expect(consumers).toEqual(['workers']);
    await connection.close();
  });
});
