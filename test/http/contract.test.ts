import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aDeadRequest } from '../support/a-dead-request.ts';
import { aForward, forgetForwards } from '../support/a-forward.ts';
import { forgetRecording, recordingOf, saysItIsRecorded } from '../support/a-recording.ts';
import { call, join, newRoom } from '../support/client.ts';
import { type Answered, type Contract, contractOf } from '../support/contract.ts';
import { administer, newPerson, signIn } from '../support/keycloak.ts';
import { anOfferToSend } from '../support/sdp.ts';
import { openSocket } from '../support/socket.ts';
import { output, stack } from '../support/stack.ts';

/**
 * Real calls, through the gateway and past it, held against the OpenAPI document that is served: the status is one
 * that the document promises, the body is of its schema, and no answer gives anything away.
 */

const publicUrl = output('PUBLIC_URL');
const instance = stack.instances[0] ?? '';
const KIB = 1_024;

type Sent = Readonly<{ token?: string; json?: unknown; raw?: string; headers?: Record<string, string> }>;

async function send(base: string, method: string, path: string, sent: Sent = {}): Promise<Answered> {
  const body = sent.raw ?? (sent.json === undefined ? undefined : JSON.stringify(sent.json));
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(15_000),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const codeOf = ({ text }: Answered): unknown =>
  text === '' ? undefined : (JSON.parse(text) as { code?: unknown }).code;

let contract: Contract;
/** Signed in, and what they have. */
let world: Awaited<ReturnType<typeof makeWorld>>;

async function makeWorld() {
  const [host, guest, stranger, kicked, admin] = await Promise.all([
    newPerson('host'),
    newPerson('guest'),
    newPerson('stranger'),
    newPerson('kicked'),
    newAdministrator(),
  ]);
  const [live, hidden, full, three, sealed, ended] = await Promise.all([
    newRoom(host.token, { title: 'Live', topic: 'verbs', language: 'vi' }),
    newRoom(host.token, { access: 'private' }),
    newRoom(host.token, { maxParticipants: 2 }),
    newRoom(host.token),
    newRoom(host.token, { e2ee: true }),
    newRoom(host.token),
  ]);
  for (const { id } of [live, full, three]) await join(id, guest.token);
  for (const { id } of [live, three]) await join(id, kicked.token);
  // It stays, and with it the host's seat: who drops out has left after a grace.
  const socket = await openSocket(host.token);
  await socket.do('room:join', { roomId: live.id });
  for (const message of ['Good evening', 'Is this on?']) await socket.do('chat:message', { message });
  for (const { id } of [live, hidden])
    await call('POST', `/rooms/${id}/kick/${kicked.id}`, { token: host.token });
  await call('DELETE', `/rooms/${ended.id}`, { token: host.token });
  return {
    host: host.token,
    guest: guest.token,
    stranger: stranger.token,
    /** Was put out of `live`, and is kept out of `hidden`. */
    kicked: kicked.token,
    admin: admin.token,
    hostId: host.id,
    guestId: guest.id,
    strangerId: stranger.id,
    live: live.id,
    hidden: hidden.id,
    full: full.id,
    /** Where three are in. */
    three: three.id,
    /** Encrypted from end to end. */
    sealed: sealed.id,
    ended: ended.id,
    taped: await beingRecorded(host.token),
    recorded: await recordingOf(live.id, 'READY'),
    recordedBefore: await recordingOf(ended.id, 'FAILED'),
    recordedNowhere: await recordingOf('no-such-room', 'READY'),
    /** Requests by NATS that could not be done. */
    dead: { shown: await aDeadRequest(), others: await Promise.all([1, 2, 3, 4].map(aDeadRequest)) },
    forwarded: await aForward('DONE'),
    /** One for each way to ask: it is tried again once. */
    notForwarded: [await aForward('FAILED'), await aForward('FAILED')],
    missing: 'no-such-thing',
    unreadable: 'a%20b',
    socket,
  };
}

/** A room that says that it is being recorded. */
async function beingRecorded(token: string): Promise<string> {
  const { id } = await newRoom(token);
  await saysItIsRecorded(id);
  return id;
}

async function newAdministrator() {
  const person = await newPerson('admin');
  const { body } = await administer('GET', '/roles/realtime-admin');
  await administer('POST', `/users/${person.id}/role-mappings/realm`, [body]);
  return { ...person, token: await signIn(person.username) };
}

beforeAll(async () => {
  [contract, world] = await Promise.all([contractOf(publicUrl), makeWorld()]);
});
afterAll(async () => {
  for (const id of [world.recorded, world.recordedNowhere]) forgetRecording(id);
  await forgetForwards([world.forwarded, ...world.notForwarded]);
  await world.socket[Symbol.asyncDispose]();
});

type World = typeof world;
type Asked = Sent &
  Readonly<{
    room?: string;
    user?: string;
    session?: string;
    recording?: string;
    number?: number | string;
    event?: string;
    query?: string;
  }>;

type Case = readonly [
  what: string,
  method: string,
  /** As the document has it. */
  path: string,
  status: number,
  code: string | null,
  make: (world: World) => Asked,
];

const API = '/api/realtime';
const huge = () => JSON.stringify({ title: 'a'.repeat(64 * KIB) });

const signalOf = (room_id: string, more: object = {}) => ({
  room_id,
  peer_id: 'peer',
  type: 'offer',
  sdp: anOfferToSend(),
  ...more,
});
const iceOf = (room_id: string) => ({ room_id, peer_id: 'none', candidate: { candidate: '' } });
const sdpOf = (raw: string, type = 'application/sdp') => ({ raw, headers: { 'content-type': type } });
const fragment = sdpOf('a=mid:0', 'application/trickle-ice-sdpfrag');

/** Who is refused where peers without an SDK negotiate, with the code and the status. */
const NOT_ADMITTED: [
  code: string,
  status: number,
  who: (world: World) => { token?: string; room: string },
][] = [
  ['UNAUTHENTICATED', 401, ({ live }) => ({ room: live })],
  ['ROOM_NOT_FOUND', 404, ({ host }) => ({ token: host, room: 'no-such-room' })],
  ['ROOM_ENDED', 410, ({ host, ended }) => ({ token: host, room: ended })],
  ['KICKED', 403, ({ kicked, live }) => ({ token: kicked, room: live })],
  ['NOT_INVITED', 403, ({ stranger, hidden }) => ({ token: stranger, room: hidden })],
];
const NOT_LET_IN: typeof NOT_ADMITTED = [
  ...NOT_ADMITTED,
  ['ROOM_FULL', 409, ({ stranger, full }) => ({ token: stranger, room: full })],
  ['SDP_IMPOSSIBLE_E2EE', 409, ({ guest, sealed }) => ({ token: guest, room: sealed })],
];
const WITHOUT_SESSION: typeof NOT_ADMITTED = [
  ...NOT_ADMITTED,
  ['NO_SEAT', 403, ({ stranger, live }) => ({ token: stranger, room: live })],
  ['NO_SUCH_SESSION', 404, ({ host, live }) => ({ token: host, room: live })],
];
const refusalsOf = (
  method: string,
  path: string,
  who: typeof NOT_ADMITTED,
  sent: (room: string) => Asked,
): Case[] =>
  who.map(([code, status, make]) => [
    code,
    method,
    path,
    status,
    code,
    (world) => {
      const { token, room } = make(world);
      return { ...(token === undefined ? {} : { token }), ...sent(room) };
    },
  ]);
const REFUSED_SIGNALS: Case[] = [
  ...refusalsOf('POST', '/video/signal', NOT_LET_IN, (room) => ({ json: signalOf(room) })),
  ...refusalsOf('POST', '/video/ice', WITHOUT_SESSION, (room) => ({ json: iceOf(room) })),
  ...refusalsOf('POST', '/whip/{roomId}', NOT_LET_IN, (room) => ({ room, ...sdpOf(anOfferToSend()) })),
  ...refusalsOf('PATCH', '/whip/{roomId}/{sessionId}', WITHOUT_SESSION, (room) => ({ room, ...fragment })),
  [
    'an answer, to nobody',
    'POST',
    '/video/signal',
    409,
    'CANNOT_RENEGOTIATE',
    ({ guest, live }) => ({ token: guest, json: signalOf(live, { type: 'answer' }) }),
  ],
  [
    'a track that is not there',
    'POST',
    '/video/signal',
    404,
    'NO_SUCH_TRACK',
    ({ guest, live }) => ({
      token: guest,
      json: signalOf(live, { subscribe: [{ identity: 'nobody', tracks: ['camera'] }] }),
    }),
  ],
  ...(['/video/signal/{sessionId}', '/whip/{roomId}/{sessionId}'] as const).flatMap((path): Case[] => [
    ['nobody', 'DELETE', path, 401, 'UNAUTHENTICATED', ({ live }) => ({ room: live })],
    ['no session', 'DELETE', path, 404, 'NO_SUCH_SESSION', ({ host, live }) => ({ token: host, room: live })],
    [
      'no id of a session',
      'DELETE',
      path,
      400,
      'INVALID_REQUEST',
      ({ host, live }) => ({ token: host, room: live, session: 'x'.repeat(101) }),
    ],
  ]),
  [
    'a peer without a name',
    'POST',
    '/video/signal',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, json: signalOf(live, { peer_id: 'a~b' }) }),
  ],
  [
    'a text that is no SDP',
    'POST',
    '/video/signal',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, json: signalOf(live, { sdp: 'hello' }) }),
  ],
  ['no candidate', 'POST', '/video/ice', 400, 'INVALID_REQUEST', ({ guest }) => ({ token: guest, json: {} })],
  [
    'a body that is no SDP',
    'POST',
    '/whip/{roomId}',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, room: live, ...sdpOf('hello') }),
  ],
  [
    'a body of another type than SDP',
    'POST',
    '/whip/{roomId}',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    ({ guest, live }) => ({ token: guest, room: live, json: {} }),
  ],
  [
    'an empty fragment',
    'PATCH',
    '/whip/{roomId}/{sessionId}',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
];

