import { join } from 'node:path';
import {
  EgressClient,
  type EgressInfo,
  EgressStatus,
  EncodedFileOutput,
  EncodedFileType,
  S3Upload,
  ServerError,
} from 'livekit-server-sdk';
import type { Config } from '../../../config/index.ts';
import { ServiceError } from '../../../errors.ts';
import type { RecordingJob } from '../recording.ts';

/** Egress starts a browser before it answers. Seconds. */
const STARTS_WITHIN = 12;
const LAYOUT = 'grid';

/** What Egress says of a recording. */
export type EgressState = Readonly<{
  egressId: string;
  /** `over`: there is a file, or there will be none. */
  phase: 'starting' | 'recording' | 'ending' | 'over';
  /** Once over: null when it failed. Milliseconds, bytes. */
  file: Readonly<{ duration: number; size: number }> | null;
  isTooLong: boolean;
}>;

export type Egress = ReturnType<typeof createEgress>;

/** What we ask of LiveKit Egress. */
export function createEgress(
  deps: Readonly<{ config: Pick<Config, 'livekit' | 'recordings'>; fileName: string }>,
) {
  const { livekit, recordings } = deps.config;
  const client = new EgressClient(livekit.url, livekit.apiKey, livekit.apiSecret.reveal(), {
    requestTimeout: STARTS_WITHIN,
    failover: false,
  });

  /** Where we serve it from: the bucket, or a folder that Egress and we both see by one name. */
  function outputFor(recordingId: string): EncodedFileOutput {
    const { bucket, dir } = recordings;
    if (!bucket)
      return new EncodedFileOutput({
        fileType: EncodedFileType.MP4,
        filepath: join(dir, recordingId, deps.fileName),
        disableManifest: true,
      });
    const s3 = new S3Upload({
      accessKey: bucket.accessKey,
      secret: bucket.secretKey.reveal(),
      region: bucket.region,
      bucket: bucket.name,
      endpoint: bucket.endpoint ?? '',
      forcePathStyle: bucket.endpoint !== undefined,
    });
    return new EncodedFileOutput({
      fileType: EncodedFileType.MP4,
      filepath: `${bucket.prefix}${recordingId}/${deps.fileName}`,
      disableManifest: true,
      output: { case: 's3', value: s3 },
    });
  }

  return {
    /** @throws RECORDER_UNAVAILABLE */
    async start({ roomId, recordingId }: RecordingJob): Promise<string> {
      const started = client.startRoomCompositeEgress(
        roomId,
        { file: outputFor(recordingId) },
        { layout: LAYOUT },
      );
      return (await started.catch(unavailable)).egressId;
    },

    /** One that is over already stays so. @throws RECORDER_UNAVAILABLE */
    async stop(egressId: string): Promise<void> {
      await client.stopEgress(egressId).catch((error: unknown) => {
        // 412: it is not running any more. 404: it is long gone.
        if (error instanceof ServerError && (error.status === 412 || error.status === 404)) return;
        unavailable(error);
      });
    },

    /** Null when Egress does not know it (any more). @throws RECORDER_UNAVAILABLE */
    async look(egressId: string): Promise<EgressState | null> {
      const [info] = await client.listEgress({ egressId }).catch(unavailable);
      return info ? stateOf(info) : null;
    },
  };
}

export function stateOf(info: EgressInfo): EgressState {
  const { egressId, status } = info;
  const [file] = info.fileResults;
  const isTooLong = status === EgressStatus.EGRESS_LIMIT_REACHED;
  const isWhole = status === EgressStatus.EGRESS_COMPLETE || isTooLong;
  return {
    egressId,
    phase: PHASES.get(status) ?? 'over',
    file:
      isWhole && file ? { duration: Math.round(Number(file.duration) / 1e6), size: Number(file.size) } : null,
    isTooLong,
  };
}

const PHASES: ReadonlyMap<EgressStatus, EgressState['phase']> = new Map([
  [EgressStatus.EGRESS_STARTING, 'starting'],
  [EgressStatus.EGRESS_ACTIVE, 'recording'],
  [EgressStatus.EGRESS_ENDING, 'ending'],
]);

function unavailable(cause: unknown): never {
  throw new ServiceError('RECORDER_UNAVAILABLE', 'The recorder does not answer. Try again shortly.', {
    cause,
  });
}
