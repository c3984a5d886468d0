import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventName, payloads } from '../../src/lobby/protocol.ts';
import { recordingOf } from '../support/a-recording.ts';
import { type Answer, call } from '../support/client.ts';
import { type Contract, contractOf } from '../support/contract.ts';
import { anOfferToSend } from '../support/sdp.ts';
import { openSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import {
  apiOf,
  type Cast,
  instanceOf,
  KINDS,
  type Kind,
  makeCast,
  makeWorld,
  otherOf,
  ROLES,
  type Role,
  type World,
} from './world.ts';

/**
 * Who may do what, over HTTP and over Socket.IO, in rooms of every kind: one line for each route or event, one column
 * for each kind of person. What is written in a cell is the status of a success (`ok` for an event), or the code of the
 * refusal. `any` stands for public, private and ended rooms.
 *
 * The people: `nobody` is not signed in. A `stranger` was never in the room, nor invited. A `participant` is in, and
 * was invited where the room is private. The `kicked` one was so too, until the host put them out. The `administrator`
 * has the realm's role and nothing to do with the room.
 *
 * Whom it is done to: the participant; the host, where the participant does it; the kicked one, to be forgiven.
 */
const table = `
route or event                            rooms            nobody           stranger     participant  kicked       host         administrator

POST /rooms                               -                UNAUTHENTICATED  201          201          201          201          201
GET /rooms                                -                200              200          200          200          200          200
GET /rooms/{roomId}                       public, ended    200              200          200          200          200          200
GET /rooms/{roomId}                       private          UNAUTHENTICATED  NOT_INVITED  200          KICKED       200          NOT_INVITED
PATCH /rooms/{roomId}                     public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
PATCH /rooms/{roomId}                     ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
DELETE /rooms/{roomId}                    any              UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST

POST /rooms/{roomId}/join                 public           UNAUTHENTICATED  201          201          KICKED       201          201
POST /rooms/{roomId}/join                 private          UNAUTHENTICATED  NOT_INVITED  201          KICKED       201          NOT_INVITED
POST /rooms/{roomId}/join                 ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
POST /token                               public           UNAUTHENTICATED  201          201          KICKED       201          201
POST /token                               private          UNAUTHENTICATED  NOT_INVITED  201          KICKED       201          NOT_INVITED
POST /token                               ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
POST /rooms/{roomId}/token                public           UNAUTHENTICATED  NO_SEAT      201          KICKED       201          NO_SEAT
POST /rooms/{roomId}/token                private          UNAUTHENTICATED  NOT_INVITED  201          KICKED       201          NOT_INVITED
POST /rooms/{roomId}/token                ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
POST /rooms/{roomId}/leave                any              UNAUTHENTICATED  204          204          204          204          204

POST /rooms/{roomId}/kick/{userId}        public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
POST /rooms/{roomId}/kick/{userId}        ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
DELETE /rooms/{roomId}/kick/{userId}      public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     204          NOT_HOST
DELETE /rooms/{roomId}/kick/{userId}      ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
POST /rooms/{roomId}/mute/{userId}        public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
POST /rooms/{roomId}/mute/{userId}        ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
POST /rooms/{roomId}/mute                 public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
POST /rooms/{roomId}/mute                 ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
POST /rooms/{roomId}/host/{userId}        public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
POST /rooms/{roomId}/host/{userId}        ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST

GET /rooms/{roomId}/participants          public, ended    200              200          200          200          200          200
GET /rooms/{roomId}/participants          private          UNAUTHENTICATED  NOT_INVITED  200          KICKED       200          NOT_INVITED
GET /rooms/{roomId}/chat                  any              UNAUTHENTICATED  NO_SEAT      200          KICKED       200          NO_SEAT

POST /video/signal                        public           UNAUTHENTICATED  200          200          KICKED       200          200
POST /video/signal                        private          UNAUTHENTICATED  NOT_INVITED  200          KICKED       200          NOT_INVITED
POST /video/signal                        ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
POST /video/ice                           public           UNAUTHENTICATED  NO_SEAT      NO_SUCH_SESSION  KICKED   NO_SUCH_SESSION  NO_SEAT
POST /video/ice                           private          UNAUTHENTICATED  NOT_INVITED  NO_SUCH_SESSION  KICKED   NO_SUCH_SESSION  NOT_INVITED
POST /video/ice                           ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
DELETE /video/signal/{sessionId}          -                UNAUTHENTICATED  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION
POST /whip/{roomId}                       public           UNAUTHENTICATED  201          201          KICKED       201          201
POST /whip/{roomId}                       private          UNAUTHENTICATED  NOT_INVITED  201          KICKED       201          NOT_INVITED
POST /whip/{roomId}                       ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
PATCH /whip/{roomId}/{sessionId}          public           UNAUTHENTICATED  NO_SEAT      NO_SUCH_SESSION  KICKED   NO_SUCH_SESSION  NO_SEAT
PATCH /whip/{roomId}/{sessionId}          private          UNAUTHENTICATED  NOT_INVITED  NO_SUCH_SESSION  KICKED   NO_SUCH_SESSION  NOT_INVITED
PATCH /whip/{roomId}/{sessionId}          ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
DELETE /whip/{roomId}/{sessionId}         any              UNAUTHENTICATED  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION  NO_SUCH_SESSION

POST /rooms/{roomId}/recordings           public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     201          NOT_HOST
POST /rooms/{roomId}/recordings           ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
GET /rooms/{roomId}/recordings            any              UNAUTHENTICATED  NO_SEAT      200          KICKED       200          NO_SEAT
POST /recordings/{recordingId}/stop       public, private  UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     200          NOT_HOST
POST /recordings/{recordingId}/stop       ended            UNAUTHENTICATED  NOT_HOST     NOT_HOST     NOT_HOST     ROOM_ENDED   NOT_HOST
GET /recordings/{recordingId}             any              UNAUTHENTICATED  NO_SEAT      200          KICKED       200          NO_SEAT
GET /recordings/{recordingId}/file        any              UNAUTHENTICATED  NO_SEAT      RECORDING_NOT_READY  KICKED  RECORDING_NOT_READY  NO_SEAT

GET /admin/rooms                          -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200
DELETE /admin/rooms/{roomId}              any              UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200
GET /admin/dead-requests                  -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200
GET /admin/dead-requests/{number}         -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    REQUEST_NOT_FOUND
POST /admin/dead-requests/{number}/put-back  -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    REQUEST_NOT_FOUND
DELETE /admin/dead-requests/{number}      -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    REQUEST_NOT_FOUND

GET /chain/events                         -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200
GET /chain/forwards                       -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200
GET /chain/forwards/{eventId}             -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    FORWARD_NOT_FOUND
POST /chain/forwards/{eventId}/retry      -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    FORWARD_NOT_FOUND
GET /chain/wallets                        -                UNAUTHENTICATED  FORBIDDEN    FORBIDDEN    FORBIDDEN    FORBIDDEN    200

room:join                                 public           UNAUTHENTICATED  ok           ok           KICKED       ok           ok
room:join                                 private          UNAUTHENTICATED  NOT_INVITED  ok           KICKED       ok           NOT_INVITED
room:join                                 ended            UNAUTHENTICATED  ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED   ROOM_ENDED
room:leave                                public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
room:leave                                ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
chat:message                              public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
chat:message                              ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
webrtc:offer                              public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
webrtc:offer                              ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
webrtc:answer                             public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
webrtc:answer                             ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
webrtc:ice-candidate                      public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
webrtc:ice-candidate                      ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
media:toggle-mic                          public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
media:toggle-mic                          ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
media:toggle-video                        public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
media:toggle-video                        ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
hand:raise                                public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
hand:raise                                ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
hand:lower                                public, private  UNAUTHENTICATED  NO_SEAT      ok           NO_SEAT      ok           NO_SEAT
hand:lower                                ended            UNAUTHENTICATED  NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT      NO_SEAT
auth:renew                                any              UNAUTHENTICATED  ok           ok           ok           ok           ok
`;

/** What each code is over HTTP. */
const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  KICKED: 403,
  NO_SEAT: 403,
  NO_SUCH_SESSION: 404,
  REQUEST_NOT_FOUND: 404,
  FORWARD_NOT_FOUND: 404,
  RECORDING_NOT_READY: 409,
  NOT_HOST: 403,
  NOT_INVITED: 403,
  ROOM_ENDED: 410,
};

