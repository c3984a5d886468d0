import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import solc from 'solc';
import { z } from 'zod';

/**
 * Compiles a Solidity file into JSON with its ABI and its bytecode (`artifact.ts` reads it), which goes to standard
 * output where no file is named:
 *
 *   node stack/chain/compile.ts <contract.sol> [artifact.json]
 *
 * A process of its own: the compiler is 9 MB of WebAssembly, and listens to its process's signals and errors.
 */

/** Every chain has it by now; the compiler's own default may be ahead of a chain. */
const evmVersion = 'cancun';

const [source = '', into] = process.argv.slice(2);
const file = basename(source);
const contract = basename(source, '.sol');

const output = z.object({
  abi: z.array(z.unknown()),
  evm: z.object({ bytecode: z.object({ object: z.string() }) }),
});
const answer = z.object({
  errors: z.array(z.object({ formattedMessage: z.string() })).default([]),
  contracts: z.record(z.string(), z.record(z.string(), output)).default({}),
});

const question = {
  language: 'Solidity',
  sources: { [file]: { content: readFileSync(source, 'utf8') } },
  settings: {
    evmVersion,
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { [file]: { [contract]: ['abi', 'evm.bytecode.object'] } },
  },
};
const { errors, contracts } = answer.parse(JSON.parse(solc.compile(JSON.stringify(question))));
// Warnings count as errors: a contract cannot be mended once it is deployed.
for (const { formattedMessage } of errors) console.error(formattedMessage);
const compiled = contracts[file]?.[contract];
if (errors.length > 0 || !compiled) {
  process.exitCode = 1;
} else {
  const { abi, evm } = compiled;
  const artifact = { contract, compiler: `solc ${solc.version()}`, evmVersion, abi };
  const text = `${JSON.stringify({ ...artifact, bytecode: `0x${evm.bytecode.object}` }, null, 2)}\n`;
  if (into === undefined) process.stdout.write(text);
  else writeFileSync(into, text);
}
