import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { errors, type NatsConnection } from '@nats-io/nats-core';
import { connect, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { MessagingAccess } from '../../src/messaging/access.ts';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateNats, startPrivateNats } from '../support/private-nats.ts';
import { readableLogger } from '../support/readable-logger.ts';
import { startInstance } from '../support/service.ts';

/** Somebody of a realm whose key the test has. */
export type Person = Readonly<{ id: string; token: string }>;

/** What a join tells of the messaging door, over HTTP. */
export type Access = Omit<MessagingAccess, 'expiresAt'> & Readonly<{ expiresAt: string }>;

type Instance = Awaited<ReturnType<typeof startInstance>>;
type Settings = Readonly<Record<string, string>>;
type Line = Readonly<Record<string, unknown>>;

/** A nats-server, a realm, a database and an instance of the service, all of this test's own. */
export type World = AsyncDisposable &
  Readonly<{
    nats: PrivateNats;
    databaseUrl: string;
    issuer: Issuer;
    service: Instance;
    /** A further instance, with settings of its own. */
    another(settings?: Settings): Promise<Instance & { lines(): Line[] }>;
    person(name?: string): Person;
    /** A room of this person's, who is in. @returns its id */
    room(host: Person, input?: Record<string, unknown>): Promise<string>;
    join(roomId: string, person: Person): Promise<Access>;
    connect(options: NodeConnectionOptions): Promise<NatsConnection>;
    /** As the join's answer says. */
    come(access: Access, options?: NodeConnectionOptions): Promise<NatsConnection>;
    /** Why one who connects so is refused, as the service's log says. Fails when they are let in. */
    refusalOf(options: NodeConnectionOptions): Promise<unknown>;
    /** What the first instance has logged so far. */
    lines(): Line[];
  }>;

/** @param settings of its instances; given the database's address where they depend on it */
export async function openWorld(
  settings: Settings | ((databaseUrl: string) => Settings) = {},
): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const issuer = opening.use(await startIssuer());
  const database = opening.use(await ownDatabaseUrl());
  const nats = opening.use(await startPrivateNats());

  const own = typeof settings === 'function' ? settings(database.url) : settings;

  async function startOne(more: Settings) {
    const log = readableLogger();
    const said: Line[] = [];
    const instance = await startInstance(
      {
        KEYCLOAK_ISSUER: issuer.url,
        MONGO_URL: database.url,
        SHUTDOWN_GRACE: '0ms',
        ...nats.settings,
        ...own,
        ...more,
      },
      log.logger,
    );
    const lines = (): Line[] => {
      said.push(...log.lines());
      return said;
    };
    await eventually(() => {
      if (!lines().some(({ event }) => event === 'messaging.open')) throw new Error('the door is not open');
    });
    return { ...instance, lines };
  }
  const first = opening.use(await startOne({}));
  const another = async (more: Settings = {}) => opened.use(await startOne(more));

  async function join(roomId: string, { token }: Person): Promise<Access> {
    const { status, body } = await call('POST', `/rooms/${roomId}/join`, { token, base: first.api });
    if (status !== 201) throw new Error(`not let in: ${status} ${JSON.stringify(body)}`);
    return body['messaging'] as unknown as Access;
  }
  const connections: NatsConnection[] = [];
  opening.defer(async () => void (await Promise.all(connections.map((one) => one.close()))));
  async function open(options: NodeConnectionOptions): Promise<NatsConnection> {
    const connection = await connect({ servers: nats.url, reconnect: false, ...options });
    connections.push(connection);
    return connection;
  }
  const refusals = (): unknown[] =>
    first
      .lines()
      .filter(({ event }) => event === 'callout.refused')
      .map(({ code }) => code);

  const opened = opening.move();
  return {
    nats,
    databaseUrl: database.url,
    issuer,
    service: first,
    another,
    person(name = 'guest') {
      const id = `${name}-${randomUUID().slice(0, 8)}`;
      return { id, token: issuer.token({ claims: issuer.claims({ sub: id, name, sid: randomUUID() }) }) };
    },
    room: async (host, input = {}) => (await newRoom(host.token, input, first.api)).id,
    join,
    connect: open,
    come: (access, options = {}) => open({ token: access.token, inboxPrefix: access.inbox, ...options }),
    async refusalOf(options) {
      const before = refusals().length;
      const thrown = await open(options).then(
        () => new Error('they were let in'),
        (error: unknown) => error,
      );
      if (!(thrown instanceof errors.AuthorizationError)) throw thrown;
      return eventually(() => {
        const [refusal] = refusals().slice(before);
        if (refusal === undefined) throw new Error('the service says nothing of a refusal');
        return refusal;
      });
    },
    lines: first.lines,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What the server forbids a client while it does something, as `publish <subject>` or `subscription <subject>`. */
export async function forbidden(connection: NatsConnection, act: () => void): Promise<string[]> {
  const seen: string[] = [];
  const status = connection.status();
  const watching = (async () => {
    for await (const one of status)
      if (one.type === 'error' && one.error instanceof errors.PermissionViolationError)
        seen.push(`${one.error.operation} ${one.error.subject}`);
  })();
  act();
  // The server answers in order: what it forbids comes before the answer to this.
  await connection.flush();
  await turn();
  (status as AsyncIterable<unknown> & { stop?(): void }).stop?.();
  void watching;
  return seen;
}
