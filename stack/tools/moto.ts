import { pipProgram } from '../install/pip.ts';
import type { ToolDescription } from './tool-description.ts';

/** A server that speaks S3, for the tests of recordings in a bucket. The program is its Python: `-m moto.server`. */
export const moto: ToolDescription = {
  name: 'moto',
  installation: pipProgram({ name: 'moto', project: 'moto[s3,server]', version: '5.1.22', script: 'python' }),
};
