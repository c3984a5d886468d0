import type { BuildContext } from './cache.ts';

/** The plugin that downloads; pinned, as "latest" would be looked up anew each time. */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

/**
 * Downloads one artifact (`group:artifact:version:packaging[:classifier]`) from Maven into a folder, under
 * its usual file name.
 */
export async function downloadFromMaven(build: BuildContext, artifact: string, into: string): Promise<void> {
  await build.run({
    command: build.tool('mvn'),
    args: ['-B', '-ntp', plugin, `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`],
    cwd: into, // away from any pom.xml
  });
}
