import type { Row } from './row.ts';
import { joinBff } from './rows/join-bff.ts';
import { joinFirst } from './rows/join-first.ts';
import { joinHeld } from './rows/join-held.ts';
import { natsConnect } from './rows/nats-connect.ts';

/** Every row, in the order of the table (spec/8-performance.md). */
export const allRows: readonly Row[] = [joinHeld, joinFirst, joinBff, natsConnect];
