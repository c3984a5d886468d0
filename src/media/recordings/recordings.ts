import { ServiceError } from '../../errors.ts';
import type { Room, Rooms, User } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { every } from '../../timers.ts';
import type { InstanceRecorder } from './recorder.ts';
import { type EndReason, newRecording, type Recording, UNDER_WAY } from './recording.ts';
import type { RecordingStore } from './recording-store.ts';
import type { Storage } from './storage/storage.ts';

/** How often leases are renewed, and with that how late a stop by another instance is noticed. Milliseconds. */
const RENEW_EVERY = 1_000;
const SWEEP_EVERY = 2_000;
const SWEEP_AT_ONCE = 20;
/** Of what nobody has the files any more after this, nothing will come. Milliseconds. */
const GIVE_UP_AFTER = 3_600_000;
/** A file that could not be made so often cannot be made. */
const MAX_FINISH_TRIES = 3;

export type Recordings = ReturnType<typeof createRecordings>;

/** The recordings that the instances make themselves: one holds each, and when it dies another closes it. */
export function createRecordings(deps: {
  rooms: Rooms;
  store: RecordingStore;
  recorder: InstanceRecorder;
  storage: Storage;
  instance: string;
  source: { newId: () => string; now: () => Date };
  logger: Logger;
}) {
  const { rooms, store, recorder, storage, instance, source, logger } = deps;
  /** Those whose lease we hold. */
  const ours = new Set<string>();
  const stopping = new AbortController();
  /** One file is made at a time: ffmpeg takes what there is. */
  let finishing = Promise.resolve();

  async function begin(user: User, room: Room): Promise<Recording> {
    const id = source.newId();
    const recording = newRecording({
      id,
      roomId: room.id,
      startedBy: user.id,
      startedAt: source.now(),
      recorder: 'embedded',
    });
    // Before the room says so: whoever finds a room that is being recorded finds the recording.
    await store.insert(recording, instance);
    ours.add(id);
    try {
      await rooms.startRecording(room.id, user.id, id);
    } catch (error) {
      ours.delete(id);
      await store.remove(id);
      throw error;
    }
    try {
      await recorder.start({ recordingId: id, roomId: room.id });
    } catch (error) {
      await rooms.recordingOver(room.id, id);
      ours.delete(id);
      await end(id, { status: 'FAILED', reason: 'recorder-failed' });
      throw error;
    }
    await store.update(id, ['STARTING'], { status: 'RECORDING' });
    logger.info('recording.started', { recordingId: id, roomId: room.id, userId: user.id });
    return { ...recording, status: 'RECORDING' };
  }

  const end = (id: string, how: Pick<Recording, 'status'> & Partial<Recording>) =>
    store.update(id, UNDER_WAY, { endedAt: source.now(), ...how });

  /** Nothing more is recorded. */
  async function ended(id: string, reason: EndReason): Promise<void> {
    const recording = await store.find(id);
    if (!recording) return;
    await rooms.recordingOver(recording.roomId, id);
    await store.update(id, UNDER_WAY, { status: 'PROCESSING', endedAt: source.now(), reason });
    logger.info('recording.ended', { recordingId: id, roomId: recording.roomId, reason });
    finish(id);
  }

  function finish(id: string): void {
    finishing = finishing.then(async () => {
      for (let tries = 1; tries <= MAX_FINISH_TRIES && !stopping.signal.aborted; tries += 1) {
        try {
          await makeFile(id);
          ours.delete(id);
          return;
        } catch (error) {
          if (stopping.signal.aborted) return;
          logger.error('recording.finish.failed', { recordingId: id, tries, error });
        }
      }
      if (stopping.signal.aborted) return;
      await end(id, { status: 'FAILED' }).catch((error: unknown) =>
        logger.error('recordings.stale', { error }),
      );
      ours.delete(id);
    });
  }

  async function makeFile(id: string): Promise<void> {
    const made = await recorder.finish(id, stopping.signal);
    if (made === null) {
      await store.update(id, UNDER_WAY, { status: 'FAILED', reason: 'nothing-left' });
      return;
    }
    const size = await storage.keep(id, made.folder);
    await store.update(id, UNDER_WAY, { status: 'READY', duration: made.duration, size });
    logger.info('recording.ready', { recordingId: id, duration: made.duration, size });
  }

  async function renew(): Promise<void> {
    for (const id of [...ours]) {
      const recording = await store.renew(id, instance);
      if (recording?.status === 'STOPPING') recorder.stop(id);
      else if (recording === null && ours.delete(id)) {
        // Another thought us dead and has it now.
        logger.warn('recording.lost', { recordingId: id });
        recorder.stop(id);
      }
    }
  }

  /** Those of dead instances: their rooms are told, and whoever has the files makes what can be made of them. */
  async function sweep(): Promise<void> {
    for (const { recording, since } of await store.abandoned('embedded', SWEEP_AT_ONCE)) {
      const { id, roomId } = recording;
      await rooms.recordingOver(roomId, id).catch((error: unknown) => {
        if (!(error instanceof ServiceError && error.code === 'ROOM_NOT_FOUND')) throw error;
      });
      const hasFiles = recorder.has(id);
      const isOld = source.now().getTime() - since.getTime() > GIVE_UP_AFTER;
      if ((!hasFiles && !isOld) || !(await store.claim(id, instance))) continue;
      ours.add(id);
      await end(id, { status: 'PROCESSING', reason: recording.reason ?? 'interrupted', ...endOf(recording) });
      logger.warn('recording.taken-over', { recordingId: id, roomId });
      finish(id);
    }
  }

  const stopRenewing = every(RENEW_EVERY, () => renew().catch(stale));
  const stopSweeping = every(SWEEP_EVERY, () => sweep().catch(stale));
  function stale(error: unknown): void {
    logger.warn('recordings.stale', { error });
  }

  return {
    /** @throws those of the recording policy; RECORDER_UNAVAILABLE */
    async start(roomId: string, user: User): Promise<Recording> {
      const room = await rooms.mayRecord(roomId, user.id);
      await recorder.admit();
      return begin(user, room);
    },

    /** Asked for by somebody who may. What is over already stays so. */
    async requestStop(id: string): Promise<void> {
      await store.update(id, ['STARTING', 'RECORDING'], { status: 'STOPPING', endedAt: source.now() });
      recorder.stop(id);
    },

    /** The recorder of this instance has ended. */
    onEnded(id: string, reason: EndReason): void {
      if (!ours.has(id) || stopping.signal.aborted) return;
      ended(id, reason).catch((error: unknown) => {
        // Its lease runs out, and the sweep takes it up.
        ours.delete(id);
        stale(error);
      });
    },

    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([stopRenewing(), stopSweeping(), finishing]);
      await recorder[Symbol.asyncDispose]();
      for (const id of ours) await store.release(id, instance).catch(stale);
    },
  };
}

/** What was asked to stop ended then. */
const endOf = ({ endedAt }: Recording): Partial<Recording> => (endedAt ? { endedAt } : {});
