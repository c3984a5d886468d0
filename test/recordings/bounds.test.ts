import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';

/** What one instance takes on, and what becomes of it when the instance stops. */
describe('an instance', () => {
  let token: string;
  beforeAll(async () => {
    ({ token } = await newPerson('host'));
  });
  const record = async (base: string) => {
    const room = await newRoom(token);
    const { status, body } = await call('POST', `/rooms/${room.id}/recordings`, { token, base });
    return { roomId: room.id, status, code: body['code'], id: String(body['id']) };
  };
  const recorded = (id: string, how: object): Promise<void> =>
    eventually(async () => {
      expect((await call('GET', `/recordings/${id}`, { token })).body).toMatchObject(how);
    }, 40_000);

  it('records so many at once, and each for so long', async () => {
    await using instance = await startInstance({ RECORDINGS_AT_ONCE: '1', RECORDINGS_MAX_LENGTH: '4s' });
    const first = await record(instance.api);
    expect(first.status).toBe(201);
    const second = await record(instance.api);
    expect([second.status, second.code]).toEqual([503, 'RECORDER_UNAVAILABLE']);
    expect(await getRoom(second.roomId)).not.toHaveProperty('recording');
    await recorded(first.id, { status: 'READY', reason: 'too-long' });
    expect(await getRoom(first.roomId)).not.toHaveProperty('recording');
    expect((await record(instance.api)).status).toBe(201);
  }, 90_000);

  it('records nothing on a disk that is nearly full', async () => {
    await using instance = await startInstance({ RECORDINGS_MIN_FREE: '999999999' });
    const { status, code, roomId } = await record(instance.api);
    expect([status, code]).toEqual([503, 'RECORDER_UNAVAILABLE']);
    expect(await getRoom(roomId)).not.toHaveProperty('recording');
  }, 30_000);

  it('that stops leaves what it recorded to the next, who makes the file', async () => {
    let id: string;
    {
      await using instance = await startInstance();
      ({ id } = await record(instance.api));
      await sleep(2_000);
    }
    await recorded(id, { status: 'READY', reason: 'interrupted' });
  }, 60_000);
});
