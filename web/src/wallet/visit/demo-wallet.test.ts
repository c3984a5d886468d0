import { describe, expect, it } from '@jest/globals';
import { demoWallet, newDemoWallet } from './demo-wallet.ts';

function aStorage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (name: string) => kept[name] ?? null,
    setItem(name: string, value: string) {
      kept[name] = value;
    },
  };
}

describe('the demo wallet', () => {
  it('is that of last time in this browser', () => {
    const storage = aStorage();
    const { address } = demoWallet(storage);
    expect(demoWallet(storage).address).toBe(address);
    expect(newDemoWallet(storage).address).not.toBe(address);
    expect(demoWallet(storage).address).not.toBe(address);
  });

  it('is a new one when what was kept is no key', () => {
    const storage = aStorage({ 'meetings.demo-wallet': 'x' });
    const { address } = demoWallet(storage);
    expect(demoWallet(storage).address).toBe(address);
  });
});
