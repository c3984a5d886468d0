/** The rules of the house (shared by `npm run check`): who may import whom. */
const DOORS = 'realtime|lobby|media|messaging|chain';

module.exports = {
  forbidden: [
    {
      name: 'rooms-know-no-door',
      comment: 'rooms/ is the core: it knows nothing of HTTP, sockets, NATS, media, chain, or who signs in.',
      severity: 'error',
      from: { path: '^src/rooms/' },
      to: { path: `^src/(${DOORS}|http|auth|presence|config|telemetry)/` },
    },
    {
      name: 'rooms-use-no-transport',
      comment: 'The core speaks no protocol.',
      severity: 'error',
      from: { path: '^src/rooms/' },
      to: {
        path: 'node_modules/(express|livekit-server-sdk|socket\\.io|@nats-io|ethers|keycloak-connect|zod)',
      },
    },
    {
      name: 'doors-know-no-other-door',
      severity: 'error',
      from: { path: `^src/(${DOORS})/` },
      to: { path: `^src/(${DOORS})/`, pathNot: '^src/$1/' },
    },
    {
      name: 'presence-knows-no-door',
      severity: 'error',
      from: { path: '^src/presence/' },
      to: { path: `^src/(${DOORS}|http|auth)/` },
    },
    {
      name: 'a-migration-stands-alone',
      comment: 'It says what was done then, so it must not change when the code does.',
      severity: 'error',
      from: { path: '^src/migrations/\\d' },
      to: { path: '^src/', pathNot: '^src/migrations/[a-z-]+\\.ts$' },
    },
    {
      name: 'folders-are-entered-by-their-index',
      comment: 'What a folder gives to others stands in its index.ts.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'only-config-reads-the-environment-files',
      comment: 'main.ts starts, service.ts composes; nothing imports them.',
      severity: 'error',
      from: { path: '^src/.+/' },
      to: { path: '^src/(main|service)\\.ts$' },
    },
    {
      name: 'product-code-is-not-test-code',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|stack|bench)/|\\.test\\.ts$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^(src|stack|bench)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
