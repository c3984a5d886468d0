import type { EndReason, RecordingJob } from './recording.ts';

/** What a recorder says of its own accord. */
export type RecorderEvents = Readonly<{
  /** Nothing more is recorded; `finish` makes the file of what there is. */
  onEnded(recordingId: string, reason: EndReason): void;
}>;

/**
 * What records a room. The port has two adapters: the embedded one, of which each instance has its own and which the
 * instance keeps a lease for; and LiveKit Egress, which is a server beside us and tells by webhooks.
 */
export type InstanceRecorder = AsyncDisposable &
  Readonly<{
    /** Whether one more may begin here. @throws RECORDER_UNAVAILABLE */
    admit(): Promise<void>;
    /** Resolves when it records. @throws RECORDER_UNAVAILABLE */
    start(job: RecordingJob): Promise<void>;
    /** `onEnded` comes when nothing more is recorded. */
    stop(recordingId: string): void;
    /** Whether what was recorded lies where we can reach it. */
    has(recordingId: string): boolean;
    /**
     * Makes the file. May be done again after it failed, by any instance that `has` it.
     * @returns how long it plays and where it lies; null when nothing was recorded
     */
    finish(recordingId: string, signal: AbortSignal): Promise<{ duration: number; folder: string } | null>;
  }>;
