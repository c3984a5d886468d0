import { z } from 'zod';
import { ServiceError } from '../../errors.ts';
import { defineRoute, type Route } from '../../http/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { type DeadLetters, type DeadRequest, partiesOfDead } from './dead-letters.ts';

const numberParams = z.object({
  number: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .meta({
      description: 'The request, by its number in the list.',
      override: { type: 'integer', minimum: 1 },
    }),
});

const pageQuery = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is no cursor of ours')
    .optional()
    .meta({ description: '`next` of the page before.' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(50)
    .meta({ override: { type: 'integer', minimum: 1, maximum: 100 } }),
});

const moment = z.date().meta({ override: { type: 'string', format: 'date-time' } });

const deadRequest = z
  .object({
    number: z.int(),
    roomId: z.string(),
    userId: z.string(),
    reason: z.string().meta({
      description:
        'The code of its last failure; `ABANDONED` when no instance that had it in hand lived to say one.',
      example: 'STORE_UNAVAILABLE',
    }),
    tries: z.int(),
    askedAt: moment,
    failedAt: moment,
  })
  .meta({ id: 'DeadRequest' });

const deadRequestInFull = deadRequest
  .extend({
    request: z.string().meta({ description: 'What was sent, without the tokens in it.' }),
  })
  .meta({ id: 'DeadRequestInFull' });

const deadRequests = z
  .object({ requests: z.array(deadRequest), next: z.string().nullable() })
  .meta({ id: 'DeadRequestPage' });

const AWAY = ['MESSAGING_UNAVAILABLE'] as const;

/** What administrators do about requests by NATS that could not be done. */
export function deadLetterRoutes(deps: {
  /** Null while NATS was never reached. */
  letters: () => DeadLetters | null;
  logger: Logger;
}): Route[] {
  const { logger } = deps;

  async function inLetters<T>(work: (letters: DeadLetters) => Promise<T>): Promise<T> {
    const letters = deps.letters();
    if (letters === null) throw unavailable();
    try {
      return await work(letters);
    } catch (error) {
      throw error instanceof ServiceError ? error : unavailable(error);
    }
  }

  return [
    defineRoute({
      method: 'get',
      path: '/admin/dead-requests',
      tag: 'Administration',
      summary: 'Requests by NATS that could not be done, the oldest first.',
      description: 'Each failed five times. They go by themselves after six days.',
      access: 'administrator',
      query: pageQuery,
      answers: { 200: { description: 'A page of them.', schema: deadRequests } },
      problems: AWAY,
      async handle({ query }) {
        const { requests, next } = await inLetters((letters) =>
          letters.list(Number(query.cursor ?? 0), query.limit),
        );
        return {
          status: 200,
          body: { requests: requests.map(present), next: next === null ? null : `${next}` },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/admin/dead-requests/{number}',
      tag: 'Administration',
      summary: 'One of them, with what was asked for.',
      access: 'administrator',
      params: numberParams,
      answers: { 200: { description: 'The request.', schema: deadRequestInFull } },
      problems: ['REQUEST_NOT_FOUND', ...AWAY],
      async handle({ params }) {
        const found = await inLetters((letters) => letters.get(params.number));
        return { status: 200, body: { ...present(found), request: withoutTokens(found.body) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/admin/dead-requests/{number}/put-back',
      tag: 'Administration',
      summary: 'Have one of them tried again, behind what its user asked for since.',
      description: 'What it had done before it failed is not done again.',
      access: 'administrator',
      params: numberParams,
      answers: { 204: { description: 'It is in the queue, and here no more.' } },
      problems: ['REQUEST_NOT_FOUND', 'BUSY', ...AWAY],
      async handle({ params: { number }, principal: { user } }) {
        await inLetters((letters) => letters.putBack(number));
        logger.info('messaging.request.put-back', { number, userId: user.id });
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/admin/dead-requests/{number}',
      tag: 'Administration',
      summary: 'Give one of them up for good.',
      access: 'administrator',
      params: numberParams,
      answers: { 204: { description: 'It is gone.' } },
      problems: ['REQUEST_NOT_FOUND', ...AWAY],
      async handle({ params: { number }, principal: { user } }) {
        await inLetters((letters) => letters.drop(number));
        logger.info('messaging.request.dropped', { number, userId: user.id });
        return { status: 204 };
      },
    }),
  ];
}

function present(request: DeadRequest): z.output<typeof deadRequest> {
  const { number, reason, tries, askedAt, failedAt } = request;
  return { number, ...partiesOfDead(request), reason, tries, askedAt, failedAt };
}

/** Whatever is called a token lets somebody in, and is nobody's to read. */
const withoutTokens = (body: Uint8Array): string =>
  Buffer.from(body)
    .toString('utf8')
    .replace(/("token"\s*:\s*")[^"]*"/gi, '$1[secret]"');

const unavailable = (cause?: unknown) =>
  new ServiceError('MESSAGING_UNAVAILABLE', 'Messaging does not answer. Try again shortly.', { cause });
