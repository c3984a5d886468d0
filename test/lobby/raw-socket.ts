import { once } from 'node:events';
import type { Answered } from '../support/socket.ts';

/** Longer than any answer takes. Milliseconds. */
const DEADLINE = 8_000;

/**
 * A socket that speaks Engine.IO and Socket.IO by hand (socket.io/docs/v4/socket-io-protocol), since the real client
 * refuses to send what a hostile one would. Disposing closes it.
 */
export class RawSocket implements AsyncDisposable {
  readonly #line: WebSocket;
  readonly #answers = new Map<number, (answer: Answered) => void>();
  readonly received: string[] = [];
  #asked = 0;

  private constructor(line: WebSocket) {
    this.#line = line;
    line.addEventListener('message', ({ data }) => this.#receive(String(data)));
  }

  /** Connected and let in. */
  static async open(url: string, token: string): Promise<RawSocket> {
    const line = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const raw = new RawSocket(line);
    await once(line, 'open', { signal: AbortSignal.timeout(DEADLINE) });
    raw.send(`40${JSON.stringify({ token })}`);
    await raw.#until((packet) => packet.startsWith('40'));
    return raw;
  }

  get isOpen(): boolean {
    return this.#line.readyState === WebSocket.OPEN;
  }

  send(packet: string | Uint8Array<ArrayBuffer>): void {
    this.#line.send(packet);
  }

  /** @param args what stands after the event's name, as JSON */
  ask(name: string, ...args: readonly string[]): Promise<Answered> {
    const id = this.#asked++;
    const answered = new Promise<Answered>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${name} was not answered`)), DEADLINE);
      const onClose = (): void => {
        clearTimeout(late);
        reject(new Error(`${name} cut the line`));
      };
      this.#line.addEventListener('close', onClose, { once: true });
      this.#answers.set(id, (answer) => {
        clearTimeout(late);
        this.#line.removeEventListener('close', onClose);
        resolve(answer);
      });
    });
    this.send(`42${id}[${[JSON.stringify(name), ...args].join()}]`);
    return answered;
  }

  #receive(packet: string): void {
    if (packet === '2') this.send('3');
    this.received.push(packet);
    const [, id, body] = /^43(\d+)(\[.*\])$/s.exec(packet) ?? [];
    if (id && body) this.#answers.get(Number(id))?.((JSON.parse(body) as [Answered])[0]);
  }

  async #until(like: (packet: string) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE);
    while (!this.received.some(like)) await once(this.#line, 'message', { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#line.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#line, 'close');
    this.#line.close();
    await closed;
  }
}
