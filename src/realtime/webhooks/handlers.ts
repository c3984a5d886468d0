import { context, trace } from '@opentelemetry/api';
import {
  type EgressInfo,
  ParticipantInfo,
  TrackInfo,
  TrackSource,
  type WebhookEvent,
} from 'livekit-server-sdk';
import { type LiveKit, userIdOf } from '../../livekit/index.ts';
import type { Presence } from '../../presence/index.ts';
import { type TrackSource as RefusedSource, type Room, type Rooms, roleOf } from '../../rooms/index.ts';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';

type Handler = (event: WebhookEvent) => Promise<void>;

const DOOR = 'livekit';
/** `ParticipantInfo.Kind.STANDARD`: a person. The SDK passes the value on and not its name. */
const STANDARD = new ParticipantInfo().kind;
const UNENCRYPTED = new TrackInfo().encryption;
const SOURCES: ReadonlyMap<TrackSource, RefusedSource> = new Map([
  [TrackSource.CAMERA, 'camera'],
  [TrackSource.MICROPHONE, 'microphone'],
  [TrackSource.SCREEN_SHARE, 'screen'],
  [TrackSource.SCREEN_SHARE_AUDIO, 'screen'],
]);

/**
 * What LiveKit's events mean to us, by name. Those that are not here are none of our business. Each handler
 * bears being called twice for the same event.
 */
export function webhookHandlers(deps: {
  rooms: Pick<Rooms, 'refuseUnencrypted'>;
  presence: Presence;
  livekit: LiveKit;
  onDisconnected: (participantId: string) => Promise<void>;
  onEgress: (info: EgressInfo) => Promise<void>;
  logger: Logger;
}): ReadonlyMap<string, Handler> {
  const { rooms, presence, livekit, onDisconnected, onEgress, logger } = deps;

  /**
   * The one who is in LiveKit but was kicked, or was never admitted, is removed at once.
   * @returns the room that they are in; null when they hold no seat
   */
  async function arrived(event: WebhookEvent): Promise<Room | null> {
    const who = participantOf(event);
    if (!who) return null;
    const arrival = await presence.arrived({ door: DOOR, ...who });
    if (arrival.admitted) {
      await setRole(arrival.room, event);
      return arrival.room;
    }
    logger.warn('participant.uninvited', { roomId: who.roomId, userId: who.userId, code: arrival.code });
    // Of an ended room nothing may be left, and LiveKit then tells the client that the room is over, not that they
    // were thrown out.
    if (arrival.code === 'ROOM_ENDED') await livekit.closeRoom(who.roomId);
    else await livekit.remove(who.roomId, event.participant?.identity ?? '');
    return null;
  }

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
    await onDisconnected(who.id);
    logger.info('participant.disconnected', { roomId: who.roomId, userId: who.userId });
  };

  /**
   * A node that was killed told nobody who was on it. The room begins anew on another, and is told to us before anyone
   * is in it there: LiveKit sends what happens in a room in order. Who comes back within the grace keeps their seat.
   */
  const roomStarted: Handler = async (event) => {
    if (event.room) await presence.doorClosed(event.room.name, DOOR);
  };

  const roomFinished: Handler = async (event) => {
    if (event.room) await presence.doorClosed(event.room.name, DOOR);
  };

  /** Whoever publishes is connected: this mends a `participant_joined` that was lost. */
  const published: Handler = async (event) => {
    const room = await arrived(event);
    const { track, participant } = event;
    if (!room?.e2ee || !track || !participant || track.encryption !== UNENCRYPTED) return;
    const userId = userIdOf(participant.identity);
    logger.warn('track.refused', { roomId: room.id, userId, track: track.sid });
    const source = SOURCES.get(track.source) ?? 'other';
    await rooms.refuseUnencrypted(room.id, { userId, trackId: track.sid, source });
  };

  const egress: Handler = async ({ egressInfo }) => {
    if (egressInfo) await onEgress(egressInfo);
  };

  const unpublished: Handler = async (event) =>
    logger.debug('track.unpublished', { roomId: event.room?.name, track: event.track?.sid });

  return new Map([
    ['participant_joined', joined],
    ['participant_left', left],
    ['participant_connection_aborted', left],
    ['track_published', published],
    ['track_unpublished', unpublished],
    ['egress_started', egress],
    ['egress_updated', egress],
    ['egress_ended', egress],
    ['room_started', roomStarted],
    ['room_finished', roomFinished],
  ]);
}

/** Who the event is about; null for LiveKit's own helpers (egress, ingress, agents), which hold no seats. */
function participantOf({ room, participant }: WebhookEvent) {
  if (!room || !participant || participant.kind !== STANDARD) return null;
  return { id: participant.sid, roomId: room.name, userId: userIdOf(participant.identity) };
}
