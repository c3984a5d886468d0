import { aptProgram } from '../install/apt.ts';
import type { ToolDescription } from './tool-description.ts';

/** Checks docker-compose.dev.yml (`config -q`), which takes no Docker engine. */
export const compose: ToolDescription = {
  name: 'docker-compose',
  installation: aptProgram({ command: 'docker-compose', packages: ['docker-compose'] }),
};
