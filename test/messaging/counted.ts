import mongoose from 'mongoose';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { startInstance } from '../support/service.ts';
import { openWorld, type World } from './world.ts';

type Line = Readonly<Record<string, unknown>>;
type Seat = { userId: string; leaseUntil: Date | null; connections: string[] };
type RoomDocument = { _id: string; seats: Seat[] };
type EventDocument = { roomId: string; type: string; data: { participant?: { userId: string } } };

/** A world of two instances whose database the test reads. */
export type Counted = AsyncDisposable &
  Readonly<{
    world: World;
    second: Awaited<ReturnType<typeof startInstance>> & Readonly<{ lines(): Line[] }>;
    /** The connections by NATS that the user's seat counts; null for one who holds none. */
    connectionsOf(roomId: string, userId: string): Promise<string[] | null>;
    /** How often this happened to the user in the room, as its history says. */
    countOf(type: string, roomId: string, userId: string): Promise<number>;
    /** Counts in a connection that is none. */
    haunt(roomId: string, userId: string, key: string): Promise<void>;
  }>;

export async function openCounted(settings: Readonly<Record<string, string>> = {}): Promise<Counted> {
  await using opening = new AsyncDisposableStack();
  const { url } = opening.use(await ownDatabaseUrl());
  const mongo = await mongoose.createConnection(url).asPromise();
  opening.defer(() => mongo.close());
  const world = opening.use(await openWorld({ MONGO_URL: url, ...settings }));
  const log = readableLogger();
  const said: Line[] = [];
  const instance = await startInstance(
    {
      KEYCLOAK_ISSUER: world.issuer.url,
      MONGO_URL: url,
      SHUTDOWN_GRACE: '0ms',
      ...world.nats.settings,
      ...settings,
      INSTANCE_ID: 'second',
    },
    log.logger,
  );
  opening.use(instance);
  const second = {
    ...instance,
    lines(): Line[] {
      said.push(...log.lines());
      return said;
    },
  };
  const rooms = mongo.collection<RoomDocument>('rooms');
  const opened = opening.move();
  return {
    world,
    second,
    async connectionsOf(roomId, userId) {
      const seats = (await rooms.findOne({ _id: roomId }))?.seats ?? [];
      const seat = seats.find((one) => one.userId === userId);
      return seat?.connections.filter((key) => key.startsWith('nats:')) ?? null;
    },
    countOf: (type, roomId, userId) =>
      mongo
        .collection<EventDocument>('room_events')
        .countDocuments({ roomId, type, 'data.participant.userId': userId }),
    async haunt(roomId, userId, key) {
      await rooms.updateOne({ _id: roomId, 'seats.userId': userId }, {
        $push: { 'seats.$.connections': key },
        $set: { 'seats.$.leaseUntil': null },
        $addToSet: { doors: 'nats' },
        $inc: { version: 1 },
        $unset: { lapseAt: 1 },
      } as never);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
