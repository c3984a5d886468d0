import { homedir } from 'node:os';
import { join } from 'node:path';

type Env = Readonly<NodeJS.ProcessEnv>;

/** `$REALTIME_CACHE`, else `$XDG_CACHE_HOME/realtime-service`, else `~/.cache/realtime-service`. */
export function cacheFolder(env: Env): string {
  if (env['REALTIME_CACHE']) return env['REALTIME_CACHE'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'realtime-service');
}

/** The folder name of a cached program. What changes the result must be in `version`. */
export function cacheKey(name: string, version: string): string {
  return `${name}-${version}`.replace(/[^a-zA-Z0-9._-]/g, '_');
}
