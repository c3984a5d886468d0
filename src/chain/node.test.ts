import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/support/eventually.ts';
import {
  type WebSocketClient,
  type WebSocketServer,
  webSocketServer,
} from '../../test/support/web-socket-server.ts';
import type { Logger } from '../telemetry/index.ts';
import { type ChainNode, connectNode, NodeRefusal } from './node.ts';

type Question = Readonly<{ id: number; method: string; params: unknown[] }>;
type Answers = (question: Question, client: WebSocketClient) => object | null;

const unavailable = { code: 'CHAIN_UNAVAILABLE' };
const echo: Answers = ({ method, params }) => ({ result: { method, params } });

/** What the node says to each question; null: nothing. */
let answers: Answers;
let asked: Question[];
let logged: string[];
let heads: number;
let server: WebSocketServer;
let opened: AsyncDisposableStack;

const logger = {
  warn: (name: string) => void logged.push(name),
  info: (name: string) => void logged.push(name),
} as unknown as Pick<Logger, 'warn' | 'info'>;

const serve = (more: { port?: number; letIn?: () => Promise<void> } = {}) =>
  webSocketServer({
    ...more,
    onText(text, client) {
      const question = JSON.parse(text) as Question;
      asked.push(question);
      const answer = answers(question, client);
      if (answer) client.say(JSON.stringify({ jsonrpc: '2.0', id: question.id, ...answer }));
    },
  });
function connect(url = server.url): ChainNode {
  const node = opened.use(connectNode({ url, logger }));
  node.onHead(() => {
    heads += 1;
  });
  return node;
}
/** Once the node was told that it is connected, for the given time. */
async function connected(url?: string): Promise<ChainNode> {
  const node = connect(url);
  await eventually(() => expect(heads).toBe(1));
  return node;
}
const clientOf = (at: number): WebSocketClient => {
  const client = server.clients.at(at);
  if (!client) throw new Error('nobody is connected');
  return client;
};
const askedFor = (method: string) => asked.filter((question) => question.method === method);
/** All but what keeps the time: the sockets are real. */
const fakeTimers = () =>
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });

beforeEach(async () => {
  answers = echo;
  asked = [];
  logged = [];
  heads = 0;
  opened = new AsyncDisposableStack();
  server = opened.use(await serve());
});
afterEach(async () => {
  jest.useRealTimers();
  await opened.disposeAsync();
});

