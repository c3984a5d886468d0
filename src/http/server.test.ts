import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { type Listening, listen } from './server.ts';

/** A connection that a test writes HTTP on by hand. */
async function connection(
  port: number,
): Promise<{ socket: Socket; write(text: string): void; answer(): Promise<string> }> {
  const socket = connect({ host: '127.0.0.1', port }).setEncoding('utf8');
  socket.on('error', () => {});
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk: string) => {
    received += chunk;
  });
  return {
    socket,
    write: (text) => void socket.write(text),
    /** Everything up to the end of an answer with a body, or of the connection. */
    async answer() {
      while (!received.split('\r\n\r\n')[1] && !socket.closed) await turn();
      const answer = received;
      received = '';
      return answer;
    },
  };
}
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

let listening: Listening;
const held = new Map<string, PromiseWithResolvers<void>>();

async function serve(grace = 8_000): Promise<Listening> {
  const app = express();
  app.get('/quick', (_request, response) => void response.send('done'));
  app.get('/held/:name', async (request, response) => {
    const gate = Promise.withResolvers<void>();
    held.set(request.params.name, gate);
    await gate.promise;
    response.send('done');
  });
  listening = await listen(app, { host: '127.0.0.1', port: 0, grace });
  return listening;
}
afterEach(async () => {
  listening.server.closeAllConnections();
  await listening[Symbol.asyncDispose]();
});
const begun = async (name: string) => {
  while (!held.has(name)) await turn();
};

describe('a listening server', () => {
  it('says which port it has, and that a taken one is taken', async () => {
    const { port } = await serve();
    expect(port).toBeGreaterThan(0);
    await expect(listen(express(), { host: '127.0.0.1', port, grace: 0 })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('answers headers above 16 KiB with a problem, and closes', async () => {
    const { port } = await serve();
    const { write, answer } = await connection(port);
    write(`GET /quick HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'e'.repeat(17_000)}\r\n\r\n`);
    const text = await answer();
    expect(text).toMatch(/^HTTP\/1\.1 431 .*\r\nContent-Type: application\/problem\+json\r\n/);
    expect(text).toContain('Connection: close');
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 431,
      code: 'HEADERS_TOO_LARGE',
    });
  });

  it('answers what is no HTTP with a problem, and closes', async () => {
    const { port } = await serve();
    const { write, answer } = await connection(port);
    write('hello\r\n\r\n');
    const text = await answer();
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 400,
      code: 'INVALID_REQUEST',
    });
  });
});

describe('a server that stops', () => {
  it('finishes the requests that it has, and tells each client that it was the last', async () => {
    const { port } = await serve();
    const client = await connection(port);
    client.write(GET('/held/a'));
    await begun('a');
    const stopped = listening[Symbol.asyncDispose]();
    held.get('a')?.resolve();
    expect(await client.answer()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*done$/s);
    await stopped;
  });

  it('answers a request that was on its way through a connection that it took for idle', async () => {
    const { port } = await serve();
    const client = await connection(port);
    client.write(GET('/quick'));
    expect(await client.answer()).toContain('Connection: keep-alive');
    const stopped = listening[Symbol.asyncDispose]();
    client.write(GET('/quick'));
    expect(await client.answer()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n/s);
    await stopped;
  });

  it('answers who comes before they can know, and tells them that it was the last', async () => {
    const { port } = await serve();
    const held = await connection(port);
    const stopped = listening[Symbol.asyncDispose]();
    const late = await connection(port);
    late.write(GET('/quick'));
    expect(await late.answer()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n/s);
    held.socket.destroy();
    await stopped;
  });

  it('takes no connection once it has stopped, and stops at once when nobody is connected', async () => {
    const { port } = await serve();
    await listening[Symbol.asyncDispose]();
    await expect(connection(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not wait for connections that stay silent, whether they ever had a request or not', async () => {
    const { port } = await serve(60_000);
    const [fresh, used] = [await connection(port), await connection(port)];
    used.write(GET('/quick'));
    await used.answer();
    await listening[Symbol.asyncDispose]();
    for (const { socket } of [fresh, used]) if (!socket.closed) await once(socket, 'close');
  });

  it('spares a request that takes longer than connections are waited for', async () => {
    const { port } = await serve();
    const [silent, busy] = [await connection(port), await connection(port)];
    busy.write(GET('/held/d'));
    await begun('d');
    const stopped = listening[Symbol.asyncDispose]();
    await once(silent.socket, 'close');
    held.get('d')?.resolve();
    expect(await busy.answer()).toMatch(/done$/);
    await stopped;
  });

  it('cuts what is not done when its grace is over', async () => {
    const { port } = await serve(50);
    const client = await connection(port);
    client.write(GET('/held/c'));
    await begun('c');
    await listening[Symbol.asyncDispose]();
    expect(await client.answer()).toBe('');
  });
});
