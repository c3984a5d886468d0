import { createHmac } from 'node:crypto';

/** What a TURN server that knows `secret` takes as its user's password: base64 of HMAC-SHA1 over the name. */
export const passwordOf = (secret: string, username: string): string =>
  createHmac('sha1', secret).update(username).digest('base64');

/**
 * Credentials that a TURN server checks by itself, without asking anyone (its "REST API", draft-uberti-behave-turn-rest):
 * the name says until when, in seconds since 1970, and whose they are.
 */
export function credentialsFor(
  secret: string,
  userId: string,
  expiresAt: Date,
): Readonly<{ username: string; credential: string }> {
  const username = `${Math.floor(expiresAt.getTime() / 1_000)}:${userId}`;
  return { username, credential: passwordOf(secret, username) };
}
