import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { startTestTracing, type TestTracing } from '../../test/support/test-tracing.ts';
import { Secret } from '../config/index.ts';
import { createLogger } from './logger.ts';

type Line = Record<string, unknown>;
type Level = 'error' | 'warn' | 'info' | 'debug';

function logging(level: Level = 'debug', format: 'json' | 'pretty' = 'json') {
  const stream = new PassThrough();
  const logger = createLogger({ instanceId: 'service-7', log: { level, format } }, stream);
  const text = (): string => String(stream.read() ?? '');
  const lines = (): Line[] =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  return { logger, text, lines };
}
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const JWT = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub: 'alice' })}.c2lnbmF0dXJl`;

let tracing: TestTracing;
beforeAll(() => {
  tracing = startTestTracing();
});
afterAll(async () => tracing[Symbol.asyncDispose]());

describe('a line of the log', () => {
  it('is one line of JSON: when, how bad, what, where, and the fields', () => {
    const { logger, lines } = logging();
    logger.info('token.minted', { roomId: 'a-room', userId: 'alice' });
    const [line, ...more] = lines();
    expect(more).toEqual([]);
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      event: 'token.minted',
      instance: 'service-7',
      roomId: 'a-room',
      userId: 'alice',
    });
  });

  it('stays one line whatever the fields hold', () => {
    const { logger, lines } = logging();
    logger.warn('x', { text: 'first\nsecond\r\n{"level":"error"}' });
    expect(lines()).toHaveLength(1);
  });

  it.each<Level>(['error', 'warn', 'info', 'debug'])('says its level: %s', (level) => {
    const { logger, lines } = logging();
    logger[level]('x');
    expect(lines()).toMatchObject([{ level, event: 'x' }]);
  });

  it('keeps the names that every line has, whatever fields the caller passes', () => {
    const { logger, lines } = logging();
    logger.info('webhook.received', {
      event: 'participant_joined',
      level: 'error',
      time: 'never',
      instance: 'another',
      message: 'hello',
    });
    expect(lines()).toMatchObject([
      { event: 'webhook.received', level: 'info', time: expect.stringMatching(/^20/), instance: 'service-7' },
    ]);
  });

  it('is not written below the level that was asked for', () => {
    const { logger, lines } = logging('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines().map(({ event }) => event)).toEqual(['c', 'd']);
  });

  it('names the trace and the span that it was written in, and none outside', () => {
    const { logger, lines } = logging();
    logger.info('outside');
    const span = trace.getTracer('test').startSpan('a');
    context.with(trace.setSpan(context.active(), span), () => logger.info('inside'));
    span.end();
    const [outside, inside] = lines();
    expect(outside).not.toHaveProperty('trace_id');
    expect(inside).toMatchObject({
      trace_id: span.spanContext().traceId,
      span_id: span.spanContext().spanId,
    });
  });

  it.each<[string, unknown]>([
    ['as a field', { token: JWT }],
    ['under a harmless name', { note: JWT }],
    ['inside a text', { note: `got ${JWT} from them` }],
    ['in a list', { list: ['a', JWT] }],
    ['in an error', { error: new Error(`refused ${JWT}`) }],
    ['in an error’s cause', { error: new Error('refused', { cause: new Error(JWT) }) }],
    ['in headers', { headers: { authorization: `Bearer ${JWT}`, cookie: `sid=${JWT}` } }],
    ['as a Secret', { held: new Secret(JWT) }],
    ['in a URL', { url: `http://localhost/?access_token=${JWT}` }],
  ])('never holds a token: %s, in JSON or readable', (_where, fields) => {
    for (const format of ['json', 'pretty'] as const) {
      const { logger, text } = logging('debug', format);
      logger.error('x', fields as Record<string, unknown>);
      const written = text();
      expect(written).toContain('[secret]');
      for (const part of JWT.split('.')) expect(written).not.toContain(part);
    }
  });

  it('is readable in a terminal: level, event, fields by name', () => {
    const { logger, text } = logging('info', 'pretty');
    logger.warn('admission.refused', { code: 'ROOM_FULL', roomId: 'a-room', nothing: undefined });
    expect(text()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} \S*warn \S* admission\.refused .*code=ROOM_FULL roomId=a-room/,
    );
  });
});
