import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cached } from './cache.ts';
import type { Installation } from './installation.ts';
import { findOnPath } from './on-path.ts';
import { cargo, type SystemTool } from './system-tool.ts';

export interface CargoProgram {
  /** Of the binary. */
  readonly name: string;
  /** The name on crates.io. */
  readonly crate: string;
  readonly version: string;
  /** The oldest minor version of Rust 1 that was seen to compile it: 97 for 1.97. What the crate declares is passed over. */
  readonly rust: number;
  readonly tools?: readonly SystemTool[];
}

type Env = Readonly<NodeJS.ProcessEnv>;

/** The argument by which cargo takes the first toolchain here that is new enough: none for the usual one. */
async function toolchain(rust: number, env: Env): Promise<readonly string[] | undefined> {
  const program = findOnPath(cargo.command, env);
  if (!program) return undefined;
  // rustup would otherwise download a toolchain that is not here.
  const options = { env: { ...env, RUSTUP_AUTO_INSTALL: '0' }, timeout: 20_000 };
  for (const choice of [[], ['+nightly']]) {
    const said = await promisify(execFile)(program, [...choice, '--version'], options).catch(() => undefined);
    if (Number(/^cargo 1\.(\d+)\./.exec(said?.stdout ?? '')?.[1]) >= rust) return choice;
  }
  return undefined;
}

/** A program compiled by `cargo install`; `canBeHad` where it is there, or a Rust is installed that is new enough. */
export function cargoProgram({ name, crate, version, rust, tools = [] }: CargoProgram): Installation & {
  canBeHad(env: Env): Promise<boolean>;
} {
  const installation = cached({
    name,
    version,
    program: `bin/${name}`,
    tools: [cargo, ...tools],
    async build({ env, folder, tool, run }) {
      const choice = (await toolchain(rust, env)) ?? [];
      await run({
        command: tool(cargo.command),
        args: [...choice, 'install', crate, '--version', version, '--root', folder, '--ignore-rust-version'],
        // Not optimised across crates: it is waited for.
        env: { CARGO_PROFILE_RELEASE_LTO: 'off', CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16' },
      });
    },
  });
  const canBeHad = async (env: Env): Promise<boolean> =>
    (await installation.find(env)) !== undefined || (await toolchain(rust, env)) !== undefined;
  return { ...installation, canBeHad };
}
