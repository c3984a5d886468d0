import { once } from 'node:events';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { dispose } from '@livekit/rtc-node';
import { captureRoom } from './capture.ts';
import { openJournal } from './journal.ts';
import type { FromRecorder, ToRecorder } from './protocol.ts';

/**
 * The recorder: a process for each recording, since LiveKit's library has threads of its own, and what it cannot bear is
 * not to take the service with it. When the service is gone it makes its files whole and ends.
 */

const LOOK_AT_DISK_EVERY = 2_000;

type Ended = FromRecorder & { type: 'ended' };

const tell = (message: FromRecorder): Promise<void> =>
  new Promise((resolve) => (process.connected ? process.send?.(message, () => resolve()) : resolve()));

async function untilFull(folder: string, minFree: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < minFree) return;
    await sleep(LOOK_AT_DISK_EVERY);
  }
}

async function record(start: ToRecorder & { type: 'start' }): Promise<void> {
  const journal = openJournal(start.folder);
  const over = new AbortController();
  const asked = new Promise<Ended['reason']>((resolve) => {
    process.on('message', (message: ToRecorder) => message.type === 'stop' && resolve('stopped'));
    process.once('disconnect', () => resolve('stopped'));
  });
  const capture = await captureRoom(start, journal);
  journal.write({ type: 'began', at: Date.now() });
  await tell({ type: 'recording' });
  const reason = await Promise.race([
    asked,
    capture.closed.then(() => 'room-ended' as const),
    sleep(start.maxLength, 'too-long' as const, { ref: false }),
    untilFull(start.folder, start.minFree, over.signal).then(() => 'disk-full' as const),
  ]);
  over.abort();
  journal.write({ type: 'ended', at: Date.now(), reason });
  await capture.end();
  await tell({ type: 'ended', reason });
}

// A signal to the whole group of processes is for the service, which tells us in its own time.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

const [first] = (await once(process, 'message')) as [ToRecorder];
if (first.type === 'start') await record(first);
await dispose();
process.exit(0);
