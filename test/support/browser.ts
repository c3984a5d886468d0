import { type Browser, chromium } from 'playwright-core';
import { installTools } from '../../stack/tools/install-tools.ts';

/**
 * A real Chromium with a fake camera and microphone. Closing it is the caller's.
 * @param options.grant false when it is to refuse both
 */
export async function openBrowser(options: { grant?: boolean } = {}): Promise<Browser> {
  const executablePath = (await installTools(['chromium'], { quiet: true })).get('chromium');
  if (executablePath === undefined) throw new Error('there is no Chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      options.grant === false ? '--deny-permission-prompts' : '--use-fake-ui-for-media-stream',
    ],
  });
}
