import { pipProgram } from '../install/pip.ts';
import type { ToolDescription } from './tool-description.ts';

/** Checks deploy/kubernetes against Kubernetes' own schemas, which it brings along. */
export const kubernetesValidate: ToolDescription = {
  name: 'kubernetes-validate',
  installation: pipProgram({
    name: 'kubernetes-validate',
    project: 'kubernetes-validate',
    version: '1.37.0',
    script: 'kubernetes-validate',
  }),
};
