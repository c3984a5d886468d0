import { describe, expect, it } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { readableLogger } from '../../test/support/readable-logger.ts';
import { ServiceError } from '../errors.ts';
import { createErrorHandler, notFound } from './error-handler.ts';

/** An application of one route that throws. */
function throwing(thrown: unknown) {
  const { logger, lines } = readableLogger();
  const app = express();
  app.get('/throws', () => {
    throw thrown;
  });
  app.use(notFound);
  app.use(createErrorHandler(logger));
  return { app, lines };
}
const httpError = (status: number, more: object = {}) =>
  Object.assign(new Error('a text of theirs'), { status, ...more });

describe('what was thrown', () => {
  it('on purpose is answered as it says, as a problem that nobody may keep', async () => {
    const { app } = throwing(new ServiceError('ROOM_FULL', 'Every seat is taken.'));
    const answer = await request(app).get('/throws').expect(409);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      type: 'urn:realtime:problem:room-full',
      title: 'The room is full',
      status: 409,
      detail: 'Every seat is taken.',
      code: 'ROOM_FULL',
    });
  });

  it('on purpose brings the headers of its code', async () => {
    const unavailable = await request(throwing(new ServiceError('STORE_UNAVAILABLE', 'x')).app).get(
      '/throws',
    );
    expect(unavailable.headers['retry-after']).toBe('2');
    const unknown = await request(throwing(new ServiceError('UNAUTHENTICATED', 'x')).app).get('/throws');
    expect(unknown.headers['www-authenticate']).toBe('Bearer realm="meetings"');
  });

  it.each<[string, unknown]>([
    ['an error', new Error('hunter2 at /srv/app/x.ts')],
    ['a text', 'hunter2'],
    ['an object', { status: 'hunter2', message: 'hunter2' }],
    ['an error that says 500', httpError(500, { message: 'hunter2' })],
    ['an error that says 200', httpError(200, { message: 'hunter2' })],
    ['an error whose status is no number', httpError(0, { status: '404', message: 'hunter2' })],
  ])('by mistake is 500 and shows nothing: %s', async (_what, thrown) => {
    const { app, lines } = throwing(thrown);
    const answer = await request(app).get('/throws').expect(500);
    expect(answer.body).toMatchObject({ code: 'INTERNAL', detail: 'Something went wrong on our side.' });
    expect(answer.text).not.toContain('hunter2');
    expect(answer.text).not.toContain('.ts');
    const [line] = lines();
    expect(line).toMatchObject({
      level: 'error',
      event: 'request.failed',
      code: 'INTERNAL',
      method: 'GET',
      path: '/throws',
    });
    expect(JSON.stringify(line)).toContain('hunter2');
  });

  it.each<[string, unknown, number, string]>([
    ['a body that is too large', httpError(413, { type: 'entity.too.large' }), 413, 'PAYLOAD_TOO_LARGE'],
    ['413', httpError(413), 413, 'PAYLOAD_TOO_LARGE'],
    ['415', httpError(415), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'JSON that is none',
      httpError(400, { type: 'entity.parse.failed', body: '{"token":"x' }),
      400,
      'INVALID_REQUEST',
    ],
    ['a request that was cut off', httpError(400, { type: 'request.aborted' }), 400, 'INVALID_REQUEST'],
    ['another refusal of 400 to 499', httpError(422), 400, 'INVALID_REQUEST'],
  ])('by what reads requests is told apart: %s', async (_what, thrown, status, code) => {
    const { app } = throwing(thrown);
    const answer = await request(app).get('/throws').expect(status);
    expect(answer.body).toMatchObject({ code, status });
    expect(answer.text).not.toContain('a text of theirs');
  });

  it('as a refusal is noted for those who look closely only, and a wrong signature for all', async () => {
    const refused = throwing(new ServiceError('KICKED', 'x'));
    await request(refused.app).get('/throws?token=hunter2');
    expect(refused.lines()).toMatchObject([{ level: 'debug', event: 'request.refused', code: 'KICKED' }]);
    const unsigned = throwing(new ServiceError('SIGNATURE_INVALID', 'x', { cause: new Error('why') }));
    await request(unsigned.app).get('/throws');
    expect(unsigned.lines()).toMatchObject([{ level: 'warn', event: 'signature.refused' }]);
  });

  it('leaves the query out of the log', async () => {
    const { app, lines } = throwing(new Error('x'));
    await request(app).get('/throws?key=hunter2').expect(500);
    expect(JSON.stringify(lines())).not.toContain('hunter2');
  });

  it('is a problem for an address where there is nothing', async () => {
    const answer = await request(throwing(null).app).get('/elsewhere').expect(404);
    expect(answer.body).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is a problem for an address that cannot be read', async () => {
    const { logger } = readableLogger();
    const app = express();
    app.get('/rooms/:id', (_request, response) => void response.end());
    app.use(createErrorHandler(logger));
    const answer = await request(app).get('/rooms/%E0%A4%A').expect(400);
    expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('after the answer began cuts the connection, so that nobody takes half an answer for a whole one', async () => {
    const { logger, lines } = readableLogger();
    const app = express();
    app.set('env', 'test');
    app.get('/half', (_request, response) => {
      response.write('{"rooms":[');
      throw new Error('x');
    });
    app.use(createErrorHandler(logger));
    await expect(request(app).get('/half')).rejects.toThrow(/aborted|hang up/);
    expect(lines()).toMatchObject([{ event: 'request.failed' }]);
  });
});
