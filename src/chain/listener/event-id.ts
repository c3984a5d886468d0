import { createHash } from 'node:crypto';
import type { RawLog } from '../contract.ts';

/**
 * Names the events of some blocks, in their order. An event is what its transaction said, wherever that is mined: in
 * another block, after a reorganisation, it is the same event. Logs of one transaction that say the same are told apart
 * by their order.
 *
 * @param logs all logs of the contract in these blocks
 */
export function nameEvents(logs: readonly RawLog[]): { id: string; log: RawLog }[] {
  const seen = new Map<string, number>();
  return logs.map((log) => {
    const said = [log.transactionHash, ...log.topics, log.data].join('|').toLowerCase();
    const times = seen.get(said) ?? 0;
    seen.set(said, times + 1);
    return { id: createHash('sha256').update(`${said}|${times}`).digest('hex'), log };
  });
}
