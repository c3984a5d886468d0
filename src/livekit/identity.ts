/**
 * LiveKit's identity of a user is their id; a further device of theirs is `{id}~{device}` and belongs to the
 * same participant and seat (spec/3-media.md).
 */
export const identityOf = (userId: string, device?: string): string =>
  device === undefined ? userId : `${userId}~${device}`;

export function userIdOf(identity: string): string {
  const [userId = ''] = identity.split('~', 1);
  return userId;
}