/** What a route is asked with; nothing for one that is not here. */
const BODIES: Readonly<Record<string, (roomId: string) => object>> = {
  'POST /rooms': () => ({ title: 'A room of mine' }),
  'PATCH /rooms/{roomId}': () => ({ title: 'Another title' }),
  'POST /token': (roomId) => ({ room_name: roomId }),
  'POST /video/signal': (room_id) => ({ room_id, peer_id: 'peer', type: 'offer', sdp: anOfferToSend() }),
  'POST /video/ice': (room_id) => ({ room_id, peer_id: 'none', candidate: { candidate: '' } }),
};

/** The same for bodies that are not JSON, with their type. */
const TEXTS: Readonly<Record<string, () => { type: string; text: string }>> = {
  'POST /whip/{roomId}': () => ({ type: 'application/sdp', text: anOfferToSend() }),
  'PATCH /whip/{roomId}/{sessionId}': () => ({ type: 'application/trickle-ice-sdpfrag', text: 'a=mid:0' }),
};

/** What an event is sent with. `other` is whom it is for. */
const PAYLOADS: Readonly<
  Record<EventName, (roomId: string, other: string, token: string) => object | undefined>
> = {
  'room:join': (roomId) => ({ roomId }),
  'room:leave': (roomId) => ({ roomId }),
  'chat:message': () => ({ message: 'Good evening' }),
  'webrtc:offer': (_room, targetUserId) => ({ sdp: { type: 'offer', sdp: 'v=0' }, targetUserId }),
  'webrtc:answer': (_room, targetUserId) => ({ sdp: { type: 'answer', sdp: 'v=0' }, targetUserId }),
  'webrtc:ice-candidate': (_room, targetUserId) => ({ candidate: { candidate: '' }, targetUserId }),
  'media:toggle-mic': () => ({ isMuted: true }),
  'media:toggle-video': () => ({ isVideoOff: true }),
  'hand:raise': () => undefined,
  'hand:lower': () => ({}),
  'auth:renew': (_room, _other, token) => ({ token }),
};

