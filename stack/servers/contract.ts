import { join } from 'node:path';
import { cached } from '../install/cache.ts';
import { packageVersion } from '../install/npm-package.ts';
import { hashOf } from '../install/source-hash.ts';

const checkout = join(import.meta.dirname, '..', '..');

const source = 'contracts/MeetingRooms.sol';
const compiler = 'stack/chain/compile.ts';

/** The contract, compiled into JSON (`chain/artifact.ts`), and again when it or its compiler changes. */
export const contract = cached({
  name: 'contract',
  title: `contract (solc ${packageVersion('solc')})`,
  version: () => hashOf(checkout, [source, compiler, 'node_modules/solc/package.json']),
  program: 'MeetingRooms.json',
  tools: [],
  keep: 3, // going back to another branch compiles nothing
  async build({ folder, run }) {
    await run({
      command: process.execPath,
      args: [compiler, source, join(folder, 'MeetingRooms.json')],
      cwd: checkout,
      // What a test runner sets for itself is nothing for the compiler.
      env: { NODE_OPTIONS: '' },
      reason: (log) => firstComplaint(log),
    });
  },
});

/** The first error or warning of solc, in one line and with its place; undefined when there is none. */
export function firstComplaint(log: string): string | undefined {
  const [, message, place] = /^((?:\w+Error|Warning): .+)\n +--> ([^\n]+?):?$/m.exec(log) ?? [];
  return message && `the contract does not compile: ${message} (${place})`;
}
