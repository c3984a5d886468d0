import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Participant, RoomEvent } from '../../src/rooms/index.ts';
import { createOutboxStore } from '../../src/rooms/outbox.ts';
import { roomModels } from '../../src/rooms/room-documents.ts';
import { anEvent, aParticipant, minutesAfterNoon } from '../support/a-room.ts';
import { ownDatabase } from './support.ts';

/**
 * What one instance wrote may be carried into the records later than what another wrote after it: the first is slow, or
 * died, and its events lie until the sweep. The records come out as the room's history says all the same.
 */

let database: Awaited<ReturnType<typeof ownDatabase>>;
let models: ReturnType<typeof roomModels>;
beforeAll(async () => {
  database = await ownDatabase();
  models = roomModels(database.connection);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const gone = aParticipant('guest', { leftAt: minutesAfterNoon(5) });
const kicked = { ...gone, isKicked: true };
const joined = anEvent('participant.joined', { participant: aParticipant('guest') }, { seq: 3 });
const began = anEvent(
  'participant.joined',
  { participant: aParticipant('host', { role: 'HOST' }) },
  { seq: 2 },
);

it.each<[string, readonly RoomEvent[], string, object]>([
  [
    'one who left, and whom the host kicked right after',
    [
      anEvent('participant.left', { participant: gone, reason: 'left' }, { seq: 4 }),
      anEvent('participant.kicked', { userId: 'guest', participant: null, by: 'host' }, { seq: 5 }),
    ],
    'guest',
    { leftReason: 'left', leftAt: gone.leftAt },
  ],
  [
    'one whom the host kicked, and forgave right after',
    [
      anEvent('participant.kicked', { userId: 'guest', participant: kicked, by: 'host' }, { seq: 4 }),
      anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 5 }),
    ],
    'guest',
    { leftReason: 'kicked', leftAt: gone.leftAt },
  ],
  [
    'one who came, and whom the host kicked when they had gone',
    [
      anEvent('participant.left', { participant: gone, reason: 'lapsed' }, { seq: 4 }),
      anEvent('participant.kicked', { userId: 'guest', participant: null, by: 'host' }, { seq: 5 }),
      anEvent('participant.forgiven', { userId: 'guest', by: 'host' }, { seq: 6 }),
    ],
    'guest',
    { leftReason: 'lapsed', leftAt: gone.leftAt },
  ],
  [
    'a host who muted themselves, and handed the room over right after',
    [
      anEvent(
        'participant.muted',
        { participant: aParticipant('host', { role: 'HOST', isMuted: true }), by: 'host', again: false },
        { seq: 4 },
      ),
      anEvent(
        'participant.promoted',
        {
          participant: aParticipant('guest', { role: 'HOST' }),
          former: aParticipant('host', { role: 'PARTICIPANT', isMuted: true }),
        },
        { seq: 5 },
      ),
    ],
    'host',
    { role: 'PARTICIPANT', isMuted: true },
  ],
])('of %s, whoever carries it on first', async (_who, story, userId, kept) => {
  const { carryOn } = createOutboxStore(models);
  const recordsOf = async (events: readonly RoomEvent[]) => {
    const roomId = randomUUID();
    const inRoom = (event: RoomEvent): RoomEvent => {
      const { participant, former } = event.data as Partial<
        Record<'participant' | 'former', Participant | null>
      >;
      const data = {
        ...event.data,
        ...(participant ? { participant: { ...participant, roomId } } : {}),
        ...(former ? { former: { ...former, roomId } } : {}),
      };
      return { ...event, data, roomId, id: randomUUID() } as RoomEvent;
    };
    await carryOn([began, joined].map(inRoom));
    for (const event of events) await carryOn([inRoom(event)]);
    return models.participants.findOne({ roomId, userId }, { _id: 0, roomId: 0 }).lean();
  };
  const inOrder = await recordsOf(story);
  expect(inOrder).toMatchObject(kept);
  expect(await recordsOf(story.toReversed())).toEqual(inOrder);
});
