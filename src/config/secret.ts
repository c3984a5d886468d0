import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A value that must not be seen. It prints, serialises and inspects as `[secret]`, so a log line, a trace
 * attribute or an error that holds one gives nothing away; `reveal()` is the one way to the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.toPrimitive](): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
