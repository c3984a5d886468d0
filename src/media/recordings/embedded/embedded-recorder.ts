import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../config/index.ts';
import { ServiceError } from '../../../errors.ts';
import type { Logger } from '../../../telemetry/index.ts';
import { withDeadline } from '../../../timers.ts';
import type { InstanceRecorder, RecorderEvents } from '../recorder.ts';
import type { RecordingJob } from '../recording.ts';
import { ffmpegWorks } from './encoder.ts';
import { mix } from './mix.ts';
import { type RecorderChild, startChild } from './recorder-child.ts';
import { mintRecorderToken } from './recorder-token.ts';

/** A recorder that is not in the room by then is not coming. Milliseconds. */
const BEGINS_WITHIN = 12_000;
/** A recorder that was killed is started again, so often: what failed three times fails always. */
const MAX_LIVES = 3;

export const FILE_NAME = 'recording.mp4';

type Running = { job: RecordingJob; child: RecorderChild; lives: number; isStopping: boolean; until: number };

/** The recorder of each instance: a hidden participant in a process of its own, and ffmpeg (docs/recordings.md). */
export function createEmbeddedRecorder(deps: {
  livekit: Config['livekit'];
  settings: Config['recordings'];
  events: RecorderEvents;
  logger: Logger;
}): InstanceRecorder {
  const { livekit, settings, events, logger } = deps;
  const running = new Map<string, Running>();
  const folderOf = (recordingId: string): string => join(settings.dir, recordingId);
  let beginning = 0;

  async function startLife(job: RecordingJob, until: number): Promise<RecorderChild> {
    const token = await mintRecorderToken(livekit, job);
    const child = startChild({
      type: 'start',
      url: livekit.url.replace(/^http/, 'ws'),
      token,
      folder: folderOf(job.recordingId),
      maxLength: Math.max(0, until - Date.now()),
      minFree: settings.minFree,
    });
    await withDeadline(child.recording, BEGINS_WITHIN).catch((error: unknown) => {
      child.stop();
      throw error;
    });
    return child;
  }

  function watch(one: Running): void {
    const { job, child } = one;
    void child.ended.then(async (reason) => {
      if (reason === null && !one.isStopping && (await live(one))) return;
      running.delete(job.recordingId);
      events.onEnded(job.recordingId, reason ?? (one.isStopping ? 'stopped' : 'recorder-failed'));
    });
  }

  /** Killed in the middle: another goes on in the same folder. @returns whether one does */
  async function live(one: Running): Promise<boolean> {
    logger.warn('recorder.died', {
      recordingId: one.job.recordingId,
      lives: one.lives,
      said: one.child.said(),
    });
    if (one.lives >= MAX_LIVES) return false;
    one.lives += 1;
    try {
      one.child = await startLife(one.job, one.until);
    } catch (error) {
      logger.warn('recorder.failed', { recordingId: one.job.recordingId, error });
      return false;
    }
    watch(one);
    if (one.isStopping) one.child.stop();
    return true;
  }

  return {
    async admit() {
      if (running.size + beginning >= settings.atOnce)
        throw unavailable('As many rooms are recorded here as can be. Try again later.');
      const free = await mkdir(settings.dir, { recursive: true })
        .then(() => statfs(settings.dir))
        .catch((cause: unknown) => {
          throw unavailable('Recordings cannot be kept right now.', cause);
        });
      if (free.bavail * free.bsize < settings.minFree)
        throw unavailable('There is no room left for recordings.', new Error('the disk is nearly full'));
      if (!(await ffmpegWorks())) throw unavailable('Nothing can be recorded here.', new Error('no ffmpeg'));
    },

    async start(job) {
      const until = Date.now() + settings.maxLength;
      beginning += 1;
      try {
        await mkdir(folderOf(job.recordingId), { recursive: true });
        const child = await startLife(job, until);
        const one: Running = { job, child, lives: 1, isStopping: false, until };
        running.set(job.recordingId, one);
        watch(one);
      } catch (cause) {
        throw unavailable('The recorder could not begin. Try again shortly.', cause);
      } finally {
        beginning -= 1;
      }
    },

    stop(recordingId) {
      const one = running.get(recordingId);
      if (!one || one.isStopping) return;
      one.isStopping = true;
      one.child.stop();
    },

    has: (recordingId) => existsSync(folderOf(recordingId)),

    async finish(recordingId, signal) {
      const folder = folderOf(recordingId);
      if (!existsSync(join(folder, 'journal.jsonl'))) return null;
      return { duration: await mix(folder, join(folder, FILE_NAME), signal), folder };
    },

    async [Symbol.asyncDispose]() {
      const all = [...running.values()];
      for (const { job } of all) this.stop(job.recordingId);
      await Promise.all(all.map(({ child }) => child.ended));
    },
  };
}

const unavailable = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('RECORDER_UNAVAILABLE', message, { cause });
