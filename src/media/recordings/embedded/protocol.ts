import type { EndReason } from '../recording.ts';

/** What the service and its recorder, a process of its own, tell each other. */
export type ToRecorder =
  | Readonly<{
      type: 'start';
      url: string;
      token: string;
      /** Where the tracks go; it is there. */
      folder: string;
      /** Milliseconds from now. */
      maxLength: number;
      /** Less than this free on the disk, and it stops. Bytes. */
      minFree: number;
    }>
  | Readonly<{ type: 'stop' }>;

export type FromRecorder =
  | Readonly<{ type: 'recording' }>
  /** Every file is whole. The process ends after it. */
  | Readonly<{
      type: 'ended';
      reason: Extract<EndReason, 'stopped' | 'room-ended' | 'too-long' | 'disk-full'>;
    }>;
