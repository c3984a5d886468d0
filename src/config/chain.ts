import type { Environment } from './schema.ts';

/** What the chain's door needs; CHAIN_URL opens it. */
const NEEDED = ['CHAIN_CONTRACT'] as const;
const GWEI = 1_000_000_000n;

/** The chain door's settings; null while it is closed. Of settings that have no fault. */
export function chainOf(env: Environment) {
  const { CHAIN_URL: url, CHAIN_CONTRACT: contract } = env;
  const wallets = walletsOf(env);
  if (!url || !contract || !wallets) return null;
  return {
    url,
    contract,
    startBlock: env.CHAIN_START_BLOCK,
    confirmations: env.CHAIN_CONFIRMATIONS,
    wallets,
    replaceAfter: env.CHAIN_REPLACE_AFTER,
    /** Wei for each unit of gas; decimal, since JSON has no bigint. */
    maxFee: `${BigInt(env.CHAIN_MAX_FEE_GWEI) * GWEI}`,
    /** Ether. */
    lowBalance: env.CHAIN_LOW_BALANCE,
  };
}

/** Who signs: keys in encrypted files, or a signer elsewhere. */
function walletsOf({
  CHAIN_SIGNER_URL: signer,
  CHAIN_KEYSTORES: folder,
  CHAIN_KEYSTORE_PASSWORD: password,
}: Environment) {
  if (signer !== undefined) return { kind: 'external' as const, url: signer };
  return folder === undefined || password === undefined
    ? null
    : { kind: 'keystores' as const, folder, password };
}

/** What the door needs and was not given: one line a fault, by variable, with the remedy. */
export function chainFaults(given: Readonly<Record<string, string>>): string[] {
  if (given['CHAIN_URL'] === undefined) return [];
  const keys = given['CHAIN_SIGNER_URL'] === undefined ? ['CHAIN_KEYSTORES', 'CHAIN_KEYSTORE_PASSWORD'] : [];
  return [...NEEDED, ...keys]
    .filter((name) => given[name] === undefined)
    .map(
      (name) =>
        `${name}: is missing; CHAIN_URL needs it${keys.includes(name) ? ', or CHAIN_SIGNER_URL' : ''}`,
    );
}
