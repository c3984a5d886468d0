import { z } from 'zod';
import type { Recording } from './recording.ts';

const moment = z.date().meta({ override: { type: 'string', format: 'date-time' } });

export const roomParams = z.object({
  roomId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'is not a room id')
    .meta({ description: 'The room.', example: '0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f' }),
});

export const recordingParams = z.object({
  recordingId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'is not a recording id')
    .meta({ description: 'The recording.', example: '5f3c1f0a-7d58-4b9f-8d0e-0c8a4b1f9e21' }),
});

export const recording = z
  .object({
    id: z.string(),
    roomId: z.string(),
    status: z.enum(['STARTING', 'RECORDING', 'STOPPING', 'PROCESSING', 'READY', 'FAILED']).meta({
      description: 'PROCESSING: it is over, and its file is being made. READY: the file can be had.',
    }),
    startedBy: z.string(),
    startedAt: moment,
    endedAt: moment.nullable(),
    reason: z
      .enum([
        'stopped',
        'room-ended',
        'too-long',
        'disk-full',
        'interrupted',
        'recorder-failed',
        'nothing-left',
      ])
      .nullable()
      .meta({ description: 'How it came to its end.' }),
    duration: z.int().nullable().meta({ description: 'How long the file plays, in milliseconds.' }),
    size: z.int().nullable().meta({ description: 'Of the file, in bytes.' }),
  })
  .meta({ id: 'Recording' });

/** The file itself. */
export const file = z.string().meta({ override: { type: 'string', format: 'binary' } });

export const recordingList = z.object({ recordings: z.array(recording) }).meta({ id: 'RecordingList' });

export function presentRecording(shown: Recording): z.output<typeof recording> {
  const { id, roomId, status, startedBy, startedAt, endedAt, reason, duration, size } = shown;
  return { id, roomId, status, startedBy, startedAt, endedAt, reason, duration, size };
}