describe('a question to the node', () => {
  it('is answered with what the node says', async () => {
    const node = await connected();
    expect(await node.ask('eth_call', [{ to: '0x1' }, 'latest'])).toEqual({
      method: 'eth_call',
      params: [{ to: '0x1' }, 'latest'],
    });
    expect(logged).toEqual([]);
  });

  it('has its own answer, in whatever order the answers come', async () => {
    const node = await connected();
    answers = () => null;
    const both = Promise.all([node.ask('first', []), node.ask('second', [])]);
    await eventually(() => expect(askedFor('second')).toHaveLength(1));
    for (const { id, method } of asked.slice(-2).toReversed())
      clientOf(0).say(JSON.stringify({ id, result: `to the ${method}` }));
    expect(await both).toEqual(['to the first', 'to the second']);
  });

  it('is refused in the node’s own words, with what the call reverted with', async () => {
    const node = await connected();
    answers = () => ({ error: { code: 3, message: 'execution reverted', data: '0x30cd7471' } });
    const refused = await node.ask('eth_estimateGas', []).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NodeRefusal);
    expect(refused).toMatchObject({ message: 'execution reverted', data: '0x30cd7471' });
  });

  it.each([
    ['without data', { message: 'nonce too low' }, { message: 'nonce too low', data: null }],
    [
      'with data that is no text',
      { message: 'no', data: { hash: '0x1' } },
      { name: 'NodeRefusal', data: null },
    ],
    ['without words', {}, { name: 'NodeRefusal', message: 'refused' }],
  ])('that is refused %s is refused all the same', async (_, error, refusal) => {
    const node = await connected();
    answers = () => ({ error });
    await expect(node.ask('eth_sendRawTransaction', ['0x'])).rejects.toMatchObject(refusal);
    expect(server.clients).toHaveLength(1);
  });

  it('is not waited with while there is no connection', async () => {
    const node = connect('ws://127.0.0.1:1');
    await expect(node.ask('eth_chainId', [])).rejects.toMatchObject(unavailable);
  });

  it('that waits when the connection is lost is CHAIN_UNAVAILABLE, at once', async () => {
    const node = await connected();
    answers = (_, client) => {
      client.cut();
      return null;
    };
    const before = performance.now();
    await expect(node.ask('eth_chainId', [])).rejects.toMatchObject(unavailable);
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it('that is never answered is CHAIN_UNAVAILABLE after its deadline', async () => {
    const node = await connected();
    fakeTimers();
    answers = () => null;
    let outcome: unknown = null;
    node.ask('eth_chainId', []).catch((error: unknown) => {
      outcome = error;
    });
    await eventually(() => expect(askedFor('eth_chainId')).toHaveLength(1));
    await jest.advanceTimersByTimeAsync(3_999);
    expect(outcome).toBeNull();
    await jest.advanceTimersByTimeAsync(1);
    expect(outcome).toMatchObject(unavailable);
  });

  it('that is answered too late is not mistaken for another', async () => {
    const node = await connected();
    fakeTimers();
    answers = ({ method }) => (method === 'late' ? null : { result: 'of now' });
    const late = node.ask('late', []).catch(() => 'too late');
    await eventually(() => expect(askedFor('late')).toHaveLength(1));
    await jest.advanceTimersByTimeAsync(4_000);
    expect(await late).toBe('too late');
    clientOf(0).say(JSON.stringify({ id: askedFor('late')[0]?.id, result: 'of then' }));
    expect(await node.ask('eth_chainId', [])).toBe('of now');
  });
});

describe('the connection to the node', () => {
  it('asks for new blocks, and tells of each', async () => {
    await connected();
    await eventually(() => expect(askedFor('eth_subscribe')).toHaveLength(1));
    expect(askedFor('eth_subscribe')[0]?.params).toEqual(['newHeads']);
    clientOf(0).say(JSON.stringify({ method: 'eth_subscription', params: { result: { number: '0x1' } } }));
    await eventually(() => expect(heads).toBe(2));
  });

  it('that is lost is made again, which is told as a new block is', async () => {
    const node = await connected();
    clientOf(0).cut();
    await eventually(() => expect(heads).toBe(2));
    expect(server.clients).toHaveLength(2);
    expect(await node.ask('eth_chainId', [])).toMatchObject({ method: 'eth_chainId' });
    expect(askedFor('eth_subscribe')).toHaveLength(2);
    expect(logged).toEqual(['chain.down', 'chain.up']);
  });

  it('that cannot be made is complained of once, until it is there', async () => {
    const { url } = server;
    await server[Symbol.asyncDispose]();
    fakeTimers();
    connect(url);
    await eventually(() => expect(logged).toEqual(['chain.down']));
    for (let tries = 0; tries < 3; tries += 1) {
      await jest.advanceTimersByTimeAsync(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    server = opened.use(await serve({ port: Number(new URL(url).port) }));
    await eventually(async () => {
      await jest.advanceTimersByTimeAsync(500);
      expect(heads).toBe(1);
    });
    expect(logged).toEqual(['chain.down', 'chain.up']);
  });

  it.each([
    ['no JSON', (client: WebSocketClient) => client.say('Bad gateway')],
    ['JSON of nothing', (client: WebSocketClient) => client.say('null')],
    ['bytes', (client: WebSocketClient) => client.sayBytes(Buffer.from([0x82, 2, 0xff, 0xfe]))],
    ['no frame', (client: WebSocketClient) => client.sayBytes(Buffer.alloc(64, 0xff))],
  ])('by which the node says %s is given up for another', async (_, say) => {
    const node = await connected();
    answers = (_question, client) => {
      say(client);
      return null;
    };
    await expect(node.ask('eth_chainId', [])).rejects.toMatchObject(unavailable);
    answers = echo;
    await eventually(() => expect(heads).toBe(2));
    expect(await node.ask('eth_chainId', [])).toMatchObject({ method: 'eth_chainId' });
  });

  it.each(['[]', '{}', '"hello"', '7', '{"id":99,"result":1}', '{"id":null,"error":{"message":"who?"}}'])(
    'goes on when the node says %s, which answers nothing',
    async (text) => {
      const node = await connected();
      answers = (question, client) => {
        client.say(text);
        return echo(question, client);
      };
      expect(await node.ask('eth_chainId', [])).toMatchObject({ method: 'eth_chainId' });
      expect(server.clients).toHaveLength(1);
    },
  );

  it('whose node does not tell of new blocks is given up for another', async () => {
    answers = ({ method }) => (method === 'eth_subscribe' ? { error: { message: 'no such method' } } : null);
    connect();
    await eventually(() => expect(logged).toEqual(['chain.down']));
    answers = echo;
    await eventually(() => expect(askedFor('eth_subscribe')).toHaveLength(2));
  });

  it('through which nothing comes any more is given up for another', async () => {
    fakeTimers();
    answers = () => null;
    await connected();
    await jest.advanceTimersByTimeAsync(3_000);
    await eventually(() => expect(askedFor('eth_blockNumber')).toHaveLength(1));
    await jest.advanceTimersByTimeAsync(4_000);
    expect(logged).toEqual(['chain.down']);
    await jest.advanceTimersByTimeAsync(500);
    await eventually(() => expect(heads).toBe(2));
    expect(server.clients).toHaveLength(2);
  });

  it('that is taken and never answered is given up for another', async () => {
    fakeTimers();
    let comers = 0;
    const slow = opened.use(
      await serve({
        letIn: () => {
          comers += 1;
          return comers === 1 ? new Promise(() => {}) : Promise.resolve();
        },
      }),
    );
    connect(slow.url);
    await eventually(() => expect(comers).toBe(1));
    await jest.advanceTimersByTimeAsync(4_000);
    expect(logged).toEqual(['chain.down']);
    await jest.advanceTimersByTimeAsync(500);
    await eventually(() => expect(heads).toBe(1));
  });

  it('is over when we close it: what waits fails, and nothing is made again', async () => {
    const node = await connected();
    answers = () => null;
    const asking = node.ask('eth_chainId', []).catch((error: unknown) => error);
    await eventually(() => expect(askedFor('eth_chainId')).toHaveLength(1));
    fakeTimers();
    await node[Symbol.asyncDispose]();
    expect(await asking).toMatchObject(unavailable);
    await eventually(() => expect(server.connected()).toBe(0));
    await jest.advanceTimersByTimeAsync(5_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.clients).toHaveLength(1);
    expect(logged).toEqual([]);
    await expect(node.ask('eth_chainId', [])).rejects.toMatchObject(unavailable);
  });

  it('that was lost when we close it is not made again either', async () => {
    const node = await connected();
    fakeTimers();
    clientOf(0).cut();
    await eventually(() => expect(logged).toEqual(['chain.down']));
    await node[Symbol.asyncDispose]();
    expect(jest.getTimerCount()).toBe(0);
  });
});
