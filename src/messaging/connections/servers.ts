import { type NatsConnection, RequestError } from '@nats-io/nats-core';
import type { UserConnection } from './connection.ts';
import { type Page, readPage } from './system-messages.ts';

/** The account that users are in (nats/nats.conf). */
const ACCOUNT = 'APP';
/** A server that lives answers in milliseconds. */
const ANSWER_WITHIN = 1_000;
/** How many servers there are nobody says: after the last answer we wait so long for another. Milliseconds. */
const NO_MORE_AFTER = 250;
/** Connections in one answer, about half a kilobyte each. */
const PAGE = 1_000;
/** No server of ours carries more; what is beyond is not listed. */
const MAX_PAGES = 100;

export type Servers = ReturnType<typeof createServers>;

/** The servers' own word on who is connected, and their hand to close it. By the system account. */
export function createServers(system: Pick<NatsConnection, 'request' | 'requestMany'>) {
  const ask = (serverId: string, what: 'CONNZ' | 'KICK', question: unknown) =>
    system.request(`$SYS.REQ.SERVER.${serverId}.${what}`, JSON.stringify(question), {
      timeout: ANSWER_WITHIN,
    });
  const question = (more: object) => ({ acc: ACCOUNT, auth: true, limit: PAGE, ...more });

  async function* furtherPages(first: Page): AsyncGenerator<Page> {
    let page = first;
    for (let pages = 1; page.next !== null && pages < MAX_PAGES; pages += 1) {
      const answer = await ask(page.serverId, 'CONNZ', question({ offset: page.next }));
      page = readPage(answer.json());
      yield page;
    }
  }

  return {
    /**
     * Every user's connection at every server that answers. Those who go while pages are turned may hide others: who is
     * missing here is to be asked after (`has`).
     *
     * @throws when no server answers
     */
    async list(): Promise<UserConnection[]> {
      const answers = await system.requestMany('$SYS.REQ.SERVER.PING.CONNZ', JSON.stringify(question({})), {
        strategy: 'stall',
        stall: NO_MORE_AFTER,
        maxWait: ANSWER_WITHIN,
      });
      const firsts: Page[] = [];
      for await (const answer of answers) firsts.push(readPage(answer.json()));
      if (firsts.length === 0) throw new Error('no server said who is connected');
      const found = firsts.flatMap(({ users }) => users);
      for (const first of firsts) for await (const { users } of furtherPages(first)) found.push(...users);
      return found;
    },

    /** @returns whether the connection stands; null when there is no such server any more */
    async has({ serverId, cid }: Pick<UserConnection, 'serverId' | 'cid'>): Promise<boolean | null> {
      try {
        return readPage((await ask(serverId, 'CONNZ', question({ cid }))).json()).count > 0;
      } catch (error) {
        if (isNobody(error)) return null;
        throw error;
      }
    },

    /** Closes it. One that is closed already, or went with its server, is none: nothing to do. */
    async close({ serverId, cid }: Pick<UserConnection, 'serverId' | 'cid'>): Promise<void> {
      try {
        await ask(serverId, 'KICK', { cid });
      } catch (error) {
        if (!isNobody(error)) throw error;
      }
    },
  };
}

const isNobody = (error: unknown): boolean => error instanceof RequestError && error.isNoResponders();
