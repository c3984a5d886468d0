import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Response } from 'express';
import type { Config } from '../../../config/index.ts';
import { ServiceError } from '../../../errors.ts';
import type { Storage } from './storage.ts';

export type Bucket = NonNullable<Config['recordings']['bucket']>;

/** The bucket answers, or says that it begins to, within this. Milliseconds. */
const ANSWERS_WITHIN = 5_000;

/**
 * Recordings in a bucket that speaks S3: `<prefix><recording>/<file>`. They are made on the disk, and leave it when the
 * bucket has them.
 */
export function createS3Storage(bucket: Bucket, fileName: string): Storage {
  const client = new S3Client({
    region: bucket.region,
    // One that is not Amazon's has no host name for each bucket.
    ...(bucket.endpoint === undefined ? {} : { endpoint: bucket.endpoint, forcePathStyle: true }),
    credentials: { accessKeyId: bucket.accessKey, secretAccessKey: bucket.secretKey.reveal() },
    requestHandler: { connectionTimeout: ANSWERS_WITHIN },
    // Not every server beside Amazon's knows the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const keyOf = (recordingId: string, file: string): string => `${bucket.prefix}${recordingId}/${file}`;

  async function upload(key: string, path: string): Promise<void> {
    const Body = createReadStream(path);
    const ContentType = path.endsWith('.mp4') ? 'video/mp4' : 'application/octet-stream';
    const params = { Bucket: bucket.name, Key: key, Body, ContentType };
    await new Upload({ client, params, leavePartsOnError: false }).done();
  }

  return {
    async keep(recordingId, folder) {
      const { size } = await stat(join(folder, fileName));
      // The file last: whoever finds it finds all of it.
      const others = (await readdir(folder)).filter((file) => file !== fileName);
      for (const file of [...others, fileName]) await upload(keyOf(recordingId, file), join(folder, file));
      await rm(folder, { recursive: true, force: true });
      return size;
    },

    async serve(recordingId, response) {
      const { range } = response.req.headers;
      const etag = response.getHeader('ETag');
      if (etag !== undefined && response.req.headers['if-none-match'] === etag) {
        response.status(304).end();
        return;
      }
      const ifRange = response.req.headers['if-range'];
      const isAsked = range !== undefined && (ifRange === undefined || ifRange === etag);
      const command = new GetObjectCommand({
        Bucket: bucket.name,
        Key: keyOf(recordingId, fileName),
        ...(isAsked ? { Range: range } : {}),
      });
      const found = await client.send(command).catch((error: unknown) => {
        throw translated(error);
      });
      await pass(found, response);
    },
  };
}

async function pass(found: GetObjectCommandOutput, response: Response): Promise<void> {
  const { ContentLength, ContentRange, Body } = found;
  response.status(ContentRange === undefined ? 200 : 206).set({
    'Content-Type': 'video/mp4',
    'Accept-Ranges': 'bytes',
    ...(ContentLength === undefined ? {} : { 'Content-Length': `${ContentLength}` }),
    ...(ContentRange === undefined ? {} : { 'Content-Range': ContentRange }),
  });
  // Whoever breaks off has broken off: there is nobody left to tell.
  await pipeline(Body as Readable, response).catch(() => response.destroy());
}

function translated(cause: unknown): ServiceError {
  const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
  if (status === 416)
    return new ServiceError('RANGE_NOT_SATISFIABLE', 'The file has no such part.', { cause });
  if (status === 404)
    return new ServiceError('RECORDING_NOT_FOUND', 'The file of this recording is gone.', { cause });
  return new ServiceError('STORE_UNAVAILABLE', 'The recordings cannot be reached. Try again shortly.', {
    cause,
  });
}
