import type { AnyBulkWriteOperation } from 'mongoose';
import type { RoomEvent } from './events.ts';
import type { Participant } from './room.ts';
import type { ParticipantDocument, ParticipantRecord } from './room-documents.ts';

type Write = AnyBulkWriteOperation<ParticipantDocument>;

/** What an event does to the records of participants: one for each room and user, ever. */
export function recordWrites(event: RoomEvent): Write[] {
  switch (event.type) {
    case 'participant.joined':
    case 'participant.muted':
    case 'participant.video-off':
    case 'hand.raised':
    case 'hand.lowered':
      return [whole(event, event.data.participant, null)];
    case 'participant.left':
      return [whole(event, event.data.participant, event.data.reason)];
    case 'participant.kicked': {
      const { participant, userId } = event.data;
      if (participant) return [whole(event, participant, 'kicked')];
      return [known(event, userId, { isKicked: true, leftReason: 'kicked' })];
    }
    case 'participant.forgiven':
      return [known(event, event.data.userId, { isKicked: false })];
    case 'participant.promoted':
      return [
        whole(event, event.data.participant, null),
        known(event, event.data.former, { role: 'PARTICIPANT' }),
      ];
    default:
      return [];
  }
}

const keyOf = ({ roomId, seq }: RoomEvent, userId: string) => ({
  _id: `${roomId}/${userId}`,
  lastSeq: { $lt: seq },
});

/** Older than what is there: the filter misses, the upsert meets the unique key, and nothing changes. */
function whole(
  event: RoomEvent,
  participant: Participant,
  leftReason: ParticipantRecord['leftReason'],
): Write {
  const { roomId, userId, ...fields } = participant;
  return {
    updateOne: {
      filter: keyOf(event, userId),
      update: { $set: { ...fields, leftReason, lastSeq: event.seq }, $setOnInsert: { roomId, userId } },
      upsert: true,
    },
  };
}

/** Changes the record of someone who has one; whoever never was in has none. */
function known(event: RoomEvent, userId: string, fields: Partial<ParticipantRecord>): Write {
  return {
    updateOne: { filter: keyOf(event, userId), update: { $set: { ...fields, lastSeq: event.seq } } },
  };
}
