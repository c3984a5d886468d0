import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics, serveMetrics } from './index.ts';

const host = '127.0.0.1';
let opened: AsyncDisposableStack;
let port: number;
let url: string;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  const metrics = opened.use(createMetrics({ instance: 'i', version: '1', onError: () => {} }));
  metrics.meter.createCounter('joins').add(3);
  ({ port } = opened.use(await serveMetrics({ metrics, host, port: 0 })));
  url = `http://${host}:${port}`;
});
afterEach(() => opened.disposeAsync());

describe('the server of the metrics', () => {
  it('gives them in the format of Prometheus, by its name', async () => {
    const answer = await fetch(`${url}/metrics?x=1`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    expect(text).toMatch(/\n$/);
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE|UNIT) \w+ .+|[a-zA-Z_]\w*(\{(\w+="[^"]*",?)+\})? \S+)?$/);
    expect(text).toContain('\njoins_total 3\n');
  });

  it.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/metricsx'],
    ['GET', '//metrics'],
    ['GET', '/health'],
    ['HEAD', '/metrics'],
    ['POST', '/metrics'],
  ])('has nothing at %s %s', async (method, path) => {
    const answer = await fetch(url + path, { method });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('joins');
  });

  it('says that a taken port is taken', async () => {
    await expect(serveMetrics({ metrics: { text: async () => '' }, host, port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`${host}:${port}`),
    });
  });

  it('says that they cannot be read, and no more', async () => {
    const broken = { text: () => Promise.reject(new Error('a detail')) };
    await using server = await serveMetrics({ metrics: broken, host, port: 0 });
    const answer = await fetch(`http://${host}:${server.port}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([500, 'The metrics cannot be read.\n']);
  });

  it('stops at once, with a scrape under way', async () => {
    const asked = Promise.withResolvers<void>();
    const never = {
      text: () => {
        asked.resolve();
        return new Promise<string>(() => {});
      },
    };
    const server = await serveMetrics({ metrics: never, host, port: 0 });
    const scrape = fetch(`http://${host}:${server.port}/metrics`);
    const cut = expect(scrape).rejects.toThrow();
    await asked.promise;
    await server[Symbol.asyncDispose]();
    await cut;
  });
});
