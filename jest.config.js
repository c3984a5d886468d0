/**
 * Two projects: `unit` beside the source, without servers; `stack` against the real ones, which test/run.ts
 * (`npm test`) starts first. Both run as ES modules.
 */
const common = {
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  testPathIgnorePatterns: ['/node_modules/', '/.stack/'],
  modulePathIgnorePatterns: ['/.stack/'],
};

export default {
  // A deadline against hangs, not a measure: the stack shares two cores with Chromium and LiveKit.
  testTimeout: 30_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      roots: ['src', 'stack', 'bench', 'web/src'].map((folder) => `<rootDir>/${folder}`),
    },
    { ...common, displayName: 'stack', roots: ['<rootDir>/test'] },
  ],
};
