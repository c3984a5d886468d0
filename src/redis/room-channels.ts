import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { mongo } from 'mongoose';
import type { RoomChannels, RoomEvent, RoomListChange } from '../rooms/index.ts';
import type { RedisLinks } from './connect.ts';

const { BSON } = mongo;

/** The channels of the list, by action. Their messages are JSON, for whoever else wants to listen (seed 002). */
const LIST_CHANNELS: Readonly<Record<RoomListChange['action'], string>> = {
  created: 'room:created',
  updated: 'room:updated',
  ended: 'room:ended',
};
const listChannels = Object.values(LIST_CHANNELS);

/** A channel for each room, so that an instance hears of those only that it has people in. */
const eventChannel = (roomId: string): string => `room-events:${roomId}`;

type EventMessage = { from: string; trace: Record<string, string>; events: RoomEvent[] };
type ListMessage = { from: string } & Pick<RoomListChange, 'action' | 'room' | 'seq' | 'at'>;

/**
 * What instances tell each other, over Redis' publish and subscribe: quick, and forgetful when Redis is away. The
 * rooms know how to do without it.
 *
 * @param from names this instance, which does not listen to itself
 * @param onError told of messages that could not be heard
 */
export function createRedisChannels(
  { commands, subscriber, ready }: RedisLinks,
  from: string,
  onError: (error: unknown) => void,
): RoomChannels {
  const followed = new Map<string, () => void>();
  const onEvents: ((events: readonly RoomEvent[]) => void)[] = [];
  const onListChange: ((change: RoomListChange) => void)[] = [];
  const onMissed: ((since: Date) => void)[] = [];
  let awaySince: Date | null = null;

  function publish(channel: string, message: string | Buffer): void {
    // While it is away this fails at once, and `onMissed` will say so.
    commands.publish(channel, message).catch(() => {});
  }

  const subscribe = (channel: string): Promise<unknown> => subscriber.subscribe(channel);

  function hearEvents(message: Buffer): void {
    const told = BSON.deserialize(message) as EventMessage;
    if (told.from === from) return;
    const traced = propagation.extract(ROOT_CONTEXT, told.trace);
    context.with(traced, () => {
      for (const listener of onEvents) listener(told.events);
    });
  }

  function hearListChange(message: Buffer): void {
    const told = JSON.parse(message.toString()) as ListMessage;
    if (told.from === from) return;
    const { createdAt, endedAt } = told.room;
    const room = {
      ...told.room,
      createdAt: new Date(createdAt),
      endedAt: endedAt === null ? null : new Date(endedAt),
    };
    for (const listener of onListChange)
      listener({ action: told.action, seq: told.seq, at: new Date(told.at), room });
  }

  subscriber.on('messageBuffer', (channel: Buffer, message: Buffer) => {
    try {
      if (listChannels.includes(channel.toString())) hearListChange(message);
      else hearEvents(message);
    } catch (error) {
      // Not of ours, as a rule: another program's, or a version's that writes otherwise. The store knows better.
      onError(error);
    }
  });

  const left = (): void => {
    awaySince ??= new Date();
  };
  async function back(): Promise<void> {
    if (!ready()) return;
    // Its own subscriptions were sent before this one, so they stand when it does.
    await subscribe(LIST_CHANNELS.created);
    for (const onFollowed of followed.values()) onFollowed();
    if (awaySince === null) return;
    const since = awaySince;
    awaySince = null;
    for (const listener of onMissed) listener(since);
  }
  for (const link of [commands, subscriber]) {
    link.on('close', left);
    link.on('ready', () => setImmediate(() => void back().catch(left)));
  }
  for (const channel of listChannels) subscribe(channel).catch(left);

  return {
    onEvents: (listener) => void onEvents.push(listener),
    onListChange: (listener) => void onListChange.push(listener),
    onMissed: (listener) => void onMissed.push(listener),
    publishEvents(events) {
      const trace = {};
      propagation.inject(context.active(), trace);
      for (const [roomId, own] of Map.groupBy(events, (event) => event.roomId))
        publish(eventChannel(roomId), Buffer.from(BSON.serialize({ from, trace, events: own })));
    },
    publishListChange({ action, room, seq, at }) {
      const message: ListMessage = { from, action, room, seq, at };
      publish(LIST_CHANNELS[action], JSON.stringify(message));
    },
    follow(roomId, onFollowed) {
      followed.set(roomId, onFollowed);
      subscribe(eventChannel(roomId)).then(onFollowed, left);
    },
    unfollow(roomId) {
      followed.delete(roomId);
      subscriber.unsubscribe(eventChannel(roomId)).catch(() => {});
    },
  };
}
