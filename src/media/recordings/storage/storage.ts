import type { Response } from 'express';

/** Where finished recordings are kept: the disk, or a bucket. */
export type Storage = Readonly<{
  /** Keeps what lies in a recording's folder: its file and what that was made of. @returns the file's size in bytes */
  keep(recordingId: string, folder: string): Promise<number>;
  /**
   * Answers with the file, or with the part of it that the request asks for (RFC 9110, ranges).
   * @throws RECORDING_NOT_FOUND, RANGE_NOT_SATISFIABLE, STORE_UNAVAILABLE
   */
  serve(recordingId: string, response: Response): Promise<void>;
}>;
