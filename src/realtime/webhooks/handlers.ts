import { context, trace } from '@opentelemetry/api';
import { ParticipantInfo, type WebhookEvent } from 'livekit-server-sdk';
import { type LiveKit, userIdOf } from '../../livekit/index.ts';
import type { Presence } from '../../presence/index.ts';
import { type Room, roleOf } from '../../rooms/index.ts';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';

type Handler = (event: WebhookEvent) => Promise<void>;

const DOOR = 'livekit';
/** `ParticipantInfo.Kind.STANDARD`: a person. The SDK passes the value on and not its name. */
const STANDARD = new ParticipantInfo().kind;

/**
 * What LiveKit's events mean to us, by name. Those that are not here are none of our business. Each handler
 * bears being called twice for the same event.
 */
export function webhookHandlers(deps: {
  presence: Presence;
  livekit: LiveKit;
  logger: Logger;
}): ReadonlyMap<string, Handler> {
  const { presence, livekit, logger } = deps;

  /** The one who is in LiveKit but was kicked, or was never admitted, is removed at once. */
  const arrived: Handler = async (event) => {
    const who = participantOf(event);
    if (!who) return;
    const arrival = await presence.arrived({ door: DOOR, ...who });
    if (arrival.admitted) return setRole(arrival.room, event);
    logger.warn('participant.uninvited', { roomId: who.roomId, userId: who.userId, code: arrival.code });
    // Of an ended room nothing may be left, and LiveKit then tells the client that the room is over, not that they
    // were thrown out.
    if (arrival.code === 'ROOM_ENDED') await livekit.closeRoom(who.roomId);
    else await livekit.remove(who.roomId, event.participant?.identity ?? '');
  };

  /** A token from before the room was handed over carries the role of then, and what it allows. */
  async function setRole(room: Room, event: WebhookEvent): Promise<void> {
    const { identity = '', attributes = {} } = event.participant ?? {};
    const role = roleOf(room, userIdOf(identity));
    if (attributes['role'] !== role) await livekit.setRole(room, userIdOf(identity), role);
  }

  /** Ends the trace that the join began: its length is how long the user waited to be in. */
  const joined: Handler = (event) => {
    const began = contextFromTraceparent(event.participant?.attributes['traceparent']);
    const attributes = {
      'room.id': event.room?.name ?? '',
      'enduser.id': userIdOf(event.participant?.identity ?? ''),
      'livekit.event.id': event.id,
    };
    const webhook = trace.getActiveSpan()?.spanContext();
    const work = async (): Promise<void> => {
      await arrived(event);
      logger.info('participant.connected', {
        roomId: attributes['room.id'],
        userId: attributes['enduser.id'],
      });
    };
    const parent = trace.getSpanContext(began) ? began : context.active();
    return inSpan('participant connected', attributes, work, { parent, links: webhook ? [webhook] : [] });
  };

  const left: Handler = async (event) => {
    const who = participantOf(event);
    if (!who) return;
    await presence.departed({ door: DOOR, ...who });
    logger.info('participant.disconnected', { roomId: who.roomId, userId: who.userId });
  };

  const roomFinished: Handler = async (event) => {
    if (event.room) await presence.doorClosed(event.room.name, DOOR);
  };

  const unpublished: Handler = async (event) =>
    logger.debug('track.unpublished', { roomId: event.room?.name, track: event.track?.sid });

  return new Map([
    ['participant_joined', joined],
    ['participant_left', left],
    ['participant_connection_aborted', left],
    // Whoever publishes is connected: this mends a `participant_joined` that was lost.
    ['track_published', arrived],
    ['track_unpublished', unpublished],
    ['room_finished', roomFinished],
  ]);
}

/** Who the event is about; null for LiveKit's own helpers (egress, ingress, agents), which hold no seats. */
function participantOf({ room, participant }: WebhookEvent) {
  if (!room || !participant || participant.kind !== STANDARD) return null;
  return { id: participant.sid, roomId: room.name, userId: userIdOf(participant.identity) };
}
