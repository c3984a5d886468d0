import { join } from 'node:path';
import { cached } from './cache.ts';
import type { Installation } from './installation.ts';
import { python } from './system-tool.ts';

export interface PipProgram {
  readonly name: string;
  /** The name on PyPI. */
  readonly project: string;
  readonly version: string;
  /** The script it installs. */
  readonly script: string;
}

/** A program from PyPI in a virtual environment of its own. */
export function pipProgram({ name, project, version, script }: PipProgram): Installation {
  return cached({
    name,
    version,
    program: join('venv', 'bin', script),
    tools: [python],
    async build({ folder, tool, run }) {
      const venv = join(folder, 'venv');
      await run({ command: tool('python3'), args: ['-m', 'venv', venv] });
      const pip = join(venv, 'bin', 'python');
      await run({ command: pip, args: ['-m', 'pip', 'install', '--quiet', `${project}==${version}`] });
    },
  });
}