/** What moves people or ends the room: each cell that is let do it has a room of its own. The rest leaves all as it was. */
const MOVES = new Set([
  'POST /rooms/{roomId}/recordings',
  'DELETE /rooms/{roomId}',
  'POST /rooms/{roomId}/join',
  'POST /token',
  'POST /video/signal',
  'POST /whip/{roomId}',
  'POST /rooms/{roomId}/leave',
  'POST /rooms/{roomId}/kick/{userId}',
  'DELETE /rooms/{roomId}/kick/{userId}',
  'POST /rooms/{roomId}/host/{userId}',
  'DELETE /admin/rooms/{roomId}',
  'room:join',
  'room:leave',
]);

/** Called by servers and by those who run the place, signed or open to all: test/auth, test/realtime, test/http. */
const NOT_OF_PEOPLE = [
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /info',
  'POST /keycloak/backchannel-logout',
  'POST /keycloak/k_logout',
  'POST /keycloak/k_push_not_before',
  'POST /webhooks/livekit',
];

type Row = Readonly<{
  what: string;
  kind: Kind | null;
  cells: Readonly<Record<Role, string>> /** Decides which instance is asked. */;
  number: number;
}>;

const [heading = '', ...lines] = table.split('\n').filter((line) => line.trim() !== '');
const columnsOf = (line: string): string[] => line.trim().split(/\s{2,}/);

const rows: Row[] = lines.flatMap((line, place) => {
  const [what = '', kinds = '', ...cells] = columnsOf(line);
  const of = kinds === 'any' ? KINDS : kinds === '-' ? [null] : (kinds.split(', ') as Kind[]);
  const named = Object.fromEntries(ROLES.map((role, index) => [role, cells[index]])) as Record<Role, string>;
  return of.map((kind, index) => ({ what, kind, cells: named, number: place + index }));
});
const isEvent = ({ what }: Pick<Row, 'what'>): boolean => !what.includes(' ');
const isSuccess = (cell: string): boolean => cell === 'ok' || /^2\d\d$/.test(cell);
/** In an ended room there is nothing left to move. */
const needsOwnRoom = ({ what, kind, cells }: Row, role: Role): boolean =>
  MOVES.has(what) && kind !== 'ended' && isSuccess(cells[role]);
/** As `it.each` takes them. */
const titled = (some: readonly Row[]) =>
  some.map((row) => [row.kind === null ? row.what : `${row.what}, ${row.kind} room`, row] as const);

let contract: Contract;
let cast: Cast;
/** One room of each kind, for whatever leaves a room as it was. */
const shared = new Map<Kind, Promise<World>>();
const made: Promise<World>[] = [];

beforeAll(async () => {
  [contract, cast] = await Promise.all([contractOf(output('PUBLIC_URL')), makeCast()]);
});
afterAll(async () => {
  for (const world of made) await (await world)[Symbol.asyncDispose]();
});

function sharedWorld(kind: Kind): Promise<World> {
  const held = shared.get(kind);
  if (held) return held;
  const world = makeWorld(cast, kind, made.length, { sockets: ROLES, inside: true });
  shared.set(kind, world);
  made.push(world);
  return world;
}

/** Asks for each role's cell. After a surprise the room that they shared may not be as it was: the next get another. */
async function expectRow(
  { kind, cells }: Row,
  ask: (role: Role, index: number, sharing: () => Promise<World>) => Promise<string>,
): Promise<void> {
  const own = kind ?? 'public';
  const asked = ROLES.map(async (role, index) => [role, await ask(role, index, () => sharedWorld(own))]);
  const answered: Record<string, string> = Object.fromEntries(await Promise.all(asked));
  if (ROLES.some((role) => answered[role] !== cells[role])) shared.delete(own);
  expect(answered).toEqual(cells);
}