type Person = 'host' | 'guest' | 'stranger' | 'kicked';
type RecordingRow = readonly [
  route: string,
  status: number,
  code: string | null,
  who: Person | null,
  of: keyof World,
];

const ROOMS_RECORDINGS = '/rooms/{roomId}/recordings';
/** What is recorded: who may begin, stop and see it. `of`: the room, or the recording. */
const recordingRows: RecordingRow[] = [
  [`POST ${ROOMS_RECORDINGS}`, 409, 'RECORDING_IMPOSSIBLE_E2EE', 'host', 'sealed'],
  [`POST ${ROOMS_RECORDINGS}`, 409, 'ALREADY_RECORDING', 'host', 'taped'],
  [`POST ${ROOMS_RECORDINGS}`, 403, 'NOT_HOST', 'guest', 'live'],
  [`POST ${ROOMS_RECORDINGS}`, 410, 'ROOM_ENDED', 'host', 'ended'],
  [`GET ${ROOMS_RECORDINGS}`, 200, null, 'guest', 'live'],
  [`GET ${ROOMS_RECORDINGS}`, 403, 'KICKED', 'kicked', 'live'],
  [`GET ${ROOMS_RECORDINGS}`, 403, 'NO_SEAT', 'stranger', 'live'],
  ...(['GET', 'POST'] as const).flatMap((method): RecordingRow[] => [
    [`${method} ${ROOMS_RECORDINGS}`, 401, 'UNAUTHENTICATED', null, 'live'],
    [`${method} ${ROOMS_RECORDINGS}`, 404, 'ROOM_NOT_FOUND', 'host', 'missing'],
    [`${method} ${ROOMS_RECORDINGS}`, 400, 'INVALID_REQUEST', 'host', 'unreadable'],
  ]),
  ...[
    'POST /recordings/{recordingId}/stop',
    'GET /recordings/{recordingId}',
    'GET /recordings/{recordingId}/file',
  ].flatMap((route): RecordingRow[] => [
    [route, 401, 'UNAUTHENTICATED', null, 'recorded'],
    [route, 404, 'RECORDING_NOT_FOUND', 'host', 'missing'],
    [route, 404, 'ROOM_NOT_FOUND', 'host', 'recordedNowhere'],
    [route, 400, 'INVALID_REQUEST', 'host', 'unreadable'],
  ]),
  ['POST /recordings/{recordingId}/stop', 200, null, 'host', 'recorded'],
  ['POST /recordings/{recordingId}/stop', 403, 'NOT_HOST', 'guest', 'recorded'],
  ['POST /recordings/{recordingId}/stop', 410, 'ROOM_ENDED', 'host', 'recordedBefore'],
  ...['GET /recordings/{recordingId}', 'GET /recordings/{recordingId}/file'].flatMap(
    (route): RecordingRow[] => [
      [route, 200, null, 'guest', 'recorded'],
      [route, 403, 'KICKED', 'kicked', 'recorded'],
      [route, 403, 'NO_SEAT', 'stranger', 'recorded'],
    ],
  ),
  ['GET /recordings/{recordingId}/file', 409, 'RECORDING_NOT_READY', 'host', 'recordedBefore'],
];
const FILE = '/recordings/{recordingId}/file';
const part =
  (range: string) =>
  ({ guest, recorded }: World): Asked => ({
    ...{ token: guest, recording: recorded, headers: { range } },
  });
const RECORDINGS: Case[] = [
  ...recordingRows.map(([route, status, code, who, of]): Case => {
    const [method = '', path = ''] = route.split(' ');
    const make = (world: World): Asked => ({
      ...(who === null ? {} : { token: world[who] }),
      ...{ room: String(world[of]), recording: String(world[of]) },
    });
    return [`${who ?? 'nobody'}, ${of}`, method, path, status, code, make];
  }),
  ['a part of a file', 'GET', FILE, 206, null, part('bytes=0-3')],
  ['past its end', 'GET', FILE, 416, 'RANGE_NOT_SATISFIABLE', part('bytes=999-')],
];

