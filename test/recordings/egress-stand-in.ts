import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EgressInfo, EgressStatus, RoomCompositeEgressRequest, TokenVerifier } from 'livekit-server-sdk';
import { output } from '../support/stack.ts';

/** What was asked of the stand-in: the method's name and its request, in LiveKit's own JSON. */
export type Asked = Readonly<{ method: string; body: Record<string, unknown> }>;

/**
 * LiveKit's Egress API as its server has it (Twirp over HTTP with JSON), as far as we use it. It checks each request
 * against the published protocol, answers what is wrong with 4xx, and keeps what was asked.
 */
export async function startEgressStandIn() {
  const asked: Asked[] = [];
  const known = new Map<string, EgressInfo>();
  const verifier = new TokenVerifier(output('LIVEKIT_API_KEY'), output('LIVEKIT_API_SECRET'));
  let count = 0;

  const methods: Record<string, (body: Record<string, unknown>) => EgressInfo | { items: EgressInfo[] }> = {
    StartRoomCompositeEgress(body) {
      // Refuses a field that LiveKit's request does not have.
      const request = RoomCompositeEgressRequest.fromJson(body as never);
      const [file] = request.fileOutputs;
      if (request.roomName === '' || !file?.filepath) throw new Fault(400, 'room_name and a file are needed');
      count += 1;
      const info = new EgressInfo({
        egressId: `EG_${process.pid}_${Date.now()}_${count}`,
        roomName: request.roomName,
        status: EgressStatus.EGRESS_STARTING,
      });
      known.set(info.egressId, info);
      return info;
    },
    StopEgress(body) {
      const info = known.get(String(body['egressId']));
      if (!info) throw new Fault(404, 'no such egress');
      if (info.status > EgressStatus.EGRESS_ACTIVE) throw new Fault(412, 'it is not running');
      info.status = EgressStatus.EGRESS_ENDING;
      return info;
    },
    ListEgress(body) {
      const found = known.get(String(body['egressId']));
      return { items: found ? [found] : [] };
    },
  };

  const server = createServer(async (request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      let text = '';
      for await (const chunk of request) text += chunk;
      const [, method = ''] = /^\/twirp\/livekit\.Egress\/(\w+)$/.exec(request.url ?? '') ?? [];
      const handle = methods[method];
      if (request.method !== 'POST' || !handle) throw new Fault(404, 'no such method');
      if (!request.headers['content-type']?.startsWith('application/json')) throw new Fault(415, 'not JSON');
      const { video } = await verifier.verify(request.headers.authorization?.replace('Bearer ', '') ?? '');
      if (video?.roomRecord !== true) throw new Fault(403, 'the token may not record');
      const body = JSON.parse(text) as Record<string, unknown>;
      asked.push({ method, body });
      const answer = handle(body);
      reply(200, 'items' in answer ? { items: answer.items.map((item) => item.toJson()) } : answer.toJson());
    } catch (error) {
      const status = error instanceof Fault ? error.status : 401;
      reply(status, { code: 'refused', msg: String(error) });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    known,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

class Fault extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