/** One recording of each room that is asked about, of which there is no file. */
const recordings = new Map<string, Promise<string>>();
function recordingIn(roomId: string): Promise<string> {
  const made = recordings.get(roomId) ?? recordingOf(roomId, 'FAILED');
  recordings.set(roomId, made);
  return made;
}

const tokenOf = (role: Role): string | undefined => (role === 'nobody' ? undefined : cast[role].token);

describe('over HTTP', () => {
  it.each(titled(rows.filter((row) => !isEvent(row))))('%s', async (_title, row) => {
    const [method = '', path = ''] = row.what.split(' ');
    const faults: string[] = [];
    await expectRow(row, async (role, index, sharing) => {
      const turn = row.number + index;
      const whom: Exclude<Role, 'nobody'> = method === 'DELETE' ? 'kicked' : otherOf(role);
      const about = path.includes('{userId}') ? [role, whom] : [role];
      const { roomId } = await (needsOwnRoom(row, role)
        ? makeWorld(cast, row.kind ?? 'public', turn, { about })
        : sharing());
      const address = path
        .replace('{roomId}', roomId)
        .replace('{userId}', cast[whom].id)
        .replace('{sessionId}', 'no-session')
        .replace('{number}', '999999999')
        .replace('{eventId}', '0'.repeat(64))
        .replace('{recordingId}', path.includes('{recordingId}') ? await recordingIn(roomId) : '');
      const token = tokenOf(role);
      const text = TEXTS[row.what]?.();
      const body = text?.text ?? BODIES[row.what]?.(roomId);
      const answer = await call(method, address, {
        base: apiOf(turn + 1),
        ...(token === undefined ? {} : { token }),
        ...(body === undefined ? {} : { body }),
        ...(text === undefined ? {} : { headers: { 'content-type': text.type } }),
      });
      faults.push(...contract.faultsOf(method, `/api/realtime${path}`, answer));
      return cellOf(answer);
    });
    expect(faults).toEqual([]);
  });
});

/** What a cell says of an answer: the status of a success, or the code of a refusal whose status is as it must be. */
function cellOf({ status, body }: Answer): string {
  const code = body['code'] as string | undefined;
  if (code === undefined) return String(status);
  return status === STATUS[code] ? code : `${status} ${code}`;
}

describe('over Socket.IO', () => {
  it.each(titled(rows.filter(isEvent)))('%s', async (_title, row) => {
    const event = row.what as EventName;
    await expectRow(row, async (role, index, sharing) => {
      if (role === 'nobody') return openSocket(undefined, instanceOf(index)).then(() => 'let in', codeOf);
      const own = { about: [role], sockets: [role], inside: event !== 'room:join' };
      const alone = needsOwnRoom(row, role);
      const world = await (alone
        ? makeWorld(cast, row.kind ?? 'public', row.number + index, own)
        : sharing());
      const payload = PAYLOADS[event](world.roomId, cast[otherOf(role)].id, cast[role].token);
      const answered = await world.sockets.get(role)?.ask(event, payload);
      if (alone) await world[Symbol.asyncDispose]();
      return answered?.ok ? 'ok' : String(answered?.error?.code);
    });
  });
});

/** Of a connection that was refused. */
const codeOf = (error: unknown): string =>
  (error as { data?: { code?: string } }).data?.code ?? String(error);

describe('the table', () => {
  it('has a column for each kind of person, and a cell in each', () => {
    expect(columnsOf(heading).slice(2)).toEqual([...ROLES]);
    for (const line of lines) expect([line, columnsOf(line).length]).toEqual([line, ROLES.length + 2]);
  });

  it('has a row for every route of the served document that people call', () => {
    const served = contract.operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/^\/api\/realtime/, '')}`,
    );
    const inTable = new Set(rows.filter((row) => !isEvent(row)).map(({ what }) => what));
    expect([...inTable, ...NOT_OF_PEOPLE].toSorted()).toEqual(served.toSorted());
  });

  it('has a row for every event that a socket may send', () => {
    const inTable = new Set(rows.filter(isEvent).map(({ what }) => what));
    expect([...inTable].toSorted()).toEqual(Object.keys(payloads).toSorted());
  });

  it('has a row for each kind of room, once, where there is a room', () => {
    const ofRoom = (what: string) =>
      isEvent({ what }) || /\{(roomId|recordingId)\}|^POST \/(token|video\/\w+)$/.test(what);
    for (const [what, own] of Map.groupBy(rows, (row) => row.what)) {
      const kinds = ofRoom(what) ? KINDS : [null];
      expect([what, own.map(({ kind }) => kind).toSorted()]).toEqual([what, [...kinds].toSorted()]);
    }
  });
});
