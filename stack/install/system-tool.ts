import { ensurePackages } from './apt.ts';
import type { InstallContext } from './installation.ts';
import { findOnPath } from './on-path.ts';

/** A program of the operating system that an installation or a server runs with. */
export interface SystemTool {
  readonly command: string;
  /** The Debian packages that bring it. */
  readonly packages: readonly string[];
}

export const cargo: SystemTool = { command: 'cargo', packages: ['cargo'] };
export const cmake: SystemTool = { command: 'cmake', packages: ['cmake', 'build-essential'] };
export const java: SystemTool = { command: 'java', packages: ['openjdk-17-jre-headless'] };
export const maven: SystemTool = { command: 'mvn', packages: ['maven'] };
export const go: SystemTool = { command: 'go', packages: ['golang-go'] };
export const python: SystemTool = { command: 'python3', packages: ['python3', 'python3-venv'] };
export const unzip: SystemTool = { command: 'unzip', packages: ['unzip'] };

/**
 * The tool's absolute path, after installing its packages when it is missing.
 * @throws StackError naming the command that would install it, when we may not.
 */
export async function requireTool(
  tool: SystemTool,
  neededBy: string,
  context: InstallContext,
): Promise<string> {
  const found = findOnPath(tool.command, context.env);
  if (found) return found;
  await ensurePackages(tool.packages, `${neededBy} needs ${tool.command}`, context);
  return findOnPath(tool.command, context.env) ?? tool.command;
}
