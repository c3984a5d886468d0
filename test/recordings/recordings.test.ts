import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { runReadyService } from '../support/service-process.ts';
import { openSocket } from '../support/socket.ts';
import { api, instanceApis } from '../support/stack.ts';
import { brightness, inspect, soundOf, toneIn } from './media-file.ts';
import { publish } from './publisher.ts';

type Person = Awaited<ReturnType<typeof newPerson>>;

const files: string[] = [];
afterAll(() => {
  for (const file of files) rmSync(file, { force: true });
});

const recordingOf = async (id: string, token: string) =>
  (await call('GET', `/recordings/${id}`, { token })).body;

async function record(roomId: string, token: string, base = api): Promise<string> {
  const { status, body } = await call('POST', `/rooms/${roomId}/recordings`, { token, base });
  if (status !== 201) throw new Error(`not recorded: ${status} ${JSON.stringify(body)}`);
  return String(body['id']);
}

async function ready(id: string, token: string): Promise<Record<string, unknown>> {
  let found: Record<string, unknown> = {};
  await eventually(async () => {
    found = await recordingOf(id, token);
    expect(found['status']).toBe('READY');
  }, 60_000);
  return found;
}

async function download(id: string, token: string): Promise<string> {
  const response = await fetch(`${api}/recordings/${id}/file`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  const file = path(tmpdir(), `${id}.mp4`);
  files.push(file);
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  return file;
}

/** The recorder's own process: it alone has this file for its program. */
const recorders = (): number[] =>
  execFileSync('pgrep', ['-f', 'recordings/embedded/recorder-process.ts'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);

describe('a recording', () => {
  let host: Person;
  let guest: Person;
  let late: Person;
  beforeAll(async () => {
    [host, guest, late] = await Promise.all([newPerson('host'), newPerson('guest'), newPerson('late')]);
  });

  it('has in it who came late, who left and who was muted, each at their time', async () => {
    const room = await newRoom(host.token);
    await using one = await publish(room.id, host.token, { tone: 440, luma: 60 });
    await using _two = await publish(room.id, guest.token, { tone: 1_000, luma: 200 });
    const id = await record(room.id, host.token);
    const from = Date.now();
    const at = (): number => (Date.now() - from) / 1_000;

    await sleep(4_000);
    await call('POST', `/rooms/${room.id}/mute/${guest.id}`, { token: host.token });
    const muted = at();
    await sleep(3_000);
    await using _three = await publish(room.id, late.token, { tone: 1_800, luma: 120 });
    const came = at();
    await sleep(4_000);
    await one[Symbol.asyncDispose]();
    const left = at();
    // Whoever is left becomes host, and stops it.
    await sleep(3_000);
    const { hostId } = await getRoom(room.id);
    const byNow = [host, guest, late].find(({ id: userId }) => userId === hostId) as Person;
    const stopped = await call('POST', `/recordings/${id}/stop`, { token: byNow.token });
    const end = at();
    expect([stopped.status, ['STOPPING', 'PROCESSING']]).toEqual([
      200,
      expect.arrayContaining([stopped.body['status']]),
    ]);

    const { duration, size } = await ready(id, guest.token);
    const file = await download(id, guest.token);
    expect(readFileSync(file).length).toBe(size);
    const { streams, seconds } = inspect(file);
    expect(streams).toEqual([
      { codec: 'h264', kind: 'video' },
      { codec: 'aac', kind: 'audio' },
    ]);
    expect(Math.abs(seconds - end)).toBeLessThan(1.5);
    expect(Math.abs(Number(duration) / 1_000 - seconds)).toBeLessThan(0.3);

    const sound = soundOf(file);
    const heard = (tone: number, a: number, b: number): boolean => toneIn(sound, tone, a, b) > 0.02;
    const middle = (a: number, b: number): [number, number] => [a + 0.8, b - 0.8];
    expect({
      one: [heard(440, ...middle(0, muted)), heard(440, ...middle(came, left)), heard(440, left + 1, end)],
      two: [heard(1_000, ...middle(0, muted)), heard(1_000, ...middle(muted, came))],
      three: [
        heard(1_800, ...middle(0, muted)),
        heard(1_800, came + 1, left),
        heard(1_800, left + 0.5, end - 0.5),
      ],
    }).toEqual({ one: [true, true, false], two: [true, false], three: [false, true, true] });

    // Three pictures in a grid of two by two: each in its cell while it is there, black before and after.
    const cells = brightness(file, (came + left) / 2 + 0.5, 8, 8);
    const bright = [...new Set(cells.map((value) => Math.round(value / 20)))];
    expect(bright.length).toBeGreaterThanOrEqual(3);
  }, 120_000);

  it('is told to everyone who is in, and whoever comes later sees it; it ends with its room', async () => {
    const room = await newRoom(host.token);
    await using mine = await openSocket(host.token);
    await using theirs = await openSocket(guest.token);
    await mine.do('room:join', { roomId: room.id });
    await theirs.do('room:join', { roomId: room.id });
    const id = await record(room.id, host.token, instanceApis[0] ?? api);
    expect(await theirs.hear('recording:started')).toEqual({ recordingId: id });
    expect(await mine.hear('recording:started')).toEqual({ recordingId: id });
    await using after = await openSocket(late.token);
    const { room: shown } = (await after.do('room:join', { roomId: room.id })) as unknown as {
      room: { recording?: object };
    };
    expect(shown.recording).toMatchObject({ id });
    expect(await getRoom(room.id)).toMatchObject({ recording: { id } });
    const again = await call('POST', `/rooms/${room.id}/recordings`, { token: host.token });
    expect([again.status, again.body['code']]).toEqual([409, 'ALREADY_RECORDING']);
    const notTheirs = await call('POST', `/recordings/${id}/stop`, { token: guest.token });
    expect([notTheirs.status, notTheirs.body['code']]).toEqual([403, 'NOT_HOST']);
    // Ended at the other instance.
    await call('DELETE', `/rooms/${room.id}`, { token: host.token, base: instanceApis[1] ?? api });
    expect(await theirs.hear('recording:stopped')).toEqual({ recordingId: id });
    expect(await getRoom(room.id)).not.toHaveProperty('recording');
    expect(await ready(id, late.token)).toMatchObject({ endedAt: expect.any(String) });
  }, 90_000);

  it('is not made of an encrypted room', async () => {
    const room = await newRoom(host.token, { e2ee: true });
    const refused = await call('POST', `/rooms/${room.id}/recordings`, { token: host.token });
    expect([refused.status, refused.body['code']]).toEqual([409, 'RECORDING_IMPOSSIBLE_E2EE']);
  });

  it('goes on when its recorder is killed, and has what was before and after', async () => {
    const room = await newRoom(host.token);
    await using one = await publish(room.id, host.token, { tone: 440, luma: 100 });
    const others = new Set(safely(recorders));
    const id = await record(room.id, host.token);
    await sleep(3_000);
    const [pid] = recorders().filter((each) => !others.has(each));
    // With every ffmpeg of its own: they are of its group.
    process.kill(-(pid as number), 'SIGKILL');
    await sleep(6_000);
    expect(one.room.isConnected).toBe(true);
    await call('POST', `/recordings/${id}/stop`, { token: host.token });
    await ready(id, host.token);
    const file = await download(id, host.token);
    const { seconds } = inspect(file);
    expect(seconds).toBeGreaterThan(8);
    const sound = soundOf(file);
    expect(toneIn(sound, 440, 0.8, 2.2)).toBeGreaterThan(0.02);
    expect(toneIn(sound, 440, seconds - 2, seconds - 0.7)).toBeGreaterThan(0.02);
  }, 90_000);

  it('is closed by another when its instance is killed, and has what was until then', async () => {
    const room = await newRoom(host.token);
    await using doomed = await runReadyService();
    await using _one = await publish(room.id, host.token, { tone: 440, luma: 100 });
    await using mine = await openSocket(host.token);
    await mine.do('room:join', { roomId: room.id });
    const id = await record(room.id, host.token, `${doomed.url}/api/realtime`);
    await sleep(4_000);
    doomed.child.kill('SIGKILL');
    await eventually(() => mine.hear('recording:stopped'), 25_000);
    expect(await ready(id, host.token)).toMatchObject({ reason: 'interrupted' });
    const file = await download(id, host.token);
    expect(inspect(file).seconds).toBeGreaterThan(3);
    expect(toneIn(soundOf(file), 440, 0.8, 2.8)).toBeGreaterThan(0.02);
  }, 90_000);

  it('can be had in parts', async () => {
    const room = await newRoom(host.token);
    const id = await record(room.id, host.token);
    const early = await call('GET', `/recordings/${id}/file`, { token: host.token });
    expect([early.status, early.body['code']]).toEqual([409, 'RECORDING_NOT_READY']);
    await sleep(1_500);
    await call('POST', `/recordings/${id}/stop`, { token: host.token });
    const { size } = await ready(id, host.token);
    const ask = (headers: Record<string, string>, token = host.token) =>
      fetch(`${api}/recordings/${id}/file`, { headers: { authorization: `Bearer ${token}`, ...headers } });

    const part = await ask({ range: 'bytes=10-19' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${size}`]);
    const first = new Uint8Array(await (await ask({})).arrayBuffer());
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(first.slice(10, 20));
    const etag = part.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    // Without this `fetch` asks past every cache.
    const unchanged = await ask({ 'if-none-match': etag, 'cache-control': 'max-age=0' });
    expect(unchanged.status).toBe(304);
    expect((await ask({ range: 'bytes=0-3', 'if-range': etag })).status).toBe(206);
    expect((await ask({ range: 'bytes=0-3', 'if-range': '"another"' })).status).toBe(200);
    const beyond = await ask({ range: `bytes=${Number(size) + 1}-` });
    expect([beyond.status, await beyond.json()]).toEqual([
      416,
      expect.objectContaining({ code: 'RANGE_NOT_SATISFIABLE' }),
    ]);
    // Somebody who was never in.
    const stranger = await newPerson('stranger');
    expect((await ask({}, stranger.token)).status).toBe(403);
  }, 60_000);
});

/** Nobody is found: pgrep fails. */
function safely(find: () => number[]): number[] {
  try {
    return find();
  } catch {
    return [];
  }
}
