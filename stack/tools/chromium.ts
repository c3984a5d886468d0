import { aptProgram } from '../install/apt.ts';
import type { ToolDescription } from './tool-description.ts';

/** The browser of the end-to-end tests, driven by playwright-core. */
export const chromium: ToolDescription = {
  name: 'chromium',
  installation: aptProgram({ command: 'chromium', packages: ['chromium'] }),
};
