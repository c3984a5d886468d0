import { aptProgram } from '../install/apt.ts';
import type { ToolDescription } from './tool-description.ts';

/** What the embedded recorder writes its files with. */
export const ffmpeg: ToolDescription = {
  name: 'ffmpeg',
  installation: aptProgram({ command: 'ffmpeg', packages: ['ffmpeg'] }),
};
