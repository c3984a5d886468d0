import type { Installation } from './install/installation.ts';
import { runSteps } from './progress.ts';

interface Installable {
  readonly name: string;
  readonly installation: Installation;
}

export interface InstallAllOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
}

/**
 * Installs what is missing, side by side. Gives the absolute path of each program by its name.
 * @throws StackError of the first that fails; the others are ended.
 */
export async function installAll(
  servers: readonly Installable[],
  { env, signal, quiet }: InstallAllOptions,
): Promise<ReadonlyMap<string, string>> {
  const programs = new Map<string, string>();
  const missing: Installable[] = [];
  for (const server of servers) {
    const found = await server.installation.find(env);
    if (found === undefined) missing.push(server);
    else programs.set(server.name, found);
  }
  const failure = new AbortController();
  const steps = missing.map((server) => ({
    title: server.installation.title,
    verb: 'installing',
    async run(report: (line: string) => void) {
      try {
        const both = AbortSignal.any([signal, failure.signal]);
        programs.set(server.name, await server.installation.install({ env, report, signal: both }));
      } catch (error) {
        failure.abort();
        throw error;
      }
    },
  }));
  await runSteps(steps, quiet);
  return programs;
}
