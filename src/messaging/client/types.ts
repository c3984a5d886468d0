import type { z } from 'zod';
import type { ErrorCode, FieldError } from '../../errors.ts';
import type { Operations, Subject } from '../services/schemas.ts';

/** What the client knows of the service: types, and nothing that runs. */

/** Over the wire a moment is text: ISO 8601, UTC. */
type OverTheWire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? OverTheWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OverTheWire<T[Key]> }
      : T;

type Asked<S extends Subject> = z.input<Operations[S]['request']>;
export type Answered<S extends Subject> = OverTheWire<z.output<Operations[S]['answer']>>;
export type Call<S extends Subject> = (asked: Asked<S>) => Promise<Answered<S>>;

export type { ErrorCode, FieldError, Subject };
