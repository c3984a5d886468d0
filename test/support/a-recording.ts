import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import mongoose from 'mongoose';
import { output, stack } from './stack.ts';

const checkout = join(import.meta.dirname, '..', '..');
const dir = resolve(checkout, stack.serviceEnv['RECORDINGS_DIR'] ?? '.recordings');

/** What stands in the file of a recording that was never made. */
export const RECORDED = 'not a film, but bytes all the same';

/** A recording of a room as it lies in the store, without anybody having recorded. @returns its id */
export async function recordingOf(roomId: string, status: 'READY' | 'FAILED'): Promise<string> {
  const id = randomUUID();
  await using mongo = await new mongoose.mongo.MongoClient(output('MONGO_URL')).connect();
  await mongo
    .db()
    .collection<{ _id: string }>('recordings')
    .insertOne({
      ...{ _id: id, roomId, status, startedBy: 'somebody', startedAt: new Date(), endedAt: new Date() },
      ...{ reason: 'stopped', duration: 1_000, size: RECORDED.length, recorder: 'embedded' },
      ...{ egressId: null, owner: 'nobody' },
    } as { _id: string });
  if (status === 'READY') {
    mkdirSync(join(dir, id), { recursive: true });
    writeFileSync(join(dir, id, 'recording.mp4'), RECORDED);
  }
  return id;
}

/** The room says that it is being recorded, though nobody does. */
export async function saysItIsRecorded(roomId: string): Promise<void> {
  await using mongo = await new mongoose.mongo.MongoClient(output('MONGO_URL')).connect();
  await mongo
    .db()
    .collection<{ _id: string }>('rooms')
    .updateOne(
      { _id: roomId },
      { $set: { recording: { id: randomUUID(), startedAt: new Date() } }, $inc: { version: 1 } },
    );
}

export const forgetRecording = (id: string): void => rmSync(join(dir, id), { recursive: true, force: true });
