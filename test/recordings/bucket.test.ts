import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { installTools } from '../../stack/tools/install-tools.ts';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { freePort } from '../support/service-process.ts';

/** Recordings in a bucket: a real server that speaks S3, and an instance that is told of it. */

const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
let server: ChildProcess;
let endpoint: string;
let client: S3Client;

beforeAll(async () => {
  const program = (await installTools(['moto'], { quiet: true })).get('moto');
  const port = await freePort();
  endpoint = `http://127.0.0.1:${port}`;
  server = spawn(program as string, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`], {
    stdio: 'ignore',
  });
  const credentials = { accessKeyId: 'a-key', secretAccessKey: 'a-secret-key' };
  client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  await eventually(() => client.send(new CreateBucketCommand({ Bucket: 'meetings' })), 30_000);
}, 180_000);
afterAll(async () => {
  client.destroy();
  server.kill();
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

it('keeps what was recorded in the bucket, and serves it from there, whole or in parts', async () => {
  await using instance = await startInstance({
    RECORDINGS_DIR: folder,
    RECORDINGS_S3_BUCKET: 'meetings',
    RECORDINGS_S3_ENDPOINT: endpoint,
    RECORDINGS_S3_ACCESS_KEY: 'a-key',
    RECORDINGS_S3_SECRET_KEY: 'a-secret-key',
    RECORDINGS_S3_PREFIX: 'ours/',
  });
  const base = instance.api;
  const { token } = await newPerson('host');
  const room = await newRoom(token);
  const started = await call('POST', `/rooms/${room.id}/recordings`, { token, base });
  expect(started.status).toBe(201);
  const id = String(started.body['id']);
  await sleep(1_500);
  await call('POST', `/recordings/${id}/stop`, { token, base });
  let size = 0;
  await eventually(async () => {
    const { body } = await call('GET', `/recordings/${id}`, { token, base });
    expect(body['status']).toBe('READY');
    size = Number(body['size']);
  }, 30_000);

  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'meetings' }));
  expect(Contents.map(({ Key }) => Key).toSorted()).toEqual([
    `ours/${id}/journal.jsonl`,
    `ours/${id}/recording.mp4`,
  ]);
  expect(existsSync(join(folder, id))).toBe(false);

  const ask = (headers: Record<string, string> = {}) =>
    fetch(`${base}/recordings/${id}/file`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  const whole = await ask();
  const bytes = new Uint8Array(await whole.arrayBuffer());
  expect([whole.status, whole.headers.get('content-type'), bytes.length]).toEqual([200, 'video/mp4', size]);
  const part = await ask({ range: 'bytes=4-11' });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 4-11/${size}`]);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(4, 12));
  const beyond = await ask({ range: `bytes=${size + 1}-` });
  expect([beyond.status, ((await beyond.json()) as { code: string }).code]).toEqual([
    416,
    'RANGE_NOT_SATISFIABLE',
  ]);
  const etag = whole.headers.get('etag') ?? '';
  expect((await ask({ 'if-none-match': etag, 'cache-control': 'max-age=0' })).status).toBe(304);

  // The bucket is away: a clear answer, no hang.
  server.kill('SIGSTOP');
  const away = ask();
  await sleep(200);
  server.kill('SIGCONT');
  expect((await away).status).toBe(200);
}, 120_000);
