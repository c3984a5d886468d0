import { join } from 'node:path';
import { anvilArgs, anvilPackage, contractAddress, findAnvil, stateFileFor } from '../chain/anvil.ts';
import { readArtifact } from '../chain/artifact.ts';
import { walletCount } from '../chain/wallet-count.ts';
import { dev } from '../dev-values.ts';
import type { Installation } from '../install/installation.ts';
import { packageVersion } from '../install/npm-package.ts';
import { tcpReady } from '../run/probe.ts';
import { type Place, type ServerDescription, tcp } from '../server-description.ts';
import { StackError } from '../stack-error.ts';
import { stateFolder } from '../state.ts';
import { contract } from './contract.ts';

/** A chain whose blocks come with its transactions only would never confirm the last of them. Seconds. */
const blockTime = 1;

const version = packageVersion('@foundry-rs/anvil');

/** Its program comes with the npm packages. */
const fromNpm: Installation = {
  title: `anvil ${version}`,
  find: async () => findAnvil(),
  async install() {
    throw new StackError(
      `npm installed no @foundry-rs/${anvilPackage}: where there is such a package, npm ci --include=optional; where not, set CHAIN_URL to a node elsewhere`,
    );
  },
};

/** All that goes with a chain; one that runs elsewhere has its own, which comes with it in the environment. */
const ofTheChain = ({ env, offset }: Place) => {
  const isElsewhere = Boolean(env['CHAIN_URL']);
  const own = {
    CHAIN_CONTRACT: contractAddress,
    // One for all instances, wherever the stack keeps its other data.
    CHAIN_KEYSTORES: join(stateFolder(offset), 'anvil', 'keystores'),
    CHAIN_KEYSTORE_PASSWORD: dev.chainKeystorePassword,
    CHAIN_CONFIRMATIONS: '1',
  };
  return isElsewhere ? Object.fromEntries(Object.keys(own).map((name) => [name, ''])) : own;
};

/** A chain of one node, with the contract on it and relayers that have money. */
export const anvil: ServerDescription = {
  name: 'anvil',
  needs: [],
  givenBy: 'CHAIN_URL',
  ports: (place) => [tcp(place.port('anvil'))],
  outputs: (place) => ({ CHAIN_URL: `ws://127.0.0.1:${place.port('anvil')}`, ...ofTheChain(place) }),
  installation: fromNpm,
  parts: { contract },
  async processes({ program, parts, folder, port, outputs, env }) {
    const artifact = readArtifact(parts['contract'] ?? '');
    const wallets = walletCount(env['STACK_CHAIN_WALLETS']);
    return [
      {
        name: 'anvil',
        command: program,
        args: anvilArgs({ port: port('anvil'), stateFile: stateFileFor(folder, artifact), blockTime }),
        cwd: folder,
        ready: tcpReady(port('anvil')),
        readyWithinMs: 20_000,
        graceMs: 5_000, // it writes its state
        async afterReady() {
          // Only now: whoever does not start it need not load all that this takes.
          const { prepareChain } = await import('../chain/deploy.ts');
          await prepareChain({
            url: `http://127.0.0.1:${port('anvil')}`,
            artifact,
            keystores: outputs['CHAIN_KEYSTORES'] ?? '',
            password: outputs['CHAIN_KEYSTORE_PASSWORD'] ?? '',
            wallets,
          });
        },
      },
    ];
  },
};
