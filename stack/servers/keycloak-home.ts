import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const realmFile = join(import.meta.dirname, '..', '..', 'keycloak', 'meetings-realm.json');

/** The parts of a distribution that Keycloak only reads when it was built before. */
const shared = ['bin', 'conf', 'lib', 'providers', 'themes'] as const;

/**
 * Makes a home in which two stacks never share what Keycloak writes: links to the cached distribution, and a
 * `data` folder of its own with the realm to import. Keycloak imports a realm only once, so `data` begins
 * anew when the realm file or a value that it takes from the environment has changed.
 * @returns the home's absolute path.
 */
export function prepareKeycloakHome(
  program: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): string {
  const distribution = dirname(dirname(program));
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  for (const part of shared) {
    rmSync(join(home, part), { recursive: true, force: true });
    symlinkSync(join(distribution, part), join(home, part));
  }
  const wanted = createHash('sha256')
    .update(JSON.stringify([distribution, readFileSync(realmFile, 'utf8'), environment]))
    .digest('hex');
  const data = join(home, 'data');
  const marker = join(data, 'imported');
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(join(data, 'import'), { recursive: true });
    cpSync(realmFile, join(data, 'import', 'meetings-realm.json'));
    writeFileSync(marker, wanted);
  }
  return home;
}
