/**
 * STARTING: the recorder is on its way in. RECORDING. STOPPING: asked to stop. PROCESSING: the file is being made.
 * READY: it can be had. FAILED: nothing can be had, and `reason` says why.
 */
export type RecordingStatus = 'STARTING' | 'RECORDING' | 'STOPPING' | 'PROCESSING' | 'READY' | 'FAILED';

/** Those of which some instance, or Egress, still has something to do. */
export const UNDER_WAY: readonly RecordingStatus[] = ['STARTING', 'RECORDING', 'STOPPING', 'PROCESSING'];

/** How a recording came to its end. */
export type EndReason =
  | 'stopped'
  | 'room-ended'
  | 'too-long'
  | 'disk-full'
  | 'interrupted'
  | 'recorder-failed'
  | 'nothing-left';

export type Recording = Readonly<{
  id: string;
  roomId: string;
  status: RecordingStatus;
  startedBy: string;
  startedAt: Date;
  endedAt: Date | null;
  reason: EndReason | null;
  /** Of the file, once READY. Milliseconds, bytes. */
  duration: number | null;
  size: number | null;
  recorder: 'embedded' | 'egress';
  /** Egress's own id of it. */
  egressId: string | null;
}>;

/** One that is about to begin, as it is written down before anybody records. */
export const newRecording = (
  begun: Pick<Recording, 'id' | 'roomId' | 'startedBy' | 'startedAt' | 'recorder'>,
): Recording => ({
  ...begun,
  status: 'STARTING',
  endedAt: null,
  reason: null,
  duration: null,
  size: null,
  egressId: null,
});

/** What is recorded, for a recorder. */
export type RecordingJob = Readonly<{ recordingId: string; roomId: string }>;
