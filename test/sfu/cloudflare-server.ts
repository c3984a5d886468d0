import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { anOffer, audio } from '../support/an-offer.ts';

/**
 * Cloudflare Realtime's API as it is published (https://developers.cloudflare.com/realtime/sfu/api/): it answers as they
 * do, and notes each request that is not as they want it in `faults`. No media goes through it.
 */

export const APP_ID = 'an-app-id';
export const APP_SECRET = 'an-app-secret-that-nobody-may-see';

type Track = { location: 'local' | 'remote'; mid: string; trackName: string; status: 'active' | 'inactive' };
type Session = { tracks: Track[]; lapsed: boolean; offered: boolean };
type Reply = Readonly<{ status: number; headers?: Record<string, string>; body: unknown }>;

/** What the next request gets instead of its answer: a reply, a text that is none, nothing, or a cut connection. */
export type Failure = Reply | 'garbage' | 'hang' | 'cut';

export type CloudflareServer = AsyncDisposable &
  Readonly<{
    url: string;
    /** What was wrong with requests. */
    faults: string[];
    /** Method and path, in order, below the app. */
    calls: string[];
    failNext(...failures: Failure[]): void;
    /** Fails each request until `recover`. */
    failAlways(failure: Failure): void;
    recover(): void;
    /** Forgets a session, as after it was never connected. */
    lapse(sessionId: string): void;
  }>;

const answerSdp = z.strictObject({ type: z.literal('answer'), sdp: z.string().startsWith('v=0') });
const offerSdp = z.strictObject({ type: z.literal('offer'), sdp: z.string().startsWith('v=0') });
const mid = z.string().min(1);
const trackName = z.string().min(1);

const publish = z.strictObject({
  sessionDescription: offerSdp,
  tracks: z
    .array(z.strictObject({ location: z.literal('local'), mid, trackName }))
    .min(1)
    .max(64),
});
const pull = z.strictObject({
  tracks: z
    .array(z.strictObject({ location: z.literal('remote'), sessionId: z.string().min(1), trackName }))
    .min(1)
    .max(64),
});
const renegotiate = z.strictObject({ sessionDescription: answerSdp });
const close = z.union([
  z.strictObject({ tracks: z.array(z.strictObject({ mid })).min(1), force: z.literal(true) }),
  z.strictObject({
    tracks: z.array(z.strictObject({ mid })).min(1),
    force: z.literal(false),
    sessionDescription: offerSdp,
  }),
]);

const error = (status: number, errorCode: string, errorDescription: string): Reply => ({
  status,
  body: { errorCode, errorDescription },
});
const GONE = error(410, 'session_error', 'The session is not there, or not any more.');
const description = (type: 'offer' | 'answer') => ({ type, sdp: anOffer(audio) });

