import { installAll } from '../install-all.ts';
import { StackError } from '../stack-error.ts';
import { allTools } from './all.ts';

export interface InstallToolsOptions {
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal;
  readonly quiet?: boolean;
}

/**
 * Installs the named tools where they are missing. Gives their absolute paths by name.
 * @throws StackError for an unknown name, or with the command that installs a missing tool.
 */
export async function installTools(
  names: readonly string[],
  { env = process.env, signal = new AbortController().signal, quiet = false }: InstallToolsOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const tools = names.map((name) => {
    const tool = allTools.find((one) => one.name === name);
    if (tool) return tool;
    throw new StackError(
      `there is no tool "${name}"; there are ${allTools.map((one) => one.name).join(', ')}`,
    );
  });
  return installAll(tools, { env, signal, quiet });
}
