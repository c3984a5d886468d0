import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { anvilArgs, findAnvil, stateFileFor } from './anvil.ts';
import { readArtifact } from './artifact.ts';
import { prepareChain } from './deploy.ts';
import { walletCount } from './wallet-count.ts';

/**
 * The process of anvil's container (`contracts/Dockerfile`): starts the node, makes its chain usable as `npm start` does,
 * and says so by a file that the health check looks for. It ends when the node ends, and passes SIGTERM on to it.
 */
const env = process.env;
const port = Number(env['ANVIL_PORT'] ?? 8545);
const readyFile = '/tmp/ready';
const url = `http://127.0.0.1:${port}`;
/** A node that does not answer by then is started anew by Docker. Milliseconds. */
const answersWithin = 20_000;

async function answers(): Promise<void> {
  const deadline = performance.now() + answersWithin;
  for (;;) {
    try {
      // What it says to this is of no interest.
      await fetch(url);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

rmSync(readyFile, { force: true });
const artifact = readArtifact(env['CONTRACT'] ?? '');
const args = anvilArgs({
  host: '0.0.0.0', // a container's loopback is nobody else's
  port,
  stateFile: stateFileFor(env['ANVIL_STORE'] ?? '', artifact),
  blockTime: 1,
});
const node = spawn(findAnvil() ?? 'anvil', args, { stdio: 'inherit' });
const ended = once(node, 'exit');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => node.kill('SIGTERM'));
void ended.then(([code]: number[]) => process.exit(code ?? 1));

await answers();
await prepareChain({
  url,
  artifact,
  keystores: env['CHAIN_KEYSTORES'] ?? '',
  password: env['CHAIN_KEYSTORE_PASSWORD'] ?? '',
  wallets: walletCount(env['STACK_CHAIN_WALLETS']),
});
writeFileSync(readyFile, '');
console.log('the chain is ready');
