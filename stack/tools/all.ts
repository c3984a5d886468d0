import { chromium } from './chromium.ts';
import { compose } from './compose.ts';
import { ffmpeg } from './ffmpeg.ts';
import { kubernetesValidate } from './kubernetes-validate.ts';
import { moto } from './moto.ts';
import type { ToolDescription } from './tool-description.ts';

/** Every tool of the tests. A new one is a file here and a line in this list. */
export const allTools: readonly ToolDescription[] = [chromium, compose, ffmpeg, kubernetesValidate, moto];
