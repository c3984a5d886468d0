/** Where an installation says what it is doing: one short line, replaced by the next. */
export type Report = (line: string) => void;

/** What an installation gets from whoever runs it. */
export interface InstallContext {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A way to have a program on this machine. */
export interface Installation {
  /** What is installed, for the progress display: `livekit 1.11.0`. */
  readonly title: string;
  /** The program's absolute path when it is there already. Quick, and changes nothing but when it was used. */
  find(env: Readonly<NodeJS.ProcessEnv>): Promise<string | undefined>;
  /**
   * Installs, and gives the program's absolute path.
   * @throws StackError with one line that says what to do.
   */
  install(context: InstallContext): Promise<string>;
}

/** Takes the first way for which the program is there; installs by the last one. */
export function firstOf(...ways: readonly [Installation, ...Installation[]]): Installation {
  const last = ways.at(-1) ?? ways[0];
  return {
    title: last.title,
    async find(env) {
      for (const way of ways) {
        const found = await way.find(env);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    install: (context) => last.install(context),
  };
}

/** Two ways to the same server, of which the environment chooses one. */
export function either({
  title,
  isWanted,
  first,
  second,
}: {
  readonly title: string;
  /** Whether it is to be the first. */
  isWanted(env: Readonly<NodeJS.ProcessEnv>): Promise<boolean>;
  readonly first: Installation;
  readonly second: Installation;
}): Installation {
  const chosen = async (env: Readonly<NodeJS.ProcessEnv>) => ((await isWanted(env)) ? first : second);
  return {
    title,
    find: async (env) => (await chosen(env)).find(env),
    install: async (context) => (await chosen(context.env)).install(context),
  };
}
