export {
  type AuthorizationRequest,
  type Authorizations,
  createAuthorizations,
  type NotARequest,
  type Permissions,
} from './authorization.ts';
export { type Box, createBox } from './box.ts';
