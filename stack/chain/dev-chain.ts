import { HDNodeWallet, Mnemonic } from 'ethers';

/** Anvil's own, known to everybody. Whatever is on a chain of development is worth nothing. */
const mnemonic = 'test test test test test test test test test test test junk';

/**
 * An account that has 10,000 ETH from the first block on, so that no reorganisation takes them away. The first is the
 * deployer and owner of the contract; anvil has 10 unless it is told otherwise.
 */
export function devAccount(index: number): HDNodeWallet {
  return HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(mnemonic), `m/44'/60'/0'/0/${index}`);
}
