import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Response } from 'express';
import { ServiceError } from '../../../errors.ts';
import type { Storage } from './storage.ts';

/** Recordings stay in the folder in which they were made. */
export function createDiskStorage(dir: string, fileName: string): Storage {
  return {
    async keep(_recordingId, folder) {
      return (await stat(join(folder, fileName))).size;
    },
    serve: (recordingId, response) => send(response, join(recordingId, fileName), dir),
  };
}

function send(response: Response, path: string, root: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error & { status?: number; code?: string }): void => {
      if (!error || response.headersSent) resolve();
      else if (error.status === 416) {
        reject(new ServiceError('RANGE_NOT_SATISFIABLE', 'The file has no such part.'));
      } else if (error.status === 404) {
        reject(
          new ServiceError('RECORDING_NOT_FOUND', 'The file of this recording is gone.', { cause: error }),
        );
      } else reject(error);
    };
    response.sendFile(path, { root, dotfiles: 'allow', cacheControl: false }, done);
  });
}
