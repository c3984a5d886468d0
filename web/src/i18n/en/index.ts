import { common } from './common.ts';
import { errors } from './errors.ts';
import { lobby } from './lobby.ts';
import { room } from './room.ts';
import { wallet } from './wallet.ts';

export const en = { ...common, errors, lobby, room, wallet } as const;

/** The same places with words of another language. */
export type Words<T = typeof en> = { [Key in keyof T]: T[Key] extends string ? string : Words<T[Key]> };
