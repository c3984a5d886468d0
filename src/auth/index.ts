export { createAdministratorGuard } from './administrators.ts';
export { createKeycloakCallbacks, type KeycloakCallbacks } from './keycloak-callbacks.ts';
export type { Principal } from './principal.ts';
export { createRevocations } from './revocations.ts';
export { createSigningKeys } from './signing-keys.ts';
export { type AccessTokens, createAccessTokens } from './verify.ts';
