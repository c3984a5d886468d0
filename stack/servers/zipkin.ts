import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../install/cache.ts';
import { downloadFromMaven } from '../install/maven.ts';
import { java, maven } from '../install/system-tool.ts';
import { httpReady } from '../run/probe.ts';
import { type ServerDescription, tcp } from '../server-description.ts';

const version = '3.5.1';
/** A day of development traces; Zipkin drops the oldest beyond. */
const maxSpans = 100_000;

/** Keeps traces, in memory. */
export const zipkin: ServerDescription = {
  name: 'zipkin',
  needs: [],
  givenBy: 'ZIPKIN_URL',
  ports: (place) => [tcp(place.port('zipkin'))],
  outputs: (place) => ({ ZIPKIN_URL: `http://127.0.0.1:${place.port('zipkin')}/api/v2/spans` }),
  installation: cached({
    name: 'zipkin',
    version,
    program: 'zipkin.jar',
    tools: [java, maven],
    async build(context) {
      await downloadFromMaven(context, `io.zipkin:zipkin-server:${version}:jar:exec`, context.folder);
      renameSync(
        join(context.folder, `zipkin-server-${version}-exec.jar`),
        join(context.folder, 'zipkin.jar'),
      );
    },
  }),
  processes: async ({ program, folder, port }) => [
    {
      name: 'zipkin',
      command: 'java',
      args: [
        '-Xms64m',
        '-Xmx256m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1', // starts quicker; nobody measures Zipkin
        '-jar',
        program,
        // Spring does not merge lists, so the address brings its port and protocol along.
        '--armeria.ports[0].ip=127.0.0.1',
        `--armeria.ports[0].port=${port('zipkin')}`,
        '--armeria.ports[0].protocols[0]=http',
      ],
      env: { QUERY_PORT: `${port('zipkin')}`, STORAGE_TYPE: 'mem', MEM_MAX_SPANS: `${maxSpans}` },
      cwd: folder,
      ready: httpReady(`http://127.0.0.1:${port('zipkin')}/health`),
      readyWithinMs: 90_000,
      graceMs: 5_000,
    },
  ],
};
