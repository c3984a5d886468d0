import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessToken, EgressInfo, EgressStatus } from 'livekit-server-sdk';
import { call, getRoom, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { openSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import { startEgressStandIn } from './egress-stand-in.ts';

/** RECORDER=egress: LiveKit Egress records. It is not to be had here; what we ask of it is checked by its stand-in. */

const folder = mkdtempSync(join(tmpdir(), 'egress-'));
const MP4 = Buffer.from('what Egress wrote');

describe('with Egress', () => {
  let standIn: Awaited<ReturnType<typeof startEgressStandIn>>;
  let instance: Awaited<ReturnType<typeof startInstance>>;
  let base: string;
  let host: Awaited<ReturnType<typeof newPerson>>;

  beforeAll(async () => {
    standIn = await startEgressStandIn();
    instance = await startInstance({ RECORDER: 'egress', LIVEKIT_URL: standIn.url, RECORDINGS_DIR: folder });
    base = instance.api;
    host = await newPerson('host');
  });
  afterAll(async () => {
    await instance[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As LiveKit tells it, signed. */
  async function tell(event: string, egressInfo: EgressInfo): Promise<void> {
    const body = JSON.stringify({ event, id: `EV_${randomUUID()}`, egressInfo: egressInfo.toJson() });
    const token = new AccessToken(output('LIVEKIT_API_KEY'), output('LIVEKIT_API_SECRET'), { ttl: 60 });
    token.sha256 = createHash('sha256').update(body).digest('base64');
    const { status } = await fetch(`${base}/webhooks/livekit`, {
      method: 'POST',
      headers: { 'content-type': 'application/webhook+json', authorization: await token.toJwt() },
      body,
    });
    expect(status).toBe(200);
  }

  const egressOf = (roomId: string): EgressInfo =>
    [...standIn.known.values()].find(({ roomName }) => roomName === roomId) as EgressInfo;
  const look = async (id: string) =>
    (await call('GET', `/recordings/${id}`, { token: host.token, base })).body;

  it('a recording is begun, followed, stopped and served', async () => {
    const room = await newRoom(host.token);
    await using socket = await openSocket(host.token, instance.url);
    await socket.do('room:join', { roomId: room.id });
    const { status, body } = await call('POST', `/rooms/${room.id}/recordings`, { token: host.token, base });
    const id = String(body['id']);
    expect([status, body['status']]).toEqual([201, 'STARTING']);
    await socket.hear('recording:started');
    const path = join(folder, id, 'recording.mp4');
    expect(standIn.asked.at(-1)).toEqual({
      method: 'StartRoomCompositeEgress',
      body: expect.objectContaining({
        roomName: room.id,
        layout: 'grid',
        fileOutputs: [expect.objectContaining({ filepath: path, fileType: 'MP4' })],
      }),
    });

    const { egressId } = egressOf(room.id);
    const says = (more: Partial<EgressInfo>): EgressInfo => new EgressInfo({ egressId, ...more } as never);
    await tell('egress_updated', says({ status: EgressStatus.EGRESS_ACTIVE }));
    expect(await look(id)).toMatchObject({ status: 'RECORDING' });

    const stopped = await call('POST', `/recordings/${id}/stop`, { token: host.token, base });
    expect([stopped.status, stopped.body['status']]).toEqual([200, 'STOPPING']);
    expect(standIn.asked.filter(({ method }) => method === 'StopEgress')[0]?.body).toEqual({ egressId });
    await socket.hear('recording:stopped');

    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, MP4);
    await tell(
      'egress_ended',
      says({
        status: EgressStatus.EGRESS_COMPLETE,
        fileResults: [{ filename: path, duration: 12_500_000_000n, size: BigInt(MP4.length) }] as never,
      }),
    );
    expect(await look(id)).toMatchObject({
      status: 'READY',
      duration: 12_500,
      size: MP4.length,
      reason: 'stopped',
    });
    const file = await fetch(`${base}/recordings/${id}/file`, {
      headers: { authorization: `Bearer ${host.token}`, range: 'bytes=5-10' },
    });
    expect([file.status, await file.text()]).toEqual([206, 'Egress']);
  }, 30_000);

  it('one that ends by itself ends for the room', async () => {
    const room = await newRoom(host.token);
    const { body } = await call('POST', `/rooms/${room.id}/recordings`, { token: host.token, base });
    const { egressId } = egressOf(room.id);
    await tell('egress_ended', new EgressInfo({ egressId, status: EgressStatus.EGRESS_FAILED }));
    expect(await look(String(body['id']))).toMatchObject({ status: 'FAILED', reason: 'recorder-failed' });
    expect(await getRoom(room.id)).not.toHaveProperty('recording');
  });

  it('what Egress tells of somebody else’s is let pass', async () => {
    await tell(
      'egress_ended',
      new EgressInfo({ egressId: 'EG_another', status: EgressStatus.EGRESS_FAILED }),
    );
  });

  it('nothing is recorded when Egress does not answer, and the room is free for the next', async () => {
    await using lonely = await startInstance({
      RECORDER: 'egress',
      LIVEKIT_URL: 'http://127.0.0.1:9',
      RECORDINGS_DIR: folder,
    });
    const room = await newRoom(host.token);
    const { status, body } = await call('POST', `/rooms/${room.id}/recordings`, {
      token: host.token,
      base: lonely.api,
    });
    expect([status, body['code']]).toEqual([503, 'RECORDER_UNAVAILABLE']);
    expect(await getRoom(room.id)).not.toHaveProperty('recording');
  });
});
