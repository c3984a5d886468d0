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
      name: 'livekit-knows-no-door',
      comment: 'It speaks to LiveKit for the doors that need it.',
      severity: 'error',
      from: { path: '^src/livekit/' },
      to: { path: `^src/(${DOORS}|http|auth|presence)/` },
    },
    {
      name: 'sfu-knows-no-door',
      comment: 'Doors use it; who is let in is decided before.',
      severity: 'error',
      from: { path: '^src/sfu/' },
      to: { path: `^src/(${DOORS}|http|auth|presence)/` },
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
      name: 'the-rooms-client-takes-only-types-of-the-service',
      comment: 'By one file, which imports nothing but types: other backends carry what it brings along.',
      severity: 'error',
      from: { path: '^src/messaging/client/', pathNot: '^src/messaging/client/types\\.ts$' },
      to: { path: '^src/', pathNot: '^src/messaging/client/' },
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
      from: { path: '^(src|stack|bench|web)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'the-page-takes-only-types-of-the-service',
      comment:
        'By one file, which imports nothing but types: what browsers load has nothing of the service in it.',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/src/api/types\\.ts$' },
      to: { path: '^(src|stack|test|bench)/' },
    },
    {
      name: 'lobby-room-and-wallet-do-not-know-each-other',
      comment: 'What they share stands beside them: api/, auth/, i18n/, ui/, room-form/, room-look/.',
      severity: 'error',
      from: { path: '^web/src/(lobby|room|wallet)/' },
      to: { path: '^web/src/(lobby|room|wallet)/', pathNot: '^web/src/$1/' },
    },
    {
      name: 'what-they-share-knows-none-of-them',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/(lobby/|room/|wallet/|app\\.tsx$)' },
      to: { path: '^web/src/(lobby|room|wallet)/' },
    },
    {
      name: 'the-lobby-loads-no-livekit',
      comment: 'Whoever only looks around need not load what a call takes.',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/room/' },
      to: { path: 'node_modules/(livekit-client|@livekit)/' },
    },
    {
      name: 'the-room-is-loaded-when-it-is-entered',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/room/' },
      to: { path: '^web/src/room/', dynamic: false },
    },
    {
      name: 'the-wallet-door-is-loaded-when-it-is-opened',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/wallet/' },
      to: { path: '^web/src/wallet/', dynamic: false },
    },
    {
      name: 'ethers-is-loaded-by-the-wallet-door-alone',
      comment: 'By one file, which it loads when there is a chain to open.',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/wallet/visit/(open-chain|demo-wallet)(\\.test)?\\.ts$' },
      to: { path: 'node_modules/ethers/' },
    },
    {
      name: 'ethers-comes-in-a-chunk-of-its-own',
      severity: 'error',
      from: { path: '^web/src/', pathNot: '^web/src/wallet/visit/(open-chain|demo-wallet)(\\.test)?\\.ts$' },
      to: { path: '^web/src/wallet/visit/(open-chain|demo-wallet)\\.ts$', dynamic: false },
    },
    {
      name: 'the-page-is-not-its-tests',
      severity: 'error',
      from: { path: '^web/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
