/**
 * The names and secrets of the development stack. They are public by design: the service refuses to start
 * with any of them in production (spec/9-reliability.md). The same values stand in docker-compose.dev.yml.
 */
export const dev = {
  livekitKey: 'devkey',
  /** LiveKit wants at least 32 characters. */
  livekitSecret: 'devsecret-devsecret-devsecret-devsecret',
  turnSecret: 'turn-dev-secret-turn-dev-secret',
  realm: 'meetings',
  serviceClientId: 'realtime-service',
  serviceClientSecret: 'realtime-service-dev-secret',
  webClientId: 'web',
  keycloakAdmin: 'admin',
  keycloakAdminPassword: 'admin',
  users: ['alice', 'bob', 'carol', 'dave'],
  administrator: 'ada',
} as const;
