import { z } from 'zod';
import type { KeycloakCallbacks } from '../auth/index.ts';
import { ServiceError } from '../errors.ts';
import { defineRoute, type Route } from '../http/index.ts';

const problems = ['SIGNATURE_INVALID', 'KEYCLOAK_UNAVAILABLE', 'STORE_UNAVAILABLE'] as const;
const done = { 200: { description: 'Every instance will know within a second.' } };

/** Where Keycloak's own calls arrive: the client's "Admin URL" and its back-channel logout URL. */
export function keycloakRoutes(callbacks: KeycloakCallbacks): Route[] {
  const adminAction = (name: string, summary: string) =>
    defineRoute({
      method: 'post',
      path: `/keycloak/${name}`,
      tag: 'Callbacks',
      summary,
      access: 'signed',
      text: ['text/plain', 'application/*', '*/*'],
      body: z.string().min(1),
      answers: done,
      problems,
      async handle({ body }) {
        await callbacks.adminAction(body);
        return { status: 200 };
      },
    });
  return [
    adminAction('k_push_not_before', "A not-before, pushed from Keycloak's console."),
    adminAction('k_logout', "A logout, pushed from Keycloak's console."),
    defineRoute({
      method: 'post',
      path: '/keycloak/backchannel-logout',
      tag: 'Callbacks',
      summary: 'OpenID Connect back-channel logout.',
      access: 'signed',
      text: ['application/x-www-form-urlencoded'],
      body: z.string().min(1),
      answers: done,
      problems,
      async handle({ body }) {
        const token = new URLSearchParams(body).get('logout_token');
        if (!token)
          throw new ServiceError('INVALID_REQUEST', 'There is no logout_token.', {
            fields: [{ path: 'body.logout_token', message: 'is missing' }],
          });
        await callbacks.backchannelLogout(token);
        return { status: 200 };
      },
    }),
  ];
}
