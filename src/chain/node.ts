import { ServiceError } from '../errors.ts';
import { activeTraceId, inSpan, type Logger } from '../telemetry/index.ts';
import { withDeadline } from '../timers.ts';

/** A node that has not answered by then does not. Milliseconds. */
const ANSWERS_WITHIN = 4_000;
/** How long a connection may take to stand, and before the next is tried. Milliseconds. */
const CONNECTS_WITHIN = 4_000;
const CONNECT_AGAIN = 500;
/** A connection is asked this often whether it still carries anything; some die without a word. Milliseconds. */
const LOOK_EVERY = 3_000;
/** Questions that wait for an answer; past this the node is not asked more. */
const MAX_WAITING = 1_000;

/** A node's own word on what it was asked; `data` is what a call reverted with. */
export class NodeRefusal extends Error {
  override readonly name = 'NodeRefusal';
  readonly data: string | null;

  constructor(message: string, data: string | null) {
    super(message);
    this.data = data;
  }
}

export type ChainNode = AsyncDisposable &
  Readonly<{
    /**
     * One question by JSON-RPC.
     *
     * @throws NodeRefusal for the node's own no; ServiceError CHAIN_UNAVAILABLE when there is no answer
     */
    ask<T>(method: string, params: readonly unknown[]): Promise<T>;
    /** Told when the node has a new block, and when it is back after it was away. */
    onHead(listener: () => void): void;
  }>;

type Answer = Readonly<{
  id?: number;
  method?: string;
  result?: unknown;
  error?: Readonly<{ message?: string; data?: unknown }>;
}>;

/**
 * The way to the chain: one WebSocket, opened again whenever it is lost. Not ethers' WebSocketProvider, which never
 * reconnects, and leaves what was asked through a lost socket without an answer (docs/decisions/0026).
 *
 * @param deps.url `ws:` or `wss:`
 */
export function connectNode(deps: { url: string; logger: Pick<Logger, 'warn' | 'info'> }): ChainNode {
  const { logger } = deps;
  const listeners: (() => void)[] = [];
  /** The connection that is opened or stands; `link`, once it stands. */
  let current: Link | null = null;
  let link: Link | null = null;
  let isOver = false;
  let complained = false;
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  function open(): void {
    if (isOver) return;
    const opening = openLink(deps.url, tell);
    current = opening;
    withDeadline(Promise.race([opening.opened, opening.closed]), CONNECTS_WITHIN).then(
      () => {
        if (isOver) return;
        link = opening;
        if (complained) logger.info('chain.up');
        complained = false;
        opening.ask('eth_subscribe', ['newHeads']).catch((error: unknown) => opening.close(error));
        tell();
      },
      (error: unknown) => opening.close(error),
    );
    opening.closed.catch((error: unknown) => {
      if (link === opening) link = null;
      if (isOver) return;
      if (!complained) logger.warn('chain.down', { error });
      complained = true;
      timer = setTimeout(open, CONNECT_AGAIN);
      timer.unref();
    });
  }

  async function ask<T>(method: string, params: readonly unknown[]): Promise<T> {
    if (link === null) throw unavailable();
    try {
      return (await withDeadline(link.ask(method, params), ANSWERS_WITHIN)) as T;
    } catch (error) {
      throw error instanceof NodeRefusal ? error : unavailable(error);
    }
  }

  open();
  const looking = setInterval(() => {
    const looked = link;
    if (looked) ask('eth_blockNumber', []).catch((error: unknown) => looked.close(error));
  }, LOOK_EVERY);
  looking.unref();

  return {
    // What belongs to no trace (the look at the newest block) begins none.
    ask: (method, params) =>
      activeTraceId() === undefined
        ? ask(method, params)
        : inSpan(`chain ${method}`, { 'rpc.system': 'jsonrpc' }, () => ask(method, params)),
    onHead: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearTimeout(timer);
      clearInterval(looking);
      current?.close(new Error('closed by us'));
    },
  };
}

type Link = ReturnType<typeof openLink>;

/** One connection. `closed` rejects with the reason once it is over, and so does all that was asked through it. */
function openLink(url: string, onHead: () => void) {
  const socket = new WebSocket(url);
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<never>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let isOver = false;

  function close(error: unknown): void {
    if (isOver) return;
    isOver = true;
    closed.reject(error);
    for (const question of waiting.values()) question.reject(error);
    waiting.clear();
    socket.close();
  }

  function read(text: string): void {
    const { id, method, result, error } = JSON.parse(text) as Answer;
    if (method === 'eth_subscription') onHead();
    const question = waiting.get(id ?? 0);
    if (!question) return;
    waiting.delete(id ?? 0);
    if (error) question.reject(new NodeRefusal(error.message ?? 'refused', textOf(error.data)));
    else question.resolve(result);
  }

  closed.promise.catch(() => {});
  socket.addEventListener('open', () => opened.resolve());
  socket.addEventListener('close', () => close(new Error('the connection was closed')));
  socket.addEventListener('message', ({ data }) => {
    try {
      read(String(data));
    } catch (error) {
      close(error);
    }
  });

  return {
    opened: opened.promise,
    closed: closed.promise,
    close,
    ask(method: string, params: readonly unknown[]): Promise<unknown> {
      if (isOver || waiting.size >= MAX_WAITING) return Promise.reject(new Error('the node takes no more'));
      lastId += 1;
      const question = Promise.withResolvers<unknown>();
      waiting.set(lastId, question);
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
      return question.promise;
    },
  };
}

const textOf = (data: unknown): string | null => (typeof data === 'string' ? data : null);

const unavailable = (cause?: unknown): ServiceError =>
  new ServiceError('CHAIN_UNAVAILABLE', 'The chain does not answer. Try again shortly.', { cause });
