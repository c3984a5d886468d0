import { outputsOfRunning } from './running.ts';

/**
 * `npm run demo`, beside a running `npm start`: alice makes a room and joins it, a real LiveKit client connects
 * with the token that she got, and the trace of all that is looked up in Zipkin.
 */

// The client's library logs its debug lines unless it believes to be in production.
process.env['NODE_ENV'] = 'production';
const { dispose, Room } = await import('@livekit/rtc-node');

const outputs = outputsOfRunning(process.env);
const api = `${outputs['PUBLIC_URL']}/api/realtime`;
const traceId = crypto.randomUUID().replaceAll('-', '');

async function post(url: string, init: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(10_000), ...init });
  const body = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

async function demo(): Promise<void> {
  const form = { grant_type: 'password', client_id: 'web', username: 'alice', password: 'alice' };
  const signedIn = await post(`${outputs['KEYCLOAK_ISSUER']}/protocol/openid-connect/token`, {
    body: new URLSearchParams(form),
  });
  const headers = { authorization: `Bearer ${signedIn['access_token']}`, 'content-type': 'application/json' };
  const room = await post(`${api}/rooms`, { headers, body: '{"title":"Hello"}' });
  console.log(`Alice made the room ${room['id']}.`);

  const traceparent = `00-${traceId}-${traceId.slice(0, 16)}-01`;
  const joined = await post(`${api}/rooms/${room['id']}/join`, { headers: { ...headers, traceparent } });
  console.log(`Her Keycloak token became a LiveKit token, good until ${joined['expiresAt']}.`);

  const client = new Room();
  const options = { autoSubscribe: true, dynacast: false };
  await client.connect(String(joined['server_url']), String(joined['participant_token']), options);
  console.log(`A LiveKit client is in the room as ${client.localParticipant?.name}.`);

  // The last span is LiveKit's webhook; spans are sent once a second.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await client.disconnect();
  const zipkin = new URL('/zipkin/traces/', outputs['ZIPKIN_URL']);
  console.log(`The whole way, hop by hop: ${zipkin}${traceId}`);
}

try {
  await demo();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  console.error(`The demo needs a running stack (npm start): ${reason}${cause}`);
  process.exitCode = 1;
} finally {
  await dispose();
}
