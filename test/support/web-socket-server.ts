import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** Of RFC 6455: what a server proves with that it read the handshake. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x1;
const CLOSE = 0x8;

/** One connection, as the server has it. */
export type WebSocketClient = Readonly<{
  say(text: string): void;
  /** Bytes as they are: no frame is put around them. */
  sayBytes(bytes: Uint8Array): void;
  /** Ends the connection without a word. */
  cut(): void;
}>;

export type WebSocketServer = AsyncDisposable &
  Readonly<{
    url: string;
    /** Those that came, the first first; those that are gone as well. */
    clients: readonly WebSocketClient[];
    /** Of them, how many are connected. */
    connected(): number;
  }>;

/**
 * A WebSocket server whose every word a test chooses; it takes text in whole frames, as Node's client sends it.
 *
 * @param handlers.letIn settles when the handshake may be answered
 */
export async function webSocketServer(handlers: {
  onText: (text: string, client: WebSocketClient) => void;
  letIn?: () => Promise<void>;
  port?: number;
}): Promise<WebSocketServer> {
  const { onText, letIn = async () => {}, port = 0 } = handlers;
  const clients: WebSocketClient[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on('upgrade', async ({ headers }, socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    await letIn();
    const proof = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `${['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${proof}`].join('\r\n')}\r\n\r\n`,
    );
    const client: WebSocketClient = {
      say: (text) => socket.write(frameOf(text)),
      sayBytes: (bytes) => socket.write(bytes),
      cut: () => socket.destroy(),
    };
    clients.push(client);
    let unread: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      for (let frame = frameIn(unread); frame; frame = frameIn(unread)) {
        unread = unread.subarray(frame.length);
        if (frame.opcode === TEXT) onText(frame.payload.toString(), client);
        if (frame.opcode === CLOSE) socket.end(Buffer.from([0x80 | CLOSE, 0]));
      }
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    connected: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A frame of text, whole and without a mask, of up to 64 KiB. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = [0x80 | TEXT, ...(payload.length < 126 ? [payload.length] : [126])];
  const length = Buffer.alloc(payload.length < 126 ? 0 : 2);
  if (length.length > 0) length.writeUInt16BE(payload.length);
  return Buffer.concat([Buffer.from(head), length, payload]);
}

/** The first frame, as clients send them: with a mask. Null while it is not there as a whole. */
function frameIn(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const short = second & 0x7f;
  const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
  const start = 2 + extra + 4;
  if (bytes.length < start) return null;
  const size = extra === 0 ? short : bytes.readUIntBE(extra === 2 ? 2 : 4, extra === 2 ? 2 : 6);
  if (bytes.length < start + size) return null;
  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, start + size).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return { opcode: first & 0xf, payload: Buffer.from(payload), length: start + size };
}
