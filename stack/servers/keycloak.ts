import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import { cached } from '../install/cache.ts';
import { downloadFromMaven } from '../install/maven.ts';
import { java, maven, unzip } from '../install/system-tool.ts';
import { httpReady } from '../run/probe.ts';
import { type ServerDescription, tcp } from '../server-description.ts';
import { prepareKeycloakHome } from './keycloak-home.ts';

const version = '26.4.0';

/**
 * Fixed when Keycloak is built, so that a start skips that step, which takes longer than the start. Health is
 * on the main port: no further port to keep free.
 */
export const buildOptions = [
  '--db=dev-file',
  '--health-enabled=true',
  '--http-management-health-enabled=false',
] as const;

/** As bin/kc.sh has them, with a heap for one developer. We skip that shell: it does not pass signals on. */
const javaOptions = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:MaxMetaspaceSize=256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
  '-Dfile.encoding=UTF-8',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  '-Dpicocli.disable.closures=true',
  '--add-opens=java.base/java.util=ALL-UNNAMED',
  '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
  '--add-opens=java.base/java.security=ALL-UNNAMED',
  '-Duser.language=en',
  '-Duser.country=US',
] as const;

/** Knows the users, and signs their tokens. The realm comes from `keycloak/meetings-realm.json`. */
export const keycloak: ServerDescription = {
  name: 'keycloak',
  needs: [],
  givenBy: 'KEYCLOAK_URL',
  ports: ({ port }) => [tcp(port('keycloak'))],
  outputs({ port, env }) {
    const url = env['KEYCLOAK_URL']?.replace(/\/$/, '') || `http://localhost:${port('keycloak')}`;
    return { KEYCLOAK_URL: url, KEYCLOAK_ISSUER: `${url}/realms/${dev.realm}` };
  },
  installation: cached({
    name: 'keycloak',
    title: `keycloak ${version}`,
    version: version + buildOptions.join(''),
    program: join('lib', 'quarkus-run.jar'),
    tools: [java, maven, unzip],
    async build(context) {
      const { folder, tool, run } = context;
      await downloadFromMaven(context, `org.keycloak:keycloak-quarkus-dist:${version}:zip`, folder);
      const zip = join(folder, `keycloak-quarkus-dist-${version}.zip`);
      await run({ command: tool('unzip'), args: ['-q', zip, '-d', folder] });
      rmSync(zip);
      const unpacked = join(folder, `keycloak-${version}`);
      await run({ command: join(unpacked, 'bin', 'kc.sh'), args: ['build', ...buildOptions] });
      for (const part of ['bin', 'conf', 'lib', 'providers', 'themes']) {
        renameSync(join(unpacked, part), join(folder, part));
      }
      rmSync(unpacked, { recursive: true });
    },
  }),
  async processes({ program, folder, port, outputs, env }) {
    const environment = {
      // The gateway as browsers reach it, in two ways, and as Keycloak does: a third only in docker-compose.dev.yml.
      GATEWAY_URL: outputs['PUBLIC_URL'] ?? '',
      GATEWAY_TLS_URL: outputs['PUBLIC_TLS_URL'] ?? '',
      GATEWAY_INTERNAL_URL: outputs['PUBLIC_URL'] ?? '',
      KEYCLOAK_CLIENT_SECRET: env['KEYCLOAK_CLIENT_SECRET'] ?? dev.serviceClientSecret,
    };
    const home = prepareKeycloakHome(program, folder, environment);
    const at = port('keycloak');
    return [
      {
        name: 'keycloak',
        command: 'java',
        args: [
          ...javaOptions,
          `-Dkc.home.dir=${home}`,
          `-Djboss.server.config.dir=${join(home, 'conf')}`,
          '-cp',
          join(home, 'lib', 'quarkus-run.jar'),
          'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
          'start',
          '--optimized',
          '--import-realm',
          '--cache=local', // one node: no JGroups
          '--http-enabled=true',
          '--http-host=127.0.0.1',
          `--http-port=${at}`,
          `--hostname=http://localhost:${at}`,
        ],
        env: {
          ...environment,
          KC_BOOTSTRAP_ADMIN_USERNAME: dev.keycloakAdmin,
          KC_BOOTSTRAP_ADMIN_PASSWORD: dev.keycloakAdminPassword,
        },
        cwd: folder,
        // The realm answers only after it was imported.
        ready: httpReady(`http://127.0.0.1:${at}/realms/${dev.realm}/.well-known/openid-configuration`),
        readyWithinMs: 120_000,
        graceMs: 10_000,
      },
    ];
  },
};
