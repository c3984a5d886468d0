import { isHexString } from 'ethers/utils';
import { Wallet } from 'ethers/wallet';

const KEPT_AS = 'meetings.demo-wallet';

/**
 * The wallet of last time in this browser, or a new one. Its key lies open in the browser's storage: it is for chains of
 * development only, where its money is worth nothing.
 */
export function demoWallet(storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage): Wallet {
  const kept = storage.getItem(KEPT_AS);
  return isHexString(kept, 32) ? new Wallet(kept) : newDemoWallet(storage);
}

export function newDemoWallet(storage: Pick<Storage, 'setItem'> = localStorage): Wallet {
  const wallet = new Wallet(Wallet.createRandom().privateKey);
  storage.setItem(KEPT_AS, wallet.privateKey);
  return wallet;
}
