export { type Config, ConfigError, loadConfig } from './load.ts';
export { Secret } from './secret.ts';
