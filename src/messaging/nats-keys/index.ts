export {
  type AuthorizationRequest,
  createAuthorizations,
  type NotARequest,
  type Permissions,
} from './authorization.ts';
export { createBox } from './box.ts';