const DEAD = '/admin/dead-requests';
const ONE_DEAD = `${DEAD}/{number}`;
const ROUTES_OF_ONE_DEAD = [
  ['GET', ONE_DEAD],
  ['POST', `${ONE_DEAD}/put-back`],
  ['DELETE', ONE_DEAD],
] as const;
const DEAD_REQUESTS: Case[] = [
  ['dead requests are listed', 'GET', DEAD, 200, null, ({ admin }) => ({ token: admin, query: '?limit=1' })],
  ['a dead request is shown', 'GET', ONE_DEAD, 200, null, (w) => ({ token: w.admin, number: w.dead.shown })],
  [
    ...(['a dead request is put back', 'POST', `${ONE_DEAD}/put-back`, 204, null] as const),
    (w) => ({ token: w.admin, number: w.dead.others.pop() ?? 0 }),
  ],
  [
    ...(['a dead request is dropped', 'DELETE', ONE_DEAD, 204, null] as const),
    (w) => ({ token: w.admin, number: w.dead.others.pop() ?? 0 }),
  ],
  [
    'a bad page of dead requests',
    'GET',
    DEAD,
    400,
    'INVALID_REQUEST',
    ({ admin }) => ({ token: admin, query: '?cursor=x' }),
  ],
  ['nobody lists dead requests', 'GET', DEAD, 401, 'UNAUTHENTICATED', () => ({})],
  ['a user lists dead requests', 'GET', DEAD, 403, 'FORBIDDEN', ({ guest }) => ({ token: guest })],
  ...ROUTES_OF_ONE_DEAD.flatMap(([method, path]): Case[] => [
    [
      'a dead request of no number',
      method,
      path,
      400,
      'INVALID_REQUEST',
      ({ admin }) => ({ token: admin, number: 'x' }),
    ],
    ['a dead request for nobody', method, path, 401, 'UNAUTHENTICATED', (w) => ({ number: w.dead.shown })],
    [
      'a dead request for a user',
      method,
      path,
      403,
      'FORBIDDEN',
      (w) => ({ token: w.guest, number: w.dead.shown }),
    ],
    [
      'no such dead request',
      method,
      path,
      404,
      'REQUEST_NOT_FOUND',
      ({ admin }) => ({ token: admin, number: 1e9 }),
    ],
  ]),
];

const FORWARDS = '/chain/forwards';
const ONE_FORWARD = `${FORWARDS}/{eventId}`;
const RETRY = `${ONE_FORWARD}/retry`;
const NO_EVENT = 'f'.repeat(64);
const LISTS = ['/chain/events', FORWARDS, '/chain/wallets'] as const;
let retried = 0;
const CHAIN: Case[] = [
  ...LISTS.flatMap((path): Case[] => [
    ['a list of the chain', 'GET', path, 200, null, ({ admin }) => ({ token: admin })],
    ['a list of the chain for nobody', 'GET', path, 401, 'UNAUTHENTICATED', () => ({})],
    ['a list of the chain for a user', 'GET', path, 403, 'FORBIDDEN', ({ guest }) => ({ token: guest })],
  ]),
  ...LISTS.slice(0, 2).flatMap((path): Case[] =>
    ['?cursor=x', '?limit=0', '?state=ELSEWHERE', '?wallet=0x12', '?roomId=a%20b'].map(
      (query): Case => [
        `a list of the chain with ${query}`,
        'GET',
        path,
        400,
        'INVALID_REQUEST',
        ({ admin }) => ({ token: admin, query }),
      ],
    ),
  ),
  ['a forward', 'GET', ONE_FORWARD, 200, null, (w) => ({ token: w.admin, event: w.forwarded })],
  [
    'a forward that has not failed is tried again',
    'POST',
    RETRY,
    409,
    'FORWARD_NOT_FAILED',
    (w) => ({ token: w.admin, event: w.forwarded }),
  ],
  [
    'a forward that failed is tried again',
    'POST',
    RETRY,
    200,
    null,
    (w) => ({ token: w.admin, event: w.notForwarded.at(retried++ % 2) ?? '' }),
  ],
  ...(
    [
      ['GET', ONE_FORWARD],
      ['POST', RETRY],
    ] as const
  ).flatMap(([method, path]): Case[] => [
    ['a forward for nobody', method, path, 401, 'UNAUTHENTICATED', (w) => ({ event: w.forwarded })],
    ['a forward for a user', method, path, 403, 'FORBIDDEN', (w) => ({ token: w.guest, event: w.forwarded })],
    ['no such forward', method, path, 404, 'FORWARD_NOT_FOUND', (w) => ({ token: w.admin, event: NO_EVENT })],
    ['a forward of no event', method, path, 400, 'INVALID_REQUEST', (w) => ({ token: w.admin, event: 'x' })],
  ]),
];

