import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import mongoose from 'mongoose';

const { BSON } = mongoose.mongo;

/** A write as it comes from a service: what it makes of which documents. */
export type Write = Readonly<{
  command: 'insert' | 'update' | 'findAndModify';
  collection: string;
  changes: readonly Readonly<{ id: string; fields: Readonly<Record<string, unknown>> }>[];
}>;

/**
 *   pass    it is done, and answered
 *   lose    it is not done: its writer is gone before it arrives
 *   unheard it is done: its writer is gone when the answer comes
 */
export type Verdict = 'pass' | 'lose' | 'unheard';

/** What a test does about writes while one process works. */
export type Watcher = Readonly<{
  /** Asked of each write of the collections; one that takes its time holds up what comes after it there. */
  judge(write: Write): Verdict | Promise<Verdict>;
  /** Ends the writer, at once. */
  kill(): void;
}>;

/** The store as one process at a time sees it. */
export type WatchedStore = AsyncDisposable &
  Readonly<{
    url: string;
    /** From now on these are asked; null: everything passes. */
    watch(watcher: Watcher | null): void;
  }>;

/**
 * @param store the address of the real one, with the database that is meant
 * @param collections whose writes are watched
 */
export async function watchStore(store: string, collections: readonly string[]): Promise<WatchedStore> {
  const near = new URL(store);
  const open = new Set<Socket>();
  let watcher: Watcher | null = null;

  // The writer first: nothing of what it had under way is tried again, or arrives later.
  function end(): void {
    watcher?.kill();
    watcher = null;
    for (const socket of open) socket.destroy();
  }

  async function judge(frame: Buffer): Promise<Verdict> {
    const asked = watcher;
    const write = asked && writeIn(frame);
    return asked && write && collections.includes(write.collection) ? asked.judge(write) : 'pass';
  }

  const server = createServer((client) => {
    const there = connect(Number(near.port), near.hostname);
    for (const [from, to] of [
      [client, there],
      [there, client],
    ] as const) {
      open.add(from.setNoDelay(true));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
    // The driver waits for the answer before it asks again through the same connection.
    let isLast = false;
    let passed = Promise.resolve();
    const pass = async (frame: Buffer): Promise<void> => {
      const verdict = await judge(frame);
      isLast = verdict === 'unheard';
      if (verdict === 'lose') end();
      else there.write(frame);
    };
    const frames = splitter((frame) => {
      passed = passed.then(() => pass(frame));
    });
    client.on('data', frames);
    there.on('data', (bytes) => {
      if (isLast) end();
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(near);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    watch(next) {
      watcher = next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Messages of MongoDB's wire protocol, each whole: the first four bytes are its length. */
function splitter(tell: (frame: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      tell(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

const OP_MSG = 2013;
/** Behind the header and the flags. */
const SECTIONS = 20;

/** A command. Its documents may be in it, or come after it, in a section with their field's name. */
function commandIn(frame: Buffer): Record<string, unknown> {
  let at = SECTIONS;
  const document = (): Record<string, unknown> => {
    const from = at;
    at += frame.readInt32LE(at);
    return BSON.deserialize(frame.subarray(from, at));
  };
  let command: Record<string, unknown> = {};
  while (at < frame.length) {
    const kind = frame[at];
    at += 1;
    if (kind === 0) command = { ...document(), ...command };
    else {
      const end = at + frame.readInt32LE(at);
      const nameEnd = frame.indexOf(0, at + 4);
      const name = frame.toString('utf8', at + 4, nameEnd);
      const documents: unknown[] = [];
      for (at = nameEnd + 1; at < end; ) documents.push(document());
      command = { ...command, [name]: documents };
    }
  }
  return command;
}

type Change = { _id: string; $set?: object; $setOnInsert?: object };
type Command = {
  documents?: Change[];
  updates?: { q: Change; u: Change }[];
  query?: Change;
  update?: Change;
};

/** Null for what writes nothing. */
function writeIn(frame: Buffer): Write | null {
  if (frame.readInt32LE(12) !== OP_MSG) return null;
  const body = commandIn(frame);
  const [command = '', collection] = Object.entries(body)[0] ?? [];
  if (command !== 'insert' && command !== 'update' && command !== 'findAndModify') return null;
  return { command, collection: String(collection), changes: changesIn(body as Command, command) };
}

function changesIn({ documents = [], updates = [], query, update }: Command, command: string) {
  if (command === 'insert') return documents.map((fields) => ({ id: fields._id, fields: { ...fields } }));
  const all = command === 'update' ? updates : query && update ? [{ q: query, u: update }] : [];
  return all.map(({ q, u }) => ({ id: q._id, fields: { ...u.$setOnInsert, ...u.$set } }));
}
