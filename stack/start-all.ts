import { runSteps } from './progress.ts';
import type { ServerDescription } from './server-description.ts';

/**
 * Starts each server as soon as those it needs are up.
 * @throws what the first failing server threw; those not yet begun are not started then.
 */
export async function startAll(
  servers: readonly ServerDescription[],
  options: { readonly quiet: boolean; readonly signal: AbortSignal },
  start: (server: ServerDescription, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const up = new Map(servers.map((server) => [server.name, Promise.withResolvers<void>()]));
  const steps = servers.map((server) => ({
    title: server.name,
    verb: 'starting',
    async run(report: (line: string) => void) {
      const mine = up.get(server.name);
      mine?.promise.catch(() => {}); // those who need it hear it; there may be none
      try {
        const needed = server.needs.filter((name) => up.has(name));
        if (needed.length > 0) report(`waits for ${needed.join(', ')}`);
        await Promise.all(needed.map((name) => up.get(name)?.promise));
        signal.throwIfAborted();
        report('');
        await start(server, signal);
        mine?.resolve();
      } catch (error) {
        failure.abort(error);
        mine?.reject(error);
        throw error;
      }
    },
  }));
  await runSteps(steps, options.quiet);
}