const cases: Case[] = [
  ...RECORDINGS,
  ...DEAD_REQUESTS,
  ...CHAIN,
  // What goes well.
  [
    'a room is made',
    'POST',
    '/rooms',
    201,
    null,
    ({ host }) => ({ token: host, json: { title: 'x', topic: 'y', language: 'pt-br' } }),
  ],
  ['rooms are listed', 'GET', '/rooms', 200, null, () => ({})],
  [
    'rooms are listed by every filter',
    'GET',
    '/rooms',
    200,
    null,
    () => ({ query: '?status=ENDED&language=vi&topic=verbs&q=live&hasSeats=true&limit=1' }),
  ],
  ['a page has a next one', 'GET', '/rooms', 200, null, () => ({ query: '?limit=1' })],
  ['a room is shown', 'GET', '/rooms/{roomId}', 200, null, ({ live }) => ({ room: live })],
  [
    'a private room is shown to its host',
    'GET',
    '/rooms/{roomId}',
    200,
    null,
    ({ host, hidden }) => ({ token: host, room: hidden }),
  ],
  [
    'a room is joined',
    'POST',
    '/rooms/{roomId}/join',
    201,
    null,
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  [
    'a room is joined by the contract of LiveKit',
    'POST',
    '/rooms/{roomId}/join',
    201,
    null,
    ({ guest, live }) => ({
      token: guest,
      room: live,
      json: { room_name: live, participant_name: 'x', participant_attributes: { a: 'b' } },
    }),
  ],
  [
    'a room is joined by its name in the body',
    'POST',
    '/token',
    201,
    null,
    ({ guest, live }) => ({ token: guest, json: { room_name: live } }),
  ],
  [
    'a token is renewed',
    'POST',
    '/rooms/{roomId}/token',
    201,
    null,
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  [
    'one who is out leaves again',
    'POST',
    '/rooms/{roomId}/leave',
    204,
    null,
    ({ stranger, live }) => ({ token: stranger, room: live }),
  ],
  [
    'an ended room is ended again',
    'DELETE',
    '/rooms/{roomId}',
    200,
    null,
    ({ host, ended }) => ({ token: host, room: ended }),
  ],
  [
    'an administrator lists every room',
    'GET',
    '/admin/rooms',
    200,
    null,
    ({ admin }) => ({ token: admin, query: '?access=private' }),
  ],
  [
    'an administrator ends a room',
    'DELETE',
    '/admin/rooms/{roomId}',
    200,
    null,
    ({ admin, ended }) => ({ token: admin, room: ended }),
  ],
  [
    'a room is changed',
    'PATCH',
    '/rooms/{roomId}',
    200,
    null,
    ({ host, live }) => ({ token: host, room: live, json: { topic: null, maxParticipants: 7 } }),
  ],
  [
    'someone is put out',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    200,
    null,
    ({ host, live }) => ({ token: host, room: live, user: 'somebody' }),
  ],
  [
    'someone is forgiven',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    204,
    null,
    ({ host, live }) => ({ token: host, room: live, user: 'somebody' }),
  ],
  [
    'someone is muted',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    200,
    null,
    ({ host, live, guestId }) => ({ token: host, room: live, user: guestId }),
  ],
  [
    'all are muted',
    'POST',
    '/rooms/{roomId}/mute',
    200,
    null,
    ({ host, live }) => ({ token: host, room: live }),
  ],
  [
    'a room is handed over to its host',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    200,
    null,
    ({ host, live, hostId }) => ({ token: host, room: live, user: hostId }),
  ],
  [
    'who is in and was is shown',
    'GET',
    '/rooms/{roomId}/participants',
    200,
    null,
    ({ live }) => ({ room: live, query: '?limit=1' }),
  ],
  [
    'who is in a private room is shown to its host',
    'GET',
    '/rooms/{roomId}/participants',
    200,
    null,
    ({ host, hidden }) => ({ token: host, room: hidden }),
  ],
  [
    'what was said is shown',
    'GET',
    '/rooms/{roomId}/chat',
    200,
    null,
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  [
    'what was said has a next page',
    'GET',
    '/rooms/{roomId}/chat',
    200,
    null,
    ({ guest, live }) => ({ token: guest, room: live, query: '?limit=1' }),
  ],
  [
    'an offer is answered',
    'POST',
    '/video/signal',
    200,
    null,
    ({ guest, live }) => ({ token: guest, json: signalOf(live) }),
  ],
  [
    'an offer is answered by WHIP',
    'POST',
    '/whip/{roomId}',
    201,
    null,
    ({ guest, live }) => ({ token: guest, room: live, ...sdpOf(anOfferToSend()) }),
  ],
  ...REFUSED_SIGNALS,
  // What was asked is not as it must be.
  ['no title', 'POST', '/rooms', 400, 'INVALID_REQUEST', ({ host }) => ({ token: host, json: {} })],
  [
    'an unknown field',
    'POST',
    '/rooms',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, json: { title: 'x', hostId: 'me' } }),
  ],
  [
    'malformed JSON',
    'POST',
    '/rooms',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, raw: '{"title":' }),
  ],
  [
    'JSON that is no object',
    'POST',
    '/rooms',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, raw: '[1]' }),
  ],
  ['no body', 'POST', '/rooms', 400, 'INVALID_REQUEST', ({ host }) => ({ token: host })],
  ['a bad cursor', 'GET', '/rooms', 400, 'INVALID_REQUEST', () => ({ query: '?cursor=nonsense' })],
  ['a bad limit', 'GET', '/rooms', 400, 'INVALID_REQUEST', () => ({ query: '?limit=0' })],
  ['an id that is none', 'GET', '/rooms/{roomId}', 400, 'INVALID_REQUEST', () => ({ room: 'a%20b' })],
  [
    'a role that is not theirs to set',
    'POST',
    '/rooms/{roomId}/join',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, room: live, json: { participant_attributes: { role: 'HOST' } } }),
  ],
  [
    'no room in the body',
    'POST',
    '/token',
    400,
    'INVALID_REQUEST',
    ({ guest }) => ({ token: guest, json: {} }),
  ],
  [
    'a bad filter of an administrator',
    'GET',
    '/admin/rooms',
    400,
    'INVALID_REQUEST',
    ({ admin }) => ({ token: admin, query: '?status=x' }),
  ],
  ['a webhook without a body', 'POST', '/webhooks/livekit', 400, 'INVALID_REQUEST', () => ({})],
  [
    'a logout without a token',
    'POST',
    '/keycloak/backchannel-logout',
    400,
    'INVALID_REQUEST',
    () => ({ raw: 'x=y', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  [
    'a change of nothing',
    'PATCH',
    '/rooms/{roomId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, json: {} }),
  ],
  [
    'a change of what there is not',
    'PATCH',
    '/rooms/{roomId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, json: { status: 'ENDED' } }),
  ],
  [
    'a kick of oneself',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    400,
    'INVALID_REQUEST',
    ({ host, live, hostId }) => ({ token: host, room: live, user: hostId }),
  ],
  [
    'a kick of a name that is none',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, user: 'x'.repeat(256) }),
  ],
  [
    'a forgiving of a name that is none',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, user: 'x'.repeat(256) }),
  ],
  [
    'a mute of a name that is none',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, user: 'x'.repeat(256) }),
  ],
  [
    'a hand-over of a name that is none',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    400,
    'INVALID_REQUEST',
    ({ host, live }) => ({ token: host, room: live, user: 'x'.repeat(256) }),
  ],
  [
    'a mute of all of an id that is none',
    'POST',
    '/rooms/{roomId}/mute',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, room: 'a%20b' }),
  ],
  [
    'an end of an id that is none',
    'DELETE',
    '/rooms/{roomId}',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, room: 'a%20b' }),
  ],
  [
    'a leaving of an id that is none',
    'POST',
    '/rooms/{roomId}/leave',
    400,
    'INVALID_REQUEST',
    ({ host }) => ({ token: host, room: 'a%20b' }),
  ],
  [
    'a renewal with a configuration',
    'POST',
    '/rooms/{roomId}/token',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, room: live, json: { room_config: {} } }),
  ],
  [
    'an end by an administrator of an id that is none',
    'DELETE',
    '/admin/rooms/{roomId}',
    400,
    'INVALID_REQUEST',
    ({ admin }) => ({ token: admin, room: 'a%20b' }),
  ],
  [
    'a bad page of participants',
    'GET',
    '/rooms/{roomId}/participants',
    400,
    'INVALID_REQUEST',
    ({ live }) => ({ room: live, query: '?limit=101' }),
  ],
  [
    'a bad cursor of participants',
    'GET',
    '/rooms/{roomId}/participants',
    400,
    'INVALID_REQUEST',
    ({ live }) => ({ room: live, query: '?cursor=nonsense' }),
  ],
  [
    'a bad cursor of the chat',
    'GET',
    '/rooms/{roomId}/chat',
    400,
    'INVALID_REQUEST',
    ({ guest, live }) => ({ token: guest, room: live, query: '?cursor=nonsense' }),
  ],
  ['an empty not-before', 'POST', '/keycloak/k_push_not_before', 400, 'INVALID_REQUEST', () => ({})],
  ['an empty logout', 'POST', '/keycloak/k_logout', 400, 'INVALID_REQUEST', () => ({})],
  // Who is asking.
  ['nobody makes a room', 'POST', '/rooms', 401, 'UNAUTHENTICATED', () => ({ json: { title: 'x' } })],
  [
    'nobody looks into a private room',
    'GET',
    '/rooms/{roomId}',
    401,
    'UNAUTHENTICATED',
    ({ hidden }) => ({ room: hidden }),
  ],
  ['nobody administers', 'GET', '/admin/rooms', 401, 'UNAUTHENTICATED', () => ({})],
  [
    'a bad token',
    'POST',
    '/rooms/{roomId}/join',
    401,
    'TOKEN_INVALID',
    ({ live }) => ({ token: 'not.a.token', room: live }),
  ],
  [
    'a bad token where none is needed',
    'GET',
    '/rooms/{roomId}',
    401,
    'TOKEN_INVALID',
    ({ live }) => ({ token: 'not.a.token', room: live }),
  ],
  [
    'an unsigned webhook',
    'POST',
    '/webhooks/livekit',
    401,
    'SIGNATURE_INVALID',
    () => ({ json: { event: 'room_finished', id: 'x' } }),
  ],
  [
    'an unsigned not-before',
    'POST',
    '/keycloak/k_push_not_before',
    401,
    'SIGNATURE_INVALID',
    () => ({ raw: 'a.b.c', headers: { 'content-type': 'text/plain' } }),
  ],
  [
    'an unsigned logout',
    'POST',
    '/keycloak/k_logout',
    401,
    'SIGNATURE_INVALID',
    () => ({ raw: 'a.b.c', headers: { 'content-type': 'text/plain' } }),
  ],
  [
    'an unsigned back-channel logout',
    'POST',
    '/keycloak/backchannel-logout',
    401,
    'SIGNATURE_INVALID',
    () => ({ raw: 'logout_token=a.b.c', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  [
    'nobody may change a room',
    'PATCH',
    '/rooms/{roomId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live, json: { title: 'x' } }),
  ],
  [
    'nobody may end a room',
    'DELETE',
    '/rooms/{roomId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody may put someone out',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live, user: 'x' }),
  ],
  [
    'nobody may forgive',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live, user: 'x' }),
  ],
  [
    'nobody may mute someone',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live, user: 'x' }),
  ],
  [
    'nobody may mute all',
    'POST',
    '/rooms/{roomId}/mute',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody may hand a room over',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live, user: 'x' }),
  ],
  ['nobody may join', 'POST', '/rooms/{roomId}/join', 401, 'UNAUTHENTICATED', ({ live }) => ({ room: live })],
  [
    'nobody may renew',
    'POST',
    '/rooms/{roomId}/token',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody may leave',
    'POST',
    '/rooms/{roomId}/leave',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody may read the chat',
    'GET',
    '/rooms/{roomId}/chat',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody may join by name',
    'POST',
    '/token',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ json: { room_name: live } }),
  ],
  [
    'nobody may end any room',
    'DELETE',
    '/admin/rooms/{roomId}',
    401,
    'UNAUTHENTICATED',
    ({ live }) => ({ room: live }),
  ],
  [
    'nobody sees who is in a private room',
    'GET',
    '/rooms/{roomId}/participants',
    401,
    'UNAUTHENTICATED',
    ({ hidden }) => ({ room: hidden }),
  ],
  // What they may not.
  [
    'a stranger looks into a private room',
    'GET',
    '/rooms/{roomId}',
    403,
    'NOT_INVITED',
    ({ stranger, hidden }) => ({ token: stranger, room: hidden }),
  ],
  [
    'a stranger joins a private room',
    'POST',
    '/rooms/{roomId}/join',
    403,
    'NOT_INVITED',
    ({ stranger, hidden }) => ({ token: stranger, room: hidden }),
  ],
  [
    'one without a seat renews',
    'POST',
    '/rooms/{roomId}/token',
    403,
    'NO_SEAT',
    ({ stranger, live }) => ({ token: stranger, room: live }),
  ],
  [
    'a guest ends a room',
    'DELETE',
    '/rooms/{roomId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  ['a user lists every room', 'GET', '/admin/rooms', 403, 'FORBIDDEN', ({ guest }) => ({ token: guest })],
  [
    'a user ends any room',
    'DELETE',
    '/admin/rooms/{roomId}',
    403,
    'FORBIDDEN',
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  [
    'another identity',
    'POST',
    '/rooms/{roomId}/join',
    403,
    'IDENTITY_MISMATCH',
    ({ guest, live }) => ({ token: guest, room: live, json: { participant_identity: 'x' } }),
  ],
  [
    'another room',
    'POST',
    '/rooms/{roomId}/token',
    403,
    'ROOM_MISMATCH',
    ({ guest, live }) => ({ token: guest, room: live, json: { room_name: 'x' } }),
  ],
  [
    'a guest may not change a room',
    'PATCH',
    '/rooms/{roomId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live, json: { title: 'x' } }),
  ],
  [
    'a guest may not put someone out',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live, user: 'x' }),
  ],
  [
    'a guest may not forgive',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live, user: 'x' }),
  ],
  [
    'a guest may not mute someone',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live, user: 'x' }),
  ],
  [
    'a guest may not mute all',
    'POST',
    '/rooms/{roomId}/mute',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live }),
  ],
  [
    'a guest may not hand a room over',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    403,
    'NOT_HOST',
    ({ guest, live }) => ({ token: guest, room: live, user: 'x' }),
  ],
  [
    'the kicked may not look into a private room',
    'GET',
    '/rooms/{roomId}',
    403,
    'KICKED',
    ({ kicked, hidden }) => ({ token: kicked, room: hidden }),
  ],
  [
    'the kicked may not see who is in a private room',
    'GET',
    '/rooms/{roomId}/participants',
    403,
    'KICKED',
    ({ kicked, hidden }) => ({ token: kicked, room: hidden }),
  ],
  [
    'the kicked may not join',
    'POST',
    '/rooms/{roomId}/join',
    403,
    'KICKED',
    ({ kicked, live }) => ({ token: kicked, room: live }),
  ],
  [
    'the kicked may not join by name',
    'POST',
    '/token',
    403,
    'KICKED',
    ({ kicked, live }) => ({ token: kicked, json: { room_name: live } }),
  ],
  [
    'the kicked may not renew',
    'POST',
    '/rooms/{roomId}/token',
    403,
    'KICKED',
    ({ kicked, live }) => ({ token: kicked, room: live }),
  ],
  [
    'the kicked may not read the chat',
    'GET',
    '/rooms/{roomId}/chat',
    403,
    'KICKED',
    ({ kicked, live }) => ({ token: kicked, room: live }),
  ],
  [
    'a stranger to a private room may not join by name',
    'POST',
    '/token',
    403,
    'NOT_INVITED',
    ({ stranger, hidden }) => ({ token: stranger, json: { room_name: hidden } }),
  ],
  [
    'a stranger to a private room may not renew',
    'POST',
    '/rooms/{roomId}/token',
    403,
    'NOT_INVITED',
    ({ stranger, hidden }) => ({ token: stranger, room: hidden }),
  ],
  [
    'a stranger to a private room may not see who is in',
    'GET',
    '/rooms/{roomId}/participants',
    403,
    'NOT_INVITED',
    ({ stranger, hidden }) => ({ token: stranger, room: hidden }),
  ],
  [
    'a stranger may not read the chat',
    'GET',
    '/rooms/{roomId}/chat',
    403,
    'NO_SEAT',
    ({ stranger, live }) => ({ token: stranger, room: live }),
  ],
  [
    'another identity by name',
    'POST',
    '/token',
    403,
    'IDENTITY_MISMATCH',
    ({ guest, live }) => ({ token: guest, json: { room_name: live, participant_identity: 'x' } }),
  ],
  [
    'another identity to renew',
    'POST',
    '/rooms/{roomId}/token',
    403,
    'IDENTITY_MISMATCH',
    ({ guest, live }) => ({ token: guest, room: live, json: { participant_identity: 'x' } }),
  ],
  [
    'another room to join',
    'POST',
    '/rooms/{roomId}/join',
    403,
    'ROOM_MISMATCH',
    ({ guest, live }) => ({ token: guest, room: live, json: { room_name: 'x' } }),
  ],
  // What is not there, or not any more.
  ['no such room to see', 'GET', '/rooms/{roomId}', 404, 'ROOM_NOT_FOUND', () => ({ room: 'nowhere' })],
  [
    'no such room to join',
    'POST',
    '/rooms/{roomId}/join',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, room: 'nowhere' }),
  ],
  [
    'no such room to join by name',
    'POST',
    '/token',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, json: { room_name: 'no/where' } }),
  ],
  [
    'no such room to renew in',
    'POST',
    '/rooms/{roomId}/token',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, room: 'nowhere' }),
  ],
  [
    'no such room to leave',
    'POST',
    '/rooms/{roomId}/leave',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, room: 'nowhere' }),
  ],
  [
    'no such room to end',
    'DELETE',
    '/rooms/{roomId}',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, room: 'nowhere' }),
  ],
  [
    'no such room for an administrator',
    'DELETE',
    '/admin/rooms/{roomId}',
    404,
    'ROOM_NOT_FOUND',
    ({ admin }) => ({ token: admin, room: 'nowhere' }),
  ],
  [
    'a full room',
    'POST',
    '/rooms/{roomId}/join',
    409,
    'ROOM_FULL',
    ({ stranger, full }) => ({ token: stranger, room: full }),
  ],
  [
    'an ended room to join',
    'POST',
    '/rooms/{roomId}/join',
    410,
    'ROOM_ENDED',
    ({ guest, ended }) => ({ token: guest, room: ended }),
  ],
  [
    'an ended room to join by name',
    'POST',
    '/token',
    410,
    'ROOM_ENDED',
    ({ guest, ended }) => ({ token: guest, json: { room_name: ended } }),
  ],
  [
    'an ended room to renew in',
    'POST',
    '/rooms/{roomId}/token',
    410,
    'ROOM_ENDED',
    ({ guest, ended }) => ({ token: guest, room: ended }),
  ],
  [
    'no such room: to change a room',
    'PATCH',
    '/rooms/{roomId}',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere', json: { title: 'x' } }),
  ],
  [
    'no such room to put someone out',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere', user: 'x' }),
  ],
  [
    'no such room to forgive',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere', user: 'x' }),
  ],
  [
    'no such room to mute someone',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere', user: 'x' }),
  ],
  [
    'no such room to mute all',
    'POST',
    '/rooms/{roomId}/mute',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere' }),
  ],
  [
    'no such room: to hand a room over',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    404,
    'ROOM_NOT_FOUND',
    ({ host }) => ({ token: host, room: 'nowhere', user: 'x' }),
  ],
  [
    'no such room to see who is in',
    'GET',
    '/rooms/{roomId}/participants',
    404,
    'ROOM_NOT_FOUND',
    () => ({ room: 'nowhere' }),
  ],
  [
    'no such room to read the chat of',
    'GET',
    '/rooms/{roomId}/chat',
    404,
    'ROOM_NOT_FOUND',
    ({ guest }) => ({ token: guest, room: 'nowhere' }),
  ],
  [
    'no such participant to mute',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    404,
    'NO_SUCH_PARTICIPANT',
    ({ host, live, strangerId }) => ({ token: host, room: live, user: strangerId }),
  ],
  [
    'no such participant to hand the room to',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    404,
    'NO_SUCH_PARTICIPANT',
    ({ host, live, strangerId }) => ({ token: host, room: live, user: strangerId }),
  ],
  [
    'a full room to join by name',
    'POST',
    '/token',
    409,
    'ROOM_FULL',
    ({ stranger, full }) => ({ token: stranger, json: { room_name: full } }),
  ],
  [
    'too few seats',
    'PATCH',
    '/rooms/{roomId}',
    409,
    'TOO_FEW_SEATS',
    ({ host, three }) => ({ token: host, room: three, json: { maxParticipants: 2 } }),
  ],
  [
    'too late to change a room',
    'PATCH',
    '/rooms/{roomId}',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended, json: { title: 'x' } }),
  ],
  [
    'too late to put someone out',
    'POST',
    '/rooms/{roomId}/kick/{userId}',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended, user: 'x' }),
  ],
  [
    'too late to forgive',
    'DELETE',
    '/rooms/{roomId}/kick/{userId}',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended, user: 'x' }),
  ],
  [
    'too late to mute someone',
    'POST',
    '/rooms/{roomId}/mute/{userId}',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended, user: 'x' }),
  ],
  [
    'too late to mute all',
    'POST',
    '/rooms/{roomId}/mute',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended }),
  ],
  [
    'too late to hand a room over',
    'POST',
    '/rooms/{roomId}/host/{userId}',
    410,
    'ROOM_ENDED',
    ({ host, ended }) => ({ token: host, room: ended, user: 'x' }),
  ],
  // Too much, or of the wrong kind.
  [
    'a body that is too large',
    'POST',
    '/rooms',
    413,
    'PAYLOAD_TOO_LARGE',
    ({ host }) => ({ token: host, raw: huge() }),
  ],
  [
    'a webhook that is too large',
    'POST',
    '/webhooks/livekit',
    413,
    'PAYLOAD_TOO_LARGE',
    () => ({ raw: huge() }),
  ],
  [
    'a body that is no JSON',
    'POST',
    '/rooms',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    ({ host }) => ({
      token: host,
      raw: 'title=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ],
  [
    'a body in another character set',
    'POST',
    '/rooms/{roomId}/join',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    ({ guest, live }) => ({
      token: guest,
      room: live,
      raw: '{}',
      headers: { 'content-type': 'application/json; charset=latin1' },
    }),
  ],
  [
    'a change that is too large',
    'PATCH',
    '/rooms/{roomId}',
    413,
    'PAYLOAD_TOO_LARGE',
    ({ host, live }) => ({ token: host, room: live, raw: huge() }),
  ],
  [
    'a change that is no JSON',
    'PATCH',
    '/rooms/{roomId}',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    ({ host, live }) => ({
      token: host,
      room: live,
      raw: 'title=x',
      headers: { 'content-type': 'text/plain' },
    }),
  ],
  [
    'a token of 20 KiB',
    'POST',
    '/rooms',
    431,
    'HEADERS_TOO_LARGE',
    () => ({ token: 'e'.repeat(20 * KIB), json: { title: 'x' } }),
  ],
];

const SECRETS = [output('LIVEKIT_API_SECRET'), stack.serviceEnv['KEYCLOAK_CLIENT_SECRET'] ?? ''];
const LEAKS = [
  /\n\s+at /,
  /node_modules/,
  /\.[tj]s:\d/,
  /mongodb:\/\//,
  /MongoServerError/,
  /127\.0\.0\.1:\d+/,
];

function expectNothingGivenAway(answer: Answered, sent: Sent): void {
  const shown = [answer.text, ...answer.headers.values()].join('\n');
  for (const secret of [...SECRETS, ...(sent.token === undefined ? [] : [sent.token])])
    expect(shown).not.toContain(secret);
  // Clients are told where the TURN servers are; on one machine that is a loopback address.
  const text = answer.text.replaceAll(/"turns?:[^"]+"/g, '');
  for (const leak of LEAKS) expect(text).not.toMatch(leak);
}

function expectAsPromised(method: string, path: string, answer: Answered): void {
  expect(contract.faultsOf(method, path, answer)).toEqual([]);
}

describe.each([
  ['through the gateway', publicUrl],
  ['past the gateway', instance],
])('an answer %s is as the document promises, and gives nothing away', (_way, base) => {
  it.each(cases)('%s: %s %s → %d %s', async (_what, method, path, status, code, make) => {
    const {
      room = '',
      user = '',
      session = 'none',
      recording = 'none',
      number = 'none',
      event = 'none',
      query = '',
      ...sent
    } = make(world);
    const address = path
      .replace('{roomId}', room)
      .replace('{userId}', user)
      .replace('{sessionId}', session)
      .replace('{recordingId}', recording)
      .replace('{number}', `${number}`)
      .replace('{eventId}', event);
    const answer = await send(base, method, `${API}${address}${query}`, sent);

    expect([answer.status, code === null ? null : codeOf(answer)]).toEqual([status, code]);
    expectAsPromised(method, `${API}${path}`, answer);
    expectNothingGivenAway(answer, sent);
    // Node's parser refuses before there is anything to trace.
    if (status >= 400 && status !== 431) expect(JSON.parse(answer.text).traceId).toMatch(/^[0-9a-f]{32}$/);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });

  it.each([
    ['GET', '/health', 200],
    ['GET', '/health/live', 200],
    ['GET', '/health/ready', 200],
    ['GET', '/info', 200],
  ])('%s %s → %d', async (method, path, status) => {
    const answer = await send(base, method, path);
    expect(answer.status).toBe(status);
    expectAsPromised(method, path, answer);
    expectNothingGivenAway(answer, {});
  });

  it.each([
    ['PUT', `${API}/rooms`, 405, 'METHOD_NOT_ALLOWED'],
    ['GET', `${API}/rooms/x/join`, 405, 'METHOD_NOT_ALLOWED'],
    ['DELETE', '/health', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', `${API}/nothing`, 404, 'NOT_FOUND'],
    ['GET', '/nothing', 404, 'NOT_FOUND'],
    ['GET', '/.env', 404, 'NOT_FOUND'],
    ['GET', `${API}/docs/../../../package.json`, 404, 'NOT_FOUND'],
    ['GET', `${API}/docs/%2e%2e/%2e%2e/package.json`, 404, 'NOT_FOUND'],
  ])('%s %s, which is no route, is a problem: %d %s', async (method, path, status, code) => {
    const answer = await send(base, method, path);
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
    expect(contract.faultsOfProblem(answer)).toEqual([]);
    expectNothingGivenAway(answer, {});
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/^[A-Z, ]+$/);
  });

  it('has the headers that keep a browser safe, and none that names what we run on', async () => {
    for (const path of [`${API}/rooms`, `${API}/nothing`, '/health/live']) {
      const { headers } = await send(base, 'GET', path);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
  });

  it('lets the page’s origins call, and no other', async () => {
    const asked = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    };
    const origins = (stack.serviceEnv['CORS_ORIGINS'] ?? '').split(',');
    for (const allowed of origins) {
      const ours = await send(base, 'OPTIONS', `${API}/rooms`, { headers: { origin: allowed, ...asked } });
      expect(ours.status).toBe(204);
      expect(ours.headers.get('access-control-allow-origin')).toBe(allowed);
      expect(ours.headers.get('access-control-allow-headers')).toContain('authorization');
      expect(ours.headers.get('access-control-allow-credentials')).toBeNull();
    }

    for (const origin of ['https://evil.test', `${origins[0]}.evil.test`, 'null']) {
      const foreign = await send(base, 'GET', `${API}/rooms`, { headers: { origin } });
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
      expect(foreign.headers.get('vary')).toMatch(/origin/i);
    }
  });
});

describe('an address that cannot be read', () => {
  it('is refused past the gateway as promised', async () => {
    const answer = await send(instance, 'GET', `${API}/rooms/%E0%A4%A`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_REQUEST']);
    expectAsPromised('GET', `${API}/rooms/{roomId}`, answer);
  });

  it('is refused by the gateway itself', async () => {
    expect((await send(publicUrl, 'GET', `${API}/rooms/%E0%A4%A`)).status).toBe(400);
  });
});

describe('a token of 100 KiB', () => {
  it('is refused past the gateway as promised', async () => {
    const token = 'e'.repeat(100 * KIB);
    const answer = await send(instance, 'POST', `${API}/rooms`, { token, json: { title: 'x' } });
    expect([answer.status, codeOf(answer)]).toEqual([431, 'HEADERS_TOO_LARGE']);
    expectAsPromised('POST', `${API}/rooms`, answer);
    expectNothingGivenAway(answer, { token });
  });

  it('is refused by the gateway itself', async () => {
    const token = 'e'.repeat(100 * KIB);
    const answer = await send(publicUrl, 'POST', `${API}/rooms`, { token, json: { title: 'x' } });
    expect(answer.status).toBe(431);
    expectNothingGivenAway(answer, { token });
  });
});

describe('pages of rooms', () => {
  it('lead from one to the next, and show no room twice', async () => {
    const topic = `pages-${crypto.randomUUID()}`;
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.unshift((await newRoom(world.host, { topic })).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `?topic=${topic}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const answer = await send(publicUrl, 'GET', `${API}/rooms${query}`);
      expectAsPromised('GET', `${API}/rooms`, answer);
      const page = JSON.parse(answer.text) as { rooms: { id: string }[]; next: string | null };
      seen.push(...page.rooms.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(made);
  });
});

describe('the bare paths of seed 002', () => {
  it.each<[string, string, number, (world: World) => Asked]>([
    ['POST', '/rooms', 201, ({ host }) => ({ token: host, json: { title: 'x' } })],
    ['POST', '/rooms', 400, ({ host }) => ({ token: host, json: {} })],
    ['GET', '/rooms', 200, () => ({})],
    ['GET', '/rooms/{roomId}', 200, ({ live }) => ({ room: live })],
    ['POST', '/rooms/{roomId}/join', 201, ({ guest, live }) => ({ token: guest, room: live })],
    ['POST', '/rooms/{roomId}/join', 409, ({ stranger, full }) => ({ token: stranger, room: full })],
    ['POST', '/rooms/{roomId}/leave', 204, ({ stranger, live }) => ({ token: stranger, room: live })],
    [
      'PATCH',
      '/rooms/{roomId}',
      200,
      ({ host, live }) => ({ token: host, room: live, json: { title: 'x' } }),
    ],
    [
      'POST',
      '/rooms/{roomId}/kick/{userId}',
      200,
      ({ host, live }) => ({ token: host, room: live, user: 'x' }),
    ],
    [
      'DELETE',
      '/rooms/{roomId}/kick/{userId}',
      204,
      ({ host, live }) => ({ token: host, room: live, user: 'x' }),
    ],
    [
      'POST',
      '/rooms/{roomId}/mute/{userId}',
      404,
      ({ host, live }) => ({ token: host, room: live, user: 'x' }),
    ],
    ['POST', '/rooms/{roomId}/mute', 200, ({ host, live }) => ({ token: host, room: live })],
    [
      'POST',
      '/rooms/{roomId}/host/{userId}',
      404,
      ({ host, live }) => ({ token: host, room: live, user: 'x' }),
    ],
    ['GET', '/rooms/{roomId}/participants', 200, ({ live }) => ({ room: live })],
    ['GET', '/rooms/{roomId}/chat', 403, ({ kicked, live }) => ({ token: kicked, room: live })],
    ['POST', '/video/signal', 200, ({ guest, live }) => ({ token: guest, json: signalOf(live) })],
    ['POST', '/video/ice', 404, ({ guest, live }) => ({ token: guest, json: iceOf(live) })],
    [
      'POST',
      '/whip/{roomId}',
      201,
      ({ guest, live }) => ({ token: guest, room: live, ...sdpOf(anOfferToSend()) }),
    ],
    ['DELETE', '/rooms/{roomId}', 200, ({ host, ended }) => ({ token: host, room: ended })],
  ])('%s %s answers %d as with the prefix', async (method, path, status, make) => {
    const { room = '', user = '', ...sent } = make(world);
    const address = path.replace('{roomId}', room).replace('{userId}', user);
    const answer = await send(publicUrl, method, address, sent);
    expect(answer.status).toBe(status);
    expectAsPromised(method, `${API}${path}`, answer);
  });

  it.each(['/admin/rooms', '/token', '/webhooks/livekit', '/keycloak/k_logout'])(
    'are not those of %s',
    async (path) => {
      for (const method of ['GET', 'POST']) expect((await send(publicUrl, method, path)).status).toBe(404);
    },
  );
});

type Paths = Record<string, Record<string, { responses: Record<string, { description: string }> }>>;

/**
 * Refusals that hang on time, load, a server that is away or a session that stands, or are the same at every route:
 * other tests have them.
 */
const BY_CIRCUMSTANCES = new Set([
  'BUSY',
  'CANNOT_RENEGOTIATE',
  'ETAG_MISMATCH',
  'ETAG_MISSING',
  'HEADERS_TOO_LARGE',
  'IN_PROGRESS',
  'INTERNAL',
  'KEYCLOAK_UNAVAILABLE',
  'LIVEKIT_UNAVAILABLE',
  'MESSAGING_UNAVAILABLE',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'RECORDER_UNAVAILABLE',
  'REQUEST_TIMEOUT',
  'STORE_UNAVAILABLE',
  'TOKEN_EXPIRED',
  'TOKEN_INVALID',
  'TOKEN_REVOKED',
  'TOO_MANY_KICKED',
  'TOO_MANY_PEERS',
  'UNSUPPORTED_MEDIA_TYPE',
]);

describe('the document', () => {
  it('has no route that the calls above leave out', () => {
    const called = new Set(cases.map(([, method, path]) => `${method.toLowerCase()} ${API}${path}`));
    const left = contract.operations
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !called.has(route));
    expect(left.toSorted()).toEqual(['get /health', 'get /health/live', 'get /health/ready', 'get /info']);
  });

  it('has no refusal of its own that the calls above leave out', async () => {
    const { text } = await send(publicUrl, 'GET', `${API}/openapi.json`);
    const { paths } = JSON.parse(text) as { paths: Paths };
    const promised = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.values(responses)
          .flatMap(({ description }) =>
            [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
          )
          .filter((code) => !BY_CIRCUMSTANCES.has(code))
          .map((code) => `${method.toUpperCase()} ${path} ${code}`),
      ),
    );
    const seen = new Set(cases.map(([, method, path, , code]) => `${method} ${API}${path} ${code}`));
    expect(promised.filter((refusal) => !seen.has(refusal))).toEqual([]);
  });

  it('is the same at every instance', async () => {
    const documents = await Promise.all(
      stack.instances.map((base) => send(base, 'GET', `${API}/openapi.json`)),
    );
    expect(new Set(documents.map(({ text }) => text)).size).toBe(1);
  });
});

describe('the readable page of the API', () => {
  it('loads, with everything that it refers to, from our own origin', async () => {
    const address = `${publicUrl}${API}/docs`;
    const page = await send(publicUrl, 'GET', `${API}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const [, base = ''] = /<base href="([^"]+)"/.exec(page.text) ?? [];
    const assets = [...page.text.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(assets.length).toBeGreaterThanOrEqual(3);
    const types: Record<string, RegExp> = { css: /^text\/css/, js: /^text\/javascript/, png: /^image\/png/ };
    for (const asset of assets) {
      const url = new URL(asset, new URL(base, address));
      expect(url.origin).toBe(new URL(publicUrl).origin);
      const answer = await send(url.origin, 'GET', url.pathname);
      expect([asset, answer.status]).toEqual([asset, 200]);
      expect(answer.headers.get('content-type')).toMatch(types[asset.split('.').at(-1) ?? ''] ?? /never/);
      expect(answer.text.length).toBeGreaterThan(0);
    }
  });

  it('reads the document from where it is served', async () => {
    const page = await send(publicUrl, 'GET', `${API}/docs`);
    const [, base = ''] = /<base href="([^"]+)"/.exec(page.text) ?? [];
    const start = await send(publicUrl, 'GET', `${API}/docs/start.js`);
    const [, document = ''] = /url: '([^']+)'/.exec(start.text) ?? [];
    const url = new URL(document, new URL(base, `${publicUrl}${API}/docs`));
    expect(url.pathname).toBe(`${API}/openapi.json`);
    expect((await send(url.origin, 'GET', url.pathname)).status).toBe(200);
  });

  it('may run its own scripts only', async () => {
    const { headers } = await send(publicUrl, 'GET', `${API}/docs`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/connect-src 'self'(;|$)/);
  });
});
