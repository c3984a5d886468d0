import { type Connection, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../../mongo.ts';
import type { Rooms } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';

/** Where clients reach LiveKit, as the instances last had it in their settings; one document. */
type MediaServerDocument = { _id: 'livekit'; url: string; since: Date; told: boolean };

const schema = new Schema<MediaServerDocument>(
  {
    _id: { type: String, required: true },
    url: { type: String, required: true },
    since: { type: Date, required: true },
    told: { type: Boolean, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

/** Rooms of one read. */
const PAGE = 100;

/**
 * Tells all who are in a room when LiveKit is to be reached elsewhere than before: they ask anew then. It can change
 * only with our settings, so each instance compares when it starts. Who dies while telling is made up for by the next that
 * starts. While old and new settings run side by side, whichever starts is the one that is told.
 */
export async function tellOfMediaServer(deps: {
  connection: Connection;
  rooms: Pick<Rooms, 'list'>;
  url: string;
  broadcast: (roomId: string, message: object, messageId: string) => Promise<void>;
  logger: Pick<Logger, 'info'>;
  now: () => Date;
}): Promise<void> {
  const { rooms, url, broadcast, logger, now } = deps;
  const model = deps.connection.model<MediaServerDocument>('MediaServer', schema, 'media_server');
  const known = await fromStore(model.findById('livekit').lean<MediaServerDocument>().exec());
  if (known === null) {
    const first = model.create([{ _id: 'livekit', url, since: now(), told: true }]);
    await fromStore(first).catch(unlessThere);
    return;
  }
  if (known.url === url && known.told) return;
  const since = known.url === url ? known.since : now();
  // Of several that start at once each tells; a message of the same id is heard once.
  const id = `media-server ${url} ${since.getTime()}`;
  if (known.url !== url) {
    const mine = { _id: 'livekit', url: known.url } as const;
    const changed = await fromStore(model.updateOne(mine, { url, since, told: false }).exec());
    // Another instance has it in hand.
    if (changed.modifiedCount === 0) return;
  }
  let cursor: string | undefined;
  do {
    const page = await rooms.list({ status: 'LIVE', cursor, limit: PAGE });
    for (const room of page.rooms)
      await broadcast(
        room.id,
        { type: 'media-server:changed', id, time: since, data: { server_url: url } },
        id,
      );
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  await fromStore(model.updateOne({ _id: 'livekit', url, since }, { told: true }).exec());
  logger.info('media-server.changed', { url });
}

function unlessThere(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