export async function startCloudflare(): Promise<CloudflareServer> {
  const sessions = new Map<string, Session>();
  const faults: string[] = [];
  const calls: string[] = [];
  const failures: Failure[] = [];
  let always: Failure | null = null;

  const live = (id: string): Session | null => {
    const session = sessions.get(id);
    return session && !session.lapsed ? session : null;
  };

  function checked<T>(schema: z.ZodType<T>, body: unknown, call: string): T | null {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    faults.push(`${call}: ${parsed.error.message}`);
    return null;
  }

  function newTracks(session: Session, body: unknown, call: string): Reply {
    if (session.offered)
      return error(406, 'invalid_session_description', 'An offer of ours is not answered yet.');
    const isPull = typeof body === 'object' && body !== null && !('sessionDescription' in body);
    return isPull ? pulled(session, body, call) : published(session, body, call);
  }

  function published(session: Session, body: unknown, call: string): Reply {
    const asked = checked(publish, body, call);
    if (!asked) return error(400, 'decoding_error', 'Not as it should be.');
    if (asked.sessionDescription.sdp.includes('nonsense'))
      return error(406, 'invalid_session_description', 'This cannot be read.');
    for (const { trackName: name, mid: at } of asked.tracks)
      session.tracks.push({ location: 'local', mid: at, trackName: name, status: 'active' });
    return {
      status: 200,
      body: {
        requiresImmediateRenegotiation: false,
        tracks: asked.tracks.map(({ mid: at, trackName: name }) => ({ mid: at, trackName: name })),
        sessionDescription: description('answer'),
      },
    };
  }

  function pulled(session: Session, body: unknown, call: string): Reply {
    const asked = checked(pull, body, call);
    if (!asked) return error(400, 'decoding_error', 'Not as it should be.');
    const tracks = asked.tracks.map(({ sessionId, trackName: name }) => {
      const source = live(sessionId)?.tracks.find((track) => track.trackName === name);
      if (source?.status !== 'active')
        return {
          sessionId,
          trackName: name,
          errorCode: 'not_found_track_error',
          errorDescription: 'Not there.',
        };
      const at = `${session.tracks.length}`;
      session.tracks.push({ location: 'remote', mid: at, trackName: name, status: 'active' });
      return { sessionId, trackName: name, mid: at };
    });
    session.offered = tracks.some((track) => 'mid' in track);
    return {
      status: 200,
      body: {
        requiresImmediateRenegotiation: session.offered,
        tracks,
        ...(session.offered ? { sessionDescription: description('offer') } : {}),
      },
    };
  }

  function closeTracks(session: Session, body: unknown, call: string): Reply {
    const asked = checked(close, body, call);
    if (!asked) return error(400, 'decoding_error', 'Not as it should be.');
    const tracks = asked.tracks.map(({ mid: at }) => {
      const track = session.tracks.find((one) => one.mid === at && one.status === 'active');
      if (!track) return { mid: at, errorCode: 'close_track_error', errorDescription: 'Closed already.' };
      track.status = 'inactive';
      return { mid: at };
    });
    return { status: 200, body: { requiresImmediateRenegotiation: false, tracks } };
  }

  function answerOffer(session: Session, body: unknown, call: string): Reply {
    if (!checked(renegotiate, body, call)) return error(400, 'decoding_error', 'Not as it should be.');
    if (!session.offered) return error(406, 'invalid_session_description', 'Nothing was offered.');
    session.offered = false;
    return { status: 200, body: {} };
  }

  function route(call: string, body: unknown): Reply {
    if (call === 'POST sessions/new') {
      if (body !== undefined) faults.push(`${call}: has a body`);
      const sessionId = randomUUID().replaceAll('-', '');
      sessions.set(sessionId, { tracks: [], lapsed: false, offered: false });
      return { status: 201, body: { sessionId } };
    }
    const [, method = '', id = '', action = ''] =
      /^(\w+) sessions\/(\w+)(?:\/(tracks\/new|tracks\/close|renegotiate))?$/.exec(call) ?? [];
    const session = live(id);
    switch (`${method} ${action}`) {
      case 'GET ':
        return session ? { status: 200, body: { tracks: session.tracks } } : GONE;
      case 'POST tracks/new':
        return session ? newTracks(session, body, call) : GONE;
      case 'PUT tracks/close':
        return session ? closeTracks(session, body, call) : GONE;
      case 'PUT renegotiate':
        return session ? answerOffer(session, body, call) : GONE;
      default:
        faults.push(`${call}: is no call`);
        return error(404, 'not_found', 'No such call.');
    }
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const { method = '', url = '', headers } = request;
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (headers.authorization !== `Bearer ${APP_SECRET}`)
      return error(401, 'unauthorized', `Not the secret: ${headers.authorization}`);
    const [, app = '', path = ''] = /^\/v1\/apps\/([^/]+)\/(.*)$/.exec(url) ?? [];
    if (app !== APP_ID) return error(404, 'not_found', 'No such app.');
    if (text !== '' && headers['content-type'] !== 'application/json')
      faults.push(`${method} ${path}: ${headers['content-type']} is not JSON`);
    return route(`${method} ${path}`, text === '' ? undefined : JSON.parse(text));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls.push(`${request.method} ${request.url?.replace(/^\/v1\/apps\/[^/]+\//, '')}`);
    const failure = failures.shift() ?? always;
    if (failure === 'hang') return;
    if (failure === 'cut') return void request.socket.destroy();
    if (failure === 'garbage') return void response.writeHead(200).end('<html>Not what was asked</html>');
    const { status, headers, body } = failure ?? (await answer(request));
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((thrown: unknown) => {
      faults.push(String(thrown));
      request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    faults,
    calls,
    failNext: (...more) => void failures.push(...more),
    failAlways(failure) {
      always = failure;
    },
    recover() {
      always = null;
      failures.length = 0;
    },
    lapse(sessionId) {
      const session = sessions.get(sessionId);
      if (session) session.lapsed = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
