import type { EgressInfo } from 'livekit-server-sdk';
import type { Connection } from 'mongoose';
import type { Config } from '../../config/index.ts';
import type { Route } from '../../http/index.ts';
import type { EventHandler, Rooms } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { createEgress, stateOf } from './egress/egress.ts';
import { createEgressRecordings } from './egress/egress-recordings.ts';
import { createEmbeddedRecorder, FILE_NAME } from './embedded/embedded-recorder.ts';
import type { EndReason } from './recording.ts';
import { createRecordingStore } from './recording-store.ts';
import { createRecordings, type Recordings } from './recordings.ts';
import { type RecordingDesk, recordingRoutes } from './routes.ts';
import { createDiskStorage } from './storage/disk.ts';
import { createS3Storage } from './storage/s3.ts';

/** Who records and does not renew this for so long is dead. Milliseconds. */
const LEASE = 10_000;
/** Of a recording from which Egress says nothing for so long, it is asked. Milliseconds. */
const EGRESS_SILENCE = 30_000;

/** Recording rooms (docs/recordings.md). */
export type OpenRecordings = AsyncDisposable &
  Readonly<{
    routes: readonly Route[];
    /** To be told of what happens in rooms. */
    onRoomEvent: EventHandler;
    /** To be told of what Egress says by LiveKit's webhooks. */
    onEgress(info: EgressInfo): Promise<void>;
  }>;

export function openRecordings(deps: {
  config: Pick<Config, 'livekit' | 'recordings'>;
  connection: Connection;
  rooms: Rooms;
  instance: string;
  source: { newId: () => string; now: () => Date };
  logger: Logger;
}): OpenRecordings {
  const { config, connection, rooms, instance, source, logger } = deps;
  const { bucket, dir, recorder, maxLength } = config.recordings;
  const storage = bucket ? createS3Storage(bucket, FILE_NAME) : createDiskStorage(dir, FILE_NAME);
  const storeWith = (lease: number) => createRecordingStore({ connection, lease, now: source.now });

  if (recorder === 'egress') {
    const store = storeWith(EGRESS_SILENCE);
    const egress = createEgress({ config, fileName: FILE_NAME });
    const recordings = createEgressRecordings({ rooms, store, egress, maxLength, source, logger });
    return {
      routes: recordingRoutes({ rooms, store, desk: recordings, storage }),
      onRoomEvent: whenStopped(recordings),
      onEgress: (info) => recordings.onEgress(stateOf(info)),
      [Symbol.asyncDispose]: () => recordings[Symbol.asyncDispose](),
    };
  }

  const store = storeWith(LEASE);
  const embedded = createEmbeddedRecorder({
    livekit: config.livekit,
    settings: config.recordings,
    events: { onEnded: (id: string, reason: EndReason) => recordings.onEnded(id, reason) },
    logger,
  });
  const recordings: Recordings = createRecordings({
    rooms,
    store,
    recorder: embedded,
    storage,
    instance,
    source,
    logger,
  });
  return {
    routes: recordingRoutes({ rooms, store, desk: recordings, storage }),
    onRoomEvent: whenStopped(recordings),
    async onEgress() {},
    [Symbol.asyncDispose]: () => recordings[Symbol.asyncDispose](),
  };
}

/** A recording is over by its room's events, whoever ended it: what records is to hear of that. */
const whenStopped =
  (recordings: Pick<RecordingDesk, 'requestStop'>): EventHandler =>
  async (event) => {
    if (event.type === 'recording.stopped') await recordings.requestStop(event.data.recordingId);
  };
