import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { LRUCache } from 'lru-cache';
import type { Presence } from '../../presence/index.ts';
import type { EventHandler, Rooms } from '../../rooms/index.ts';
import { inSpan, type Logger } from '../../telemetry/index.ts';
import { createBook } from './book.ts';
import { closeThoseOut } from './closing.ts';
import { idOf, type UserConnection } from './connection.ts';
import { createReports } from './reports.ts';
import { createServers } from './servers.ts';
import { sweep } from './sweep.ts';
import { createSweeper, type Sweeper } from './sweeper.ts';
import { readClientEvent, shutServer } from './system-messages.ts';

/** Servers that said goodbye; their ids never come back. */
const MAX_SHUT = 100;
/** Connections of which the log has said that they are gone. */
const MAX_GONE = 20_000;

export type Connections = AsyncDisposable &
  Readonly<{
    /** Closes the connections of those who are out by it. */
    onRoomEvent: EventHandler;
  }>;

/**
 * Who is connected to NATS, by the servers' word and not by the clients': the rooms are told, and who is out is closed.
 * Any number of instances does this at once, each for all servers.
 */
export function openConnections(deps: {
  system: NatsConnection;
  rooms: Pick<Rooms, 'get' | 'roomsWithDoor'>;
  presence: Pick<Presence, 'arrived' | 'departed'>;
  logger: Logger;
}): Connections {
  const { system, rooms, logger } = deps;
  const servers = createServers(system);
  const shut = new LRUCache<string, true>({ max: MAX_SHUT });
  /** A sweep that began before one went finds it gone as well: the rooms are told again, the log is not. */
  const saidGone = new LRUCache<string, true>({ max: MAX_GONE });
  const told = (event: string) => (connection: UserConnection, code?: string) => {
    const { roomId, userId, cid } = connection;
    logger.info(event, { roomId, userId, door: 'nats', cid, ...(code === undefined ? {} : { code }) });
  };

  const book = createBook({ onChange: (connection) => reports.changed(connection) });
  const reports = createReports({
    presence: traced(deps.presence),
    isOpen: book.isOpen,
    onArrived: told('participant.connected'),
    onDeparted(connection) {
      if (saidGone.has(idOf(connection))) return;
      saidGone.set(idOf(connection), true);
      told('participant.disconnected')(connection);
    },
    async onRefused(connection, code) {
      const { roomId, userId } = connection;
      logger.warn('participant.uninvited', { roomId, userId, door: 'nats', code });
      await servers.close(connection);
    },
    onError: (error) => logger.warn('presence.late', { door: 'nats', error }),
  });

  const sweeper = createSweeper(
    async () => {
      const { isPart, uncounted, gone } = await sweep({
        servers,
        book,
        rooms,
        isShut: (serverId) => shut.has(serverId),
        onUncounted: reports.changed,
      });
      if (isPart) logger.warn('nats.sweep.partial');
      if (uncounted + gone > 0) logger.info('nats.sweep', { uncounted, gone });
    },
    (error) => logger.warn('nats.sweep.failed', { error }),
  );

  const listen = (subject: string, hear: (message: Msg) => void): Subscription =>
    system.subscribe(subject, {
      callback(failure, message) {
        try {
          if (failure) throw failure;
          hear(message);
        } catch (error) {
          logger.warn('nats.error', { user: 'system', subject, error });
        }
      },
    });
  const listening = [
    // In one subscription, so that coming and going are heard in their order.
    listen('$SYS.ACCOUNT.APP.*', (message) => {
      const kind = message.subject.split('.').at(-1);
      if (kind !== 'CONNECT' && kind !== 'DISCONNECT') return;
      const connection = readClientEvent(message.json());
      if (!connection) return;
      if (kind === 'CONNECT') return book.came(connection);
      book.went(connection);
    }),
    listen('$SYS.SERVER.*.SHUTDOWN', ({ subject }) => {
      shut.set(shutServer(subject), true);
      sweeper.now();
    }),
  ];
  void followStatus(system, sweeper);
  sweeper.now();

  return {
    onRoomEvent: closeThoseOut({
      book,
      servers,
      rooms,
      isPending() {
        if (sweeper.isCurrent()) return false;
        sweeper.now();
        return true;
      },
      onBack: reports.changed,
      onClosed: told('participant.closed'),
    }),
    async [Symbol.asyncDispose]() {
      for (const subscription of listening) subscription.unsubscribe();
      await sweeper[Symbol.asyncDispose]();
      await reports[Symbol.asyncDispose]();
    },
  };
}

/** What was heard before a cut is old: events came and went meanwhile. */
async function followStatus(system: NatsConnection, sweeper: Sweeper): Promise<void> {
  for await (const { type } of system.status()) {
    if (type === 'disconnect') sweeper.forget();
    else if (type === 'reconnect') sweeper.now();
  }
}

/** No request began these: each is a trace of its own. */
function traced({ arrived, departed }: Pick<Presence, 'arrived' | 'departed'>) {
  const attributes = ({ roomId, userId }: UserConnectionLink) => ({
    'room.id': roomId,
    'enduser.id': userId,
  });
  return {
    arrived: (link: UserConnectionLink) => inSpan('nats connected', attributes(link), () => arrived(link)),
    departed: (link: UserConnectionLink) =>
      inSpan('nats disconnected', attributes(link), () => departed(link)),
  };
}
type UserConnectionLink = Parameters<Presence['arrived']>[0];
