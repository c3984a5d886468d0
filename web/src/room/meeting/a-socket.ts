import { EventEmitter } from 'node:events';
import type { FailureCode } from '../../api/api-error.ts';

export type Sent = Readonly<{
  name: string;
  payload: object;
  answer(more?: object): void;
  refuse(code: FailureCode, more?: object): void;
}>;

/** Socket.IO's client, for unit tests: the test is the line and the service. */
export class ASocket extends EventEmitter {
  connected = false;
  recovered = false;
  /** Whether it connects, or comes back, by itself. */
  active = false;
  connects = 0;
  /** What it was given to send; while it is down, the library would send that later. */
  readonly sent: Sent[] = [];
  readonly #unanswered = new Set<() => void>();

  connect(): this {
    this.connects += 1;
    this.active = true;
    return this;
  }
  disconnect(): this {
    if (this.connected) this.cut('io client disconnect');
    this.active = false;
    return this;
  }
  timeout(within: number) {
    return { emitWithAck: (name: string, payload: object) => this.#send(name, payload, within) };
  }
  #send(name: string, payload: object, within: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        clearTimeout(late);
        this.#unanswered.delete(fail);
        reject(new Error('no answer'));
      };
      const late = setTimeout(fail, within);
      this.#unanswered.add(fail);
      const answer = (said: object): void => {
        clearTimeout(late);
        this.#unanswered.delete(fail);
        resolve(said);
      };
      this.sent.push({
        name,
        payload,
        answer: (more) => answer({ ok: true, ...more }),
        refuse: (code, more) => answer({ ok: false, error: { code, message: code, ...more } }),
      });
    });
  }

  /** The line stands. */
  up(recovered = false): void {
    Object.assign(this, { connected: true, active: true, recovered });
    this.emit('connect');
  }
  cut(reason = 'transport close'): void {
    Object.assign(this, { connected: false, active: !reason.startsWith('io ') });
    for (const fail of [...this.#unanswered]) fail();
    this.emit('disconnect', reason);
  }
  /** The service does not let it in: the library does not come back by itself then. */
  refuse(code?: FailureCode): void {
    this.active = false;
    this.emit('connect_error', Object.assign(new Error('refused'), code && { data: { code } }));
  }
  /** There is no way through: the library tries again. */
  fail(): void {
    this.emit('connect_error', new Error('xhr poll error'));
  }

  last(): Sent {
    const sent = this.sent.at(-1);
    if (sent === undefined) throw new Error('nothing was sent');
    return sent;
  }
  names(): string[] {
    return this.sent.map(({ name }) => name);
  }
}
