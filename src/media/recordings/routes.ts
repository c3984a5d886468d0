import { ServiceError } from '../../errors.ts';
import { defineRoute, type Route } from '../../http/index.ts';
import type { Rooms, User } from '../../rooms/index.ts';
import type { Recording } from './recording.ts';
import type { RecordingStore } from './recording-store.ts';
import * as schema from './schemas.ts';
import type { Storage } from './storage/storage.ts';

/** What begins and ends recordings: those that the instances make, or Egress. */
export type RecordingDesk = Readonly<{
  start(roomId: string, user: User): Promise<Recording>;
  requestStop(id: string): Promise<void>;
}>;

const BY_HOST = ['ROOM_NOT_FOUND', 'NOT_HOST', 'ROOM_ENDED', 'BUSY'] as const;
const TO_SEE = ['KICKED', 'NO_SEAT'] as const;
const WHO =
  'For those who are in the room or were, and were not put out since, as for its chat; after the end of the room as well.';

/** Recordings over HTTP (spec/3-media.md). */
export function recordingRoutes(deps: {
  rooms: Rooms;
  store: RecordingStore;
  desk: RecordingDesk;
  storage: Storage;
}): Route[] {
  const { rooms, store, desk, storage } = deps;

  async function found(id: string): Promise<Recording> {
    const recording = await store.find(id);
    if (!recording) throw new ServiceError('RECORDING_NOT_FOUND', 'There is no recording of this id.');
    return recording;
  }

  /** @throws RECORDING_NOT_FOUND, KICKED, NO_SEAT */
  async function seen(id: string, user: User): Promise<Recording> {
    const recording = await found(id);
    await rooms.lookBack(recording.roomId, user.id);
    return recording;
  }

  return [
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/recordings',
      tag: 'Recordings',
      summary: 'Record the room. For its host.',
      description:
        'Answers when it records. Everyone in the room is told (`recording:started`), and whoever comes later sees it in ' +
        'the room. An end-to-end encrypted room cannot be recorded.',
      access: 'user',
      params: schema.roomParams,
      answers: { 201: { description: 'It is being recorded.', schema: schema.recording } },
      problems: [...BY_HOST, 'RECORDING_IMPOSSIBLE_E2EE', 'ALREADY_RECORDING', 'RECORDER_UNAVAILABLE'],
      async handle({ params: { roomId }, principal: { user } }) {
        const recording = await desk.start(roomId, user);
        return {
          status: 201,
          headers: { Location: `/api/realtime/recordings/${recording.id}` },
          body: schema.presentRecording(recording),
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/recordings/{recordingId}/stop',
      tag: 'Recordings',
      summary: 'Stop recording. For the host of the room.',
      description: 'The file is made after that. Twice is the same as once.',
      access: 'user',
      params: schema.recordingParams,
      answers: { 200: { description: 'The recording, stopping or over.', schema: schema.recording } },
      problems: [...BY_HOST, 'RECORDING_NOT_FOUND'],
      async handle({ params: { recordingId }, principal: { user } }) {
        const { roomId } = await found(recordingId);
        await rooms.stopRecording(roomId, user.id, recordingId);
        await desk.requestStop(recordingId);
        return { status: 200, body: schema.presentRecording(await found(recordingId)) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/rooms/{roomId}/recordings',
      tag: 'Recordings',
      summary: "A room's recordings, newest first.",
      description: WHO,
      access: 'user',
      params: schema.roomParams,
      answers: { 200: { description: 'The newest hundred.', schema: schema.recordingList } },
      problems: ['ROOM_NOT_FOUND', ...TO_SEE],
      async handle({ params: { roomId }, principal: { user } }) {
        await rooms.lookBack(roomId, user.id);
        const recordings = await store.ofRoom(roomId);
        return { status: 200, body: { recordings: recordings.map(schema.presentRecording) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/recordings/{recordingId}',
      tag: 'Recordings',
      summary: 'One recording.',
      description: WHO,
      access: 'user',
      params: schema.recordingParams,
      answers: { 200: { description: 'The recording.', schema: schema.recording } },
      problems: ['RECORDING_NOT_FOUND', 'ROOM_NOT_FOUND', ...TO_SEE],
      async handle({ params: { recordingId }, principal: { user } }) {
        return { status: 200, body: schema.presentRecording(await seen(recordingId, user)) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/recordings/{recordingId}/file',
      tag: 'Recordings',
      summary: 'The file: MP4, all of it or the part that `Range` names.',
      description: `${WHO} With \`ETag\`, so that a download that broke off can go on (\`If-Range\`).`,
      access: 'user',
      params: schema.recordingParams,
      answers: {
        200: { description: 'The file.', type: 'video/mp4', schema: schema.file },
        206: { description: 'The part that was asked for.', type: 'video/mp4', schema: schema.file },
        304: { description: 'You have it already.' },
      },
      problems: [
        'RECORDING_NOT_FOUND',
        'RECORDING_NOT_READY',
        'RANGE_NOT_SATISFIABLE',
        'ROOM_NOT_FOUND',
        ...TO_SEE,
      ],
      async handle({ params: { recordingId }, principal: { user } }) {
        const { id, status } = await seen(recordingId, user);
        if (status !== 'READY')
          throw new ServiceError('RECORDING_NOT_READY', 'There is no file of this recording (yet).');
        return {
          status: 200,
          headers: {
            'Content-Disposition': `attachment; filename="recording-${id}.mp4"`,
            'Cache-Control': 'private, no-cache',
            // What was made once stays as it is.
            ETag: `"${id}"`,
          },
          send: (response) => storage.serve(id, response),
        };
      },
    }),
  ];
}
