import { describe, expect, it } from '@jest/globals';
import type { RawLog } from '../contract.ts';
import { nameEvents } from './event-id.ts';

const log = (more: Partial<RawLog> = {}): RawLog => ({
  address: '0xc0',
  topics: ['0xjoined', '0xroom', '0xwallet'],
  data: '0xabcd',
  blockNumber: '0x10',
  blockHash: '0xblock',
  transactionHash: '0xt1',
  logIndex: '0x0',
  ...more,
});
const idsOf = (...logs: RawLog[]) => nameEvents(logs).map(({ id }) => id);

describe('the name of an event', () => {
  it('is the same in whatever block and place its transaction is mined', () => {
    const elsewhere = { blockNumber: '0x11', blockHash: '0xother', logIndex: '0x7' };
    expect(idsOf(log(elsewhere))).toEqual(idsOf(log()));
  });

  it('is the same however a node writes it', () => {
    const upper = { transactionHash: '0xT1', topics: ['0xJOINED', '0xROOM', '0xWALLET'], data: '0xABCD' };
    expect(idsOf(log(upper))).toEqual(idsOf(log()));
  });

  it.each<[string, Partial<RawLog>]>([
    ['another transaction', { transactionHash: '0xt2' }],
    ['another event', { topics: ['0xleft', '0xroom', '0xwallet'] }],
    ['another room', { topics: ['0xjoined', '0xother', '0xwallet'] }],
    ['another wallet', { topics: ['0xjoined', '0xroom', '0xother'] }],
    ['other data', { data: '0xabce' }],
  ])('is another with %s', (_, other) => {
    expect(idsOf(log(other))).not.toEqual(idsOf(log()));
  });

  it('tells apart what one transaction says twice, by its order and not by its place', () => {
    const twice = idsOf(log({ logIndex: '0x0' }), log({ logIndex: '0x1' }));
    expect(new Set(twice).size).toBe(2);
    // In another block other transactions are before it, and something else of its own is between the two.
    const later = idsOf(
      log({ transactionHash: '0xt0' }),
      log({ logIndex: '0x3' }),
      log({ data: '0xff' }),
      log({ logIndex: '0x5' }),
    );
    expect([later[1], later[3]]).toEqual(twice);
  });

  it('is 64 hex digits, and comes with the log that it names, in their order', () => {
    const logs = [log(), log({ data: '0x' }), log()];
    const named = nameEvents(logs);
    expect(named.map((one) => one.log)).toEqual(logs);
    for (const { id } of named) expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(nameEvents([])).toEqual([]);
  });
});
