import { api } from './stack.ts';

/** An answer as tests look at it; `body` is what came, parsed when it was JSON, `text` as it came. */
export type Answer = Readonly<{
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, never> & { [name: string]: unknown };
}>;

type Options = Readonly<{ token?: string; body?: unknown; base?: string; headers?: Record<string, string> }>;

/** Calls the API, through the gateway unless `base` says otherwise. A body that is a string is sent as it is. */
export async function call(method: string, path: string, options: Options = {}): Promise<Answer> {
  const response = await fetch(`${options.base ?? api}${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: textOf(options.body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body = isJson ? JSON.parse(text) : { text };
  return { status: response.status, headers: response.headers, text, body };
}

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

export type RoomBody = {
  id: string;
  status: string;
  hostId: string;
  hostName: string | null;
  joinedParticipants: number;
  participants: { userId: string; role: string }[];
};

/** A room of this test's own. */
export async function newRoom(
  token: string,
  input: Record<string, unknown> = {},
  base: string = api,
): Promise<RoomBody> {
  const { status, body } = await call('POST', '/rooms', { token, base, body: { title: 'A test', ...input } });
  if (status !== 201) throw new Error(`no room: ${status} ${JSON.stringify(body)}`);
  return body as unknown as RoomBody;
}

export async function getRoom(roomId: string, token?: string, base: string = api): Promise<RoomBody> {
  const { body } = await call('GET', `/rooms/${roomId}`, token === undefined ? { base } : { token, base });
  return body as unknown as RoomBody;
}

export type JoinBody = {
  server_url: string;
  participant_token: string;
  expiresAt: string;
  participant: { userId: string; role: string };
  iceServers: { urls: string[]; username: string; credential: string }[];
};

/** Joins, and fails the test when that was refused. */
export async function join(roomId: string, token: string, base?: string): Promise<JoinBody> {
  const { status, body } = await call(
    'POST',
    `/rooms/${roomId}/join`,
    base === undefined ? { token } : { token, base },
  );
  if (status !== 201) throw new Error(`not let in: ${status} ${JSON.stringify(body)}`);
  return body as unknown as JoinBody;
}
