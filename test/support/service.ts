import { loadConfig } from '../../src/config/index.ts';
import { type Service, startService } from '../../src/service.ts';
import { createLogger, type Logger } from '../../src/telemetry/index.ts';
import { stack } from './stack.ts';

/** Further instance of the service, in this process, with settings of its own. */
export async function startInstance(
  settings: Readonly<Record<string, string>> = {},
  logger?: Logger,
): Promise<Service & Readonly<{ url: string; api: string }>> {
  const config = loadConfig({
    ...stack.serviceEnv,
    PORT: '1',
    METRICS_PORT: '', // the stack's own instance has it
    INSTANCE_ID: 'service-test',
    LOG_LEVEL: 'error',
    ...settings,
  });
  const free = { ...config, http: { ...config.http, port: 0 } };
  const service = await startService(free, logger ?? createLogger(config));
  const url = `http://127.0.0.1:${service.port}`;
  return {
    ...service,
    url,
    api: `${url}/api/realtime`,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
