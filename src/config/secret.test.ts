import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import winston from 'winston';
import { Secret } from './secret.ts';

const value = 'correct-horse-battery-staple';
const secret = new Secret(value);

describe('Secret', () => {
  it('gives its value to who asks for it by name', () => {
    expect(secret.reveal()).toBe(value);
  });

  it.each<[string, () => string]>([
    ['a template string', () => `${secret}`],
    ['String()', () => String(secret)],
    ['joining to a text', () => `the secret: ${secret}`],
    ['JSON', () => JSON.stringify({ secret })],
    ['JSON of something frozen that holds it', () => JSON.stringify(Object.freeze({ deep: { secret } }))],
    ['util.inspect', () => inspect(secret)],
    [
      'util.inspect of what holds it, hidden fields and all',
      () => inspect({ secret }, { showHidden: true, depth: 9 }),
    ],
    ['util.format', () => format('%s %o %j', secret, secret, secret)],
    ['an error message', () => inspect(new Error(`failed with ${secret}`))],
  ])('prints as [secret] in %s', (_where, print) => {
    expect(print()).toContain('[secret]');
    expect(print()).not.toContain(value);
  });

  it('has nothing to find for who walks through its properties', () => {
    expect(Reflect.ownKeys(secret)).toEqual([]);
    expect({ ...secret }).toEqual({});
    expect(structuredClone({ ...secret })).toEqual({});
  });

  it.each([
    ['JSON', winston.format.json()],
    ['readable', winston.format.simple()],
    ['splat', winston.format.combine(winston.format.splat(), winston.format.simple())],
  ])('prints as [secret] through winston: %s', (_name, layout) => {
    let written = '';
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    });
    const logger = winston.createLogger({
      format: layout,
      transports: [new winston.transports.Stream({ stream })],
    });
    logger.info('an event', { secret });
    logger.info('formatted %s', secret);
    expect(written).toContain('[secret]');
    expect(written).not.toContain(value);
  });
});
