import type { Place, ServerDescription } from './server-description.ts';

/** Whether the environment says that this server runs elsewhere. */
export function isGiven(server: ServerDescription, env: Readonly<NodeJS.ProcessEnv>): boolean {
  return server.givenBy !== undefined && Boolean(env[server.givenBy]);
}

/** What all servers tell each other. A value in the user's environment wins over a server's own. */
export function allOutputs(
  servers: readonly ServerDescription[],
  place: Place,
): Readonly<Record<string, string>> {
  const own = servers.flatMap((server) => Object.entries(server.outputs(place)));
  return Object.fromEntries(own.map(([name, value]) => [name, place.env[name] || value]));
}
