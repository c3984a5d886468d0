import type { Rooms, User } from '../../../rooms/index.ts';
import type { Logger } from '../../../telemetry/index.ts';
import { every } from '../../../timers.ts';
import { newRecording, type Recording, UNDER_WAY } from '../recording.ts';
import type { RecordingStore } from '../recording-store.ts';
import type { Egress, EgressState } from './egress.ts';

/** Whoever looks after a recording of Egress: any instance. Its lease is how long its webhooks may stay away. */
export const EGRESS = 'egress';
const SWEEP_EVERY = 5_000;
const SWEEP_AT_ONCE = 20;

/**
 * Recordings that LiveKit Egress makes. It tells what becomes of them by webhooks; those from which nothing was heard for a
 * while are asked after, so that a webhook that was lost leaves no room recorded for ever.
 */
export function createEgressRecordings(deps: {
  rooms: Rooms;
  store: RecordingStore;
  egress: Egress;
  maxLength: number;
  source: { newId: () => string; now: () => Date };
  logger: Logger;
}) {
  const { rooms, store, egress, maxLength, source, logger } = deps;

  async function over(
    recording: Recording,
    how: Partial<Recording> & Pick<Recording, 'status'>,
  ): Promise<void> {
    await rooms.recordingOver(recording.roomId, recording.id);
    await store.update(recording.id, UNDER_WAY, { endedAt: recording.endedAt ?? source.now(), ...how });
    logger.info('recording.ended', {
      recordingId: recording.id,
      roomId: recording.roomId,
      status: how.status,
    });
  }

  async function heard(recording: Recording, state: EgressState): Promise<void> {
    if (state.phase === 'recording') await store.update(recording.id, ['STARTING'], { status: 'RECORDING' });
    if (state.phase === 'ending') {
      await rooms.recordingOver(recording.roomId, recording.id);
      await store.update(recording.id, ['STARTING', 'RECORDING', 'STOPPING'], {
        status: 'PROCESSING',
        endedAt: recording.endedAt ?? source.now(),
      });
    }
    if (state.phase !== 'over') return;
    if (state.file)
      await over(recording, {
        status: 'READY',
        reason: state.isTooLong ? 'too-long' : 'stopped',
        ...state.file,
      });
    else await over(recording, { status: 'FAILED', reason: 'recorder-failed' });
  }

  async function askAfter(recording: Recording): Promise<void> {
    if (!(await store.claim(recording.id, EGRESS))) return;
    const state = recording.egressId === null ? null : await egress.look(recording.egressId);
    if (state === null) return over(recording, { status: 'FAILED', reason: 'nothing-left' });
    const age = source.now().getTime() - recording.startedAt.getTime();
    if (state.phase === 'recording' && age > maxLength) await egress.stop(state.egressId);
    await heard(recording, state);
  }

  const stopSweeping = every(SWEEP_EVERY, async () => {
    try {
      for (const { recording } of await store.abandoned(EGRESS, SWEEP_AT_ONCE)) await askAfter(recording);
    } catch (error) {
      logger.warn('recordings.stale', { error });
    }
  });

  return {
    /** @throws those of the recording policy; RECORDER_UNAVAILABLE */
    async start(roomId: string, user: User): Promise<Recording> {
      await rooms.mayRecord(roomId, user.id);
      const id = source.newId();
      const recording = newRecording({
        id,
        roomId,
        startedBy: user.id,
        startedAt: source.now(),
        recorder: EGRESS,
      });
      await store.insert(recording, EGRESS);
      try {
        await rooms.startRecording(roomId, user.id, id);
      } catch (error) {
        await store.remove(id);
        throw error;
      }
      try {
        const egressId = await egress.start({ recordingId: id, roomId });
        await store.update(id, UNDER_WAY, { egressId });
        logger.info('recording.started', { recordingId: id, roomId, userId: user.id, egressId });
        return { ...recording, egressId };
      } catch (error) {
        await over(recording, { status: 'FAILED', reason: 'recorder-failed' });
        throw error;
      }
    },

    /** Asked for by somebody who may. What is over already stays so. */
    async requestStop(id: string): Promise<void> {
      const recording = await store.find(id);
      if (!recording?.egressId || !UNDER_WAY.includes(recording.status)) return;
      await store.update(id, ['STARTING', 'RECORDING'], { status: 'STOPPING', endedAt: source.now() });
      await egress.stop(recording.egressId);
    },

    /** What Egress says by itself. That of others is none of our business. */
    async onEgress(state: EgressState): Promise<void> {
      const recording = await store.findByEgress(state.egressId);
      if (recording && UNDER_WAY.includes(recording.status)) await heard(recording, state);
    },

    [Symbol.asyncDispose]: stopSweeping,
  };
}
