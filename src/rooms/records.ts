import type { AnyBulkWriteOperation } from 'mongoose';
import type { RoomEvent } from './events.ts';
import type { Participant } from './room.ts';
import type { ParticipantDocument, ParticipantRecord } from './room-documents.ts';

type Write = AnyBulkWriteOperation<ParticipantDocument>;

/**
 * What an event does to the records of participants: one for each room and user, ever. Events are carried on by whoever
 * wrote them, so an older one may come later than a newer: each write is the whole of a record, on the condition that what
 * is there is older. Who is kept out is the room's to say, so no record says it.
 */
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
    case 'participant.promoted': {
      const { participant, former } = event.data;
      return [whole(event, participant, null), ...(former ? [whole(event, former, null)] : [])];
    }
    case 'participant.kicked':
      return event.data.participant ? [whole(event, event.data.participant, 'kicked')] : [];
    default:
      return [];
  }
}

/** Older than what is there: the filter misses, the upsert meets the unique key, and nothing changes. */
function whole(
  event: RoomEvent,
  participant: Participant,
  leftReason: ParticipantRecord['leftReason'],
): Write {
  const { roomId, userId, isKicked: _isKicked, ...fields } = participant;
  return {
    updateOne: {
      filter: { _id: `${roomId}/${userId}`, lastSeq: { $lt: event.seq } },
      update: {
        $set: { ...fields, leftReason, lastSeq: event.seq },
        $setOnInsert: { roomId, userId },
      },
      upsert: true,
    },
  };
}
