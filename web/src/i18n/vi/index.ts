import type { Words } from '../en/index.ts';
import { common } from './common.ts';
import { errors } from './errors.ts';
import { lobby } from './lobby.ts';
import { room } from './room.ts';
import { wallet } from './wallet.ts';

export const vi: Words = { ...common, errors, lobby, room, wallet };
