import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const nodeModules = join(import.meta.dirname, '..', '..', 'node_modules');

/** The version of a package that is installed here. */
export function packageVersion(name: string): string {
  const text = readFileSync(join(nodeModules, name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
