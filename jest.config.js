/**
 * Two projects: `unit` beside the source, without servers; `stack` against the real ones, which
 * test/support/global-setup.ts starts. Both run as ES modules on Node's own loader (see package.json, scripts).
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
  projects: [
    { ...common, displayName: 'unit', roots: ['<rootDir>/src', '<rootDir>/stack', '<rootDir>/bench'] },
    {
      ...common,
      displayName: 'stack',
      roots: ['<rootDir>/test'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
