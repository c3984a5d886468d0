import type { Principal } from '../auth/index.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { LobbySocket } from './protocol.ts';

/** Events of one socket that may wait their turn: more than a second's worth of every limit together. */
const MAX_WAITING = 256;
/** Refusals within `FLOOD_WINDOW` after which a client that looks at none of them is cut. */
const MAX_REFUSALS = 100;
const FLOOD_WINDOW = 60_000;
/** Each refusal in a row makes the next answer later by this, up to `MAX_DELAY`. Milliseconds. */
const DELAY_STEP = 20;
const MAX_DELAY = 500;
/** The longest that a timer can wait (2^31 − 1 ms). */
const MAX_TIMER = 2_147_483_647;

/**
 * One socket and its user: whose token it holds and for how long, which room it is in, its events one after the other,
 * and its patience with them.
 */
export class Session {
  readonly socket: LobbySocket;
  #principal: Principal;
  /** The room that the socket is in; null in the lobby. */
  roomId: string | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #refusals = 0;
  #inARow = 0;
  #windowEnds = 0;
  #timers: NodeJS.Timeout[] = [];
  #ended = false;
  readonly #warnBefore: number;
  readonly #now: () => Date;

  /** @param options.warnBefore milliseconds before its token expires at which the client is warned */
  constructor(socket: LobbySocket, principal: Principal, options: { warnBefore: number; now: () => Date }) {
    this.socket = socket;
    this.#principal = principal;
    this.#warnBefore = options.warnBefore;
    this.#now = options.now;
  }

  get principal(): Principal {
    return this.#principal;
  }

  get userId(): string {
    return this.#principal.user.id;
  }

  /** Starts the clock of the token that the socket came with. */
  begin(): void {
    this.#watchExpiry();
  }

  /** @throws IDENTITY_MISMATCH when the token is another's */
  renew(principal: Principal): void {
    if (principal.user.id !== this.userId)
      throw new ServiceError('IDENTITY_MISMATCH', 'This token is of another user.');
    this.#principal = principal;
    this.#watchExpiry();
  }

  #watchExpiry(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#ended) return;
    const expiresAt = new Date(this.#principal.expiresAt * 1_000);
    const left = expiresAt.getTime() - this.#now().getTime();
    const warn = () => this.socket.emit('auth:expiring', { expiresAt });
    const end = () => {
      if (left > MAX_TIMER) this.#watchExpiry();
      else this.end('TOKEN_EXPIRED', 'Your token has expired. Sign in again and reconnect.');
    };
    this.#timers = [
      setTimeout(warn, Math.min(Math.max(left - this.#warnBefore, 0), MAX_TIMER)),
      setTimeout(end, Math.min(Math.max(left, 0), MAX_TIMER)),
    ];
  }

  /** Tells the client why, and cuts the socket; the client's library does not come back by itself then. */
  end(code: ErrorCode, message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.socket.emit('session:ended', { code, message });
    this.socket.disconnect(true);
  }

  /** The socket is gone: nothing of it may keep running. */
  close(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /**
   * Runs the work of the socket's events in the order in which they came; none of it once the session has ended. Too
   * many waiting end it. `work` handles its own errors.
   */
  run(work: () => Promise<void>): void {
    if (this.#ended) return;
    if (this.#waiting >= MAX_WAITING) {
      this.end(
        'RATE_LIMITED',
        `You sent ${MAX_WAITING} events more than you were answered. Reconnect, and slow down.`,
      );
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(() => (this.#ended ? undefined : work()))
      .catch(() => {})
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** An event was in time. */
  calm(): void {
    this.#inARow = 0;
  }

  /**
   * An event came too fast: it is answered later, and with it all that wait; a client that goes on all the same is cut.
   * One that does not even wait for its answers has too many waiting before that (`run`).
   * @returns after how many milliseconds to answer
   */
  tooFast(): number {
    const now = performance.now();
    if (now > this.#windowEnds) {
      this.#windowEnds = now + FLOOD_WINDOW;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    this.#inARow += 1;
    if (this.#refusals > MAX_REFUSALS)
      this.end('RATE_LIMITED', 'You went on sending far more than is allowed. Reconnect, and slow down.');
    return Math.min(this.#inARow * DELAY_STEP, MAX_DELAY);
  }
}
