import { type TransactionLike, toQuantity } from 'ethers';
import { checked, type Signer } from './signer.ts';

/** Milliseconds; a signer may ask a hardware module. */
const SIGNS_WITHIN = 5_000;

/**
 * The wallets of a signer elsewhere that holds the keys, by JSON-RPC over HTTP: `eth_accounts` and
 * `eth_signTransaction`, as Web3Signer, Clef and nodes have them.
 *
 * @throws Error when it does not answer
 */
export async function openExternalSigner(url: string): Promise<Signer[]> {
  const ask = async <T>(method: string, params: readonly unknown[]): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      redirect: 'error',
      signal: AbortSignal.timeout(SIGNS_WITHIN),
    });
    const answer = (await response.json()) as { result?: T; error?: { message?: string } };
    if (answer.result === undefined || answer.result === null)
      throw new Error(`the signer refused: ${answer.error?.message ?? 'no reason'}`);
    return answer.result;
  };
  const accounts = await ask<string[]>('eth_accounts', []);
  return accounts.map((account) => {
    const address = account.toLowerCase();
    return {
      address,
      async sign(transaction) {
        const result = await ask<string | { raw: string }>('eth_signTransaction', [
          asked(transaction, address),
        ]);
        return checked(typeof result === 'string' ? result : result.raw, transaction, address);
      },
    };
  });
}

function asked(transaction: TransactionLike, from: string): Record<string, unknown> {
  const { to, data, nonce, gasLimit, chainId, maxFeePerGas, maxPriorityFeePerGas, gasPrice } = transaction;
  const quantities = {
    nonce,
    gas: gasLimit,
    value: 0,
    chainId,
    maxFeePerGas,
    maxPriorityFeePerGas,
    gasPrice,
  };
  const given = Object.entries(quantities).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, toQuantity(value)]],
  );
  return { from, to, data: data ?? '0x', ...Object.fromEntries(given) };
}
