import { describe, expect, it } from '@jest/globals';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { output } from '../support/stack.ts';

type Span = {
  id: string;
  parentId?: string;
  traceId: string;
  name: string;
  kind?: string;
  timestamp: number;
  duration: number;
  localEndpoint: { serviceName: string };
  tags?: Record<string, string>;
};

const zipkin = new URL('/api/v2', output('ZIPKIN_URL')).href;

async function traceOf(traceId: string): Promise<Span[]> {
  const response = await fetch(`${zipkin}/trace/${traceId}`);
  return response.ok ? ((await response.json()) as Span[]) : [];
}

const newTraceId = (): string => crypto.randomUUID().replaceAll('-', '');
const traceparent = (traceId: string): string => `00-${traceId}-${traceId.slice(0, 16)}-01`;

describe('the trace of a join, read back from the real Zipkin', () => {
  it('leads from the gateway through the service, MongoDB and the minting to "the client is in"', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const traceId = newTraceId();

    const joined = await call('POST', `/rooms/${room.id}/join`, {
      token: (await newPerson()).token,
      headers: { traceparent: traceparent(traceId) },
    });
    expect(joined.status).toBe(201);
    await using _client = await connect(joined.body as never);

    const spans = await eventually(async () => {
      const found = await traceOf(traceId);
      const names = found.map((span) => `${span.localEndpoint.serviceName}: ${span.name}`);
      expect(names).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^gateway: /),
          'realtime-service: post /api/realtime/rooms/{roomid}/join',
          'realtime-service: authenticate',
          'realtime-service: admit',
          'realtime-service: mint',
          'realtime-service: participant connected',
        ]),
      );
      return found;
    }, 20_000);

    const named = (name: string): Span => {
      const span = spans.find((one) => one.name === name);
      if (!span) throw new Error(`no span ${name}`);
      return span;
    };
    const gateway = spans.find((span) => span.localEndpoint.serviceName === 'gateway');
    const server = named('post /api/realtime/rooms/{roomid}/join');
    expect(server.parentId).toBe(gateway?.id);
    for (const phase of ['authenticate', 'admit', 'mint']) expect(named(phase).parentId).toBe(server.id);

    const stores = spans.filter((span) => span.kind === 'CLIENT' && span.parentId === named('admit').id);
    const work = stores.map((span) => span.name.split(' ')[0]);
    expect(work.filter((one) => one !== 'find')).toEqual(['update']);
    // Whoever reads a room while another does shares the query, which is of the other's trace.
    expect(work.filter((one) => one === 'find').length).toBeLessThanOrEqual(1);

    const connected = named('participant connected');
    expect(connected.parentId).toBe(server.id);
    expect(connected.timestamp).toBeGreaterThan(server.timestamp + server.duration);
    expect(connected.tags?.['room.id']).toBe(room.id);
  }, 60_000);

  it('tells its id in the refusal, so that the trace can be found from the answer', async () => {
    const { token } = await newPerson();
    const traceId = newTraceId();
    const refused = await call('POST', '/rooms/no-such-room/join', {
      token,
      headers: { traceparent: traceparent(traceId) },
    });
    expect(refused.status).toBe(404);
    expect(refused.body['traceId']).toBe(traceId);
    const spans = await eventually(async () => {
      const found = await traceOf(traceId);
      expect(found.map((span) => span.name)).toContain('admit');
      return found;
    });
    expect(spans.find((span) => span.name === 'admit')?.tags?.['error.code']).toBe('ROOM_NOT_FOUND');
  });

  it('accepts B3 headers as well as W3C', async () => {
    const traceId = newTraceId();
    const b3 = `${traceId}-${traceId.slice(0, 16)}-1`;
    const { token } = await newPerson();
    const refused = await call('POST', '/rooms/no-such-room/join', { token, headers: { b3 } });
    expect(refused.body['traceId']).toBe(traceId);
  });

  it('holds no token, in no span', async () => {
    const host = await newPerson();
    const traceId = newTraceId();
    const room = await newRoom(host.token);
    await call('POST', `/rooms/${room.id}/join?access_token=${host.token}`, {
      token: host.token,
      headers: { traceparent: traceparent(traceId) },
    });
    await join(room.id, host.token);
    const spans = await eventually(async () => {
      const found = await traceOf(traceId);
      expect(found.length).toBeGreaterThan(3);
      return found;
    });
    expect(JSON.stringify(spans)).not.toContain('eyJ');
  });
});
