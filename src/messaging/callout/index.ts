export { openCallout } from './callout.ts';
export { inboxIn } from './permissions.ts';
