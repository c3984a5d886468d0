import type { Installation } from '../install/installation.ts';

/** A program that only tests need. It is installed like a server and started by whoever uses it. */
export interface ToolDescription {
  readonly name: string;
  readonly installation: Installation;
}
