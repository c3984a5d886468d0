import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { output } from './stack.ts';

/** A real Socket.IO client, which remembers what it was told. */

export type Answered = {
  ok: boolean;
  error?: {
    code: string;
    message: string;
    fields?: { path: string; message: string }[];
    retryAfter?: number;
  };
} & Record<string, unknown>;
export type Heard = Readonly<{ name: string; payload: Record<string, unknown> }>;

const DEADLINE = 8_000;
const publicUrl = output('PUBLIC_URL');

export class TestSocket implements AsyncDisposable {
  readonly socket: Socket;
  readonly heard: Heard[] = [];
  /** Why the client was cut, each time. */
  readonly cuts: string[] = [];

  constructor(token: string | undefined, base: string, options: Partial<ManagerOptions & SocketOptions>) {
    this.socket = io(base, {
      auth: token === undefined ? {} : { token },
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...options,
    });
    this.socket.onAny((name: string, payload: Record<string, unknown>) => this.heard.push({ name, payload }));
    this.socket.on('disconnect', (reason) => this.cuts.push(reason));
  }

  /** Sends an event and answers its acknowledgement. */
  async ask(name: string, payload?: unknown): Promise<Answered> {
    return (await this.socket.timeout(DEADLINE).emitWithAck(name, payload)) as Answered;
  }

  /** Sends an event, and fails the test when it was refused. */
  async do(name: string, payload?: unknown): Promise<Answered> {
    const answered = await this.ask(name, payload);
    if (!answered.ok) throw new Error(`${name} was refused: ${JSON.stringify(answered)}`);
    return answered;
  }

  all(name: string): Record<string, unknown>[] {
    return this.heard.filter((one) => one.name === name).map(({ payload }) => payload);
  }

  /** The first message of this name that satisfies `like`, heard already or to come. */
  async hear(
    name: string,
    like: (payload: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    const found = () => this.heard.find((one) => one.name === name && like(one.payload))?.payload;
    const deadline = performance.now() + DEADLINE;
    for (;;) {
      const payload = found();
      if (payload) return payload;
      if (performance.now() > deadline)
        throw new Error(`did not hear ${name}; heard ${JSON.stringify(this.heard.map((one) => one.name))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Forgets what was heard so far. */
  clear(): void {
    this.heard.length = 0;
  }

  /** Cuts the line, as a bad network does; the client comes back by itself. */
  cut(): void {
    this.socket.io.engine.close();
  }

  /** From the next reconnection on it goes to another instance. */
  moveTo(url: string): void {
    Object.assign(this.socket.io, { uri: url });
  }

  /** Cuts the line, and stays away until it is told to come back. */
  async goAway(): Promise<void> {
    this.socket.io.reconnection(false);
    await this.#cutOff();
  }

  /** Connects again, with what its client remembers; to another instance if one is named. */
  comeBack(url?: string): Promise<this> {
    if (url !== undefined) this.moveTo(url);
    this.socket.io.reconnection(true);
    this.socket.connect();
    return this.connected();
  }

  /** Cuts the line, and waits until the client is back by itself. */
  async interrupt(url?: string): Promise<void> {
    if (url !== undefined) this.moveTo(url);
    await this.#cutOff();
    await this.connected();
  }

  async #cutOff(): Promise<void> {
    const off = new Promise((resolve) => this.socket.once('disconnect', resolve));
    this.cut();
    // At once, unless something is still to be sent.
    await off;
  }

  async connected(): Promise<this> {
    if (this.socket.connected) return this;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not connected in time')), DEADLINE);
      this.socket.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
      this.socket.once('connect_error', (error) => {
        if (this.socket.active) return;
        clearTimeout(timer);
        reject(error);
      });
    });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.disconnect();
  }
}

/** Connects with a token; to the gateway unless `base` says otherwise. */
export function openSocket(
  token: string | undefined,
  base = publicUrl,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<TestSocket> {
  return new TestSocket(token, base, options).connected();
}
