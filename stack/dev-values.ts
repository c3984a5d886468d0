/**
 * The names and secrets of the development stack. They are public by design: the service refuses to start
 * with any of them in production (spec/9-reliability.md). The same values stand in docker-compose.dev.yml.
 */
export const dev = {
  livekitKey: 'devkey',
  /** LiveKit wants at least 32 characters. */
  livekitSecret: 'devsecret-devsecret-devsecret-devsecret',
  turnSecret: 'turn-dev-secret-turn-dev-secret',
  natsPassword: 'nats-dev-password-nats-dev-password',
  natsBackendPassword: 'nats-backend-dev-password',
  /** Keys of NATS: the account that signs what a user may do, the curve key that its requests are sealed with. */
  natsIssuerSeed: 'SAAOQQJLXW4KTS6I62CBPML2RBR5OWQT2WORD4HOJOG2XHIHU77QM3CEQQ',
  natsIssuer: 'AA3RCTGNNAUSJD7HXCR6XRIVYDANCRVFZM32HR4I7BSGLISUSBLAX6VY',
  natsXkeySeed: 'SXALRPPSMRDFOQCXXNZX6TZ7JTHK43J7X6LN6J772FU5GQ2HZOPGTB6JEY',
  natsXkey: 'XB6CJSFOAS432JXRAWOS5Q45ZMWUTYGWK3ZV6MEXJU7VIDQMOSHUWOVQ',
  messagingTokenSecret: 'messaging-dev-secret-messaging-dev-secret',
  /** Of the keystores of the relayers' wallets. */
  chainKeystorePassword: 'chain-dev-password-chain-dev-password',
  realm: 'meetings',
  serviceClientId: 'realtime-service',
  serviceClientSecret: 'realtime-service-dev-secret',
  webClientId: 'web',
  keycloakAdmin: 'admin',
  keycloakAdminPassword: 'admin',
  users: ['alice', 'bob', 'carol', 'dave'],
  administrator: 'ada',
} as const;
