import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Echo, startEcho } from './echo.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** How the gateway serves a page, with an echo for the instance: what the echo answers did not come from the page. */

const INDEX = '<!doctype html><title>The page</title>';
const SCRIPT = `/* ${'long enough to be compressed '.repeat(40)} */`;
const outputs = {
  PUBLIC_URL: 'http://localhost:8080',
  PUBLIC_TLS_URL: 'https://localhost:8443',
  KEYCLOAK_ISSUER: 'http://localhost:8180/realms/meetings',
  LIVEKIT_PUBLIC_URL: 'ws://localhost:7880',
};

let echo: Echo;
let gateway: Gateway;

beforeAll(async () => {
  echo = await startEcho('instance');
  const page = {
    'index.html': INDEX,
    'assets/index-Ab12.js': SCRIPT,
    'assets/deep/font.woff2': 'font',
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'site.webmanifest': '{}',
    'config.json': '{"oidc":"of the build"}',
    'secret/notes.txt': 'in a folder that nobody named',
    '.env': 'hidden',
  };
  gateway = await startGateway([echo.port], { page, outputs });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await echo?.[Symbol.asyncDispose]();
});

type Answer = Readonly<{
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  from: 'page' | 'instance';
}>;

/** Sends a path letter by letter; `fetch` would tidy it up first. */
async function ask(path: string, method = 'GET', headers: IncomingHttpHeaders = {}): Promise<Answer> {
  const { hostname, port } = new URL(gateway.url);
  const asked = request({ hostname, port, path, method, headers, agent: false }).end();
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const from = text.startsWith('{"name":"instance"') ? 'instance' : 'page';
  return { status: response.statusCode, headers: response.headers, text, from };
}

/** The directives of a Content-Security-Policy, each with its sources. */
function policyOf({ headers }: Answer): Readonly<Record<string, readonly string[]>> {
  const directives = String(headers['content-security-policy'])
    .split(';')
    .map((directive) => directive.trim().split(/\s+/));
  return Object.fromEntries(directives.map(([name = '', ...sources]) => [name, sources]));
}

describe('the page', () => {
  it.each(['/', '/?lang=vi', '/meet/3f1c', '/meet/a/b', '/meet/', '/signed-in?code=x&state=y'])(
    'is at %s, and is asked for anew each time',
    async (path) => {
      const answer = await ask(path);
      expect([answer.status, answer.text]).toEqual([200, INDEX]);
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.headers['cache-control']).toBe('no-cache');
    },
  );

  it('is not sent again while it is the same', async () => {
    const { headers } = await ask('/');
    const again = await ask('/meet/other', 'GET', { 'if-none-match': headers.etag });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(policyOf(again)).toEqual(policyOf(await ask('/')));
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, text } = await ask('/meet/3f1c', 'HEAD');
    expect([status, headers['content-length'], text]).toEqual([200, `${INDEX.length}`, '']);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('leaves %s to the service', async (method) => {
    for (const path of ['/', '/meet/3f1c', '/assets/index-Ab12.js', '/favicon.svg', '/config.json'])
      expect((await ask(path, method)).from).toBe('instance');
  });

  it.each([
    '/rooms',
    '/rooms/3f1c',
    '/meet',
    '/meeting/1',
    '/signed-in/x',
    '/signed-in-',
    '/index.html',
    '/nothing',
    '/video',
    '/whip/x',
    '/k_push_not_before',
    '/health/live',
    '/openapi.json',
    '/api/realtime/docs',
    '/assetsx',
    '/secret/notes.txt',
    '/.env',
    '/favicon.svg/',
    '/favicon.svg/x',
    '/icon.png',
  ])('leaves %s to the service', async (path) => {
    expect((await ask(path)).from).toBe('instance');
  });

  it('is there over TLS too', async () => {
    const { hostname, port } = new URL(gateway.tlsUrl);
    const options = { hostname, port, path: '/meet/3f1c', agent: false, rejectUnauthorized: false };
    const [response] = await once(requestTls(options).end(), 'response');
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    expect([response.statusCode, text]).toEqual([200, INDEX]);
    expect(response.headers['content-security-policy']).toBe(
      (await ask('/')).headers['content-security-policy'],
    );
  });

  it('is there when no instance is up', async () => {
    await using alone = await startGateway([1], { page: { 'index.html': INDEX } });
    expect(await (await fetch(`${alone.url}/meet/x`)).text()).toBe(INDEX);
    expect((await fetch(`${alone.url}/rooms`)).status).toBe(503);
  });
});

describe('an asset', () => {
  it.each([
    ['/assets/index-Ab12.js', /^text\/javascript/],
    ['/assets/deep/font.woff2', /^font\/woff2/],
  ])('%s is kept for a year', async (path, type) => {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(type);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each(['zstd', 'gzip'])('is compressed by %s', async (encoding) => {
    const { headers, text } = await ask('/assets/index-Ab12.js', 'GET', { 'accept-encoding': encoding });
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers['vary']).toBe('Accept-Encoding');
    expect(text.length).toBeLessThan(SCRIPT.length / 2);
  });

  it.each([
    '/assets/index-Old1.js',
    '/assets/old.woff2',
    '/assets/',
    '/assets/deep',
    '/assets/deep/',
    '/assets/index-Ab12.js/',
  ])('that is not there, %s, is a plain 404 that nobody keeps', async (path) => {
    const { status, headers, text } = await ask(path);
    expect([status, text]).toEqual([404, 'Not found']);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('what lies beside the page', () => {
  it.each([
    ['/favicon.svg', 'image/svg+xml'],
    ['/site.webmanifest', 'application/manifest+json'],
  ])('%s is kept for an hour', async (path, type) => {
    const { status, headers } = await ask(path);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      type,
      'public, max-age=3600',
    ]);
  });
});

describe('/config.json', () => {
  it('says where people sign in and where the chain is, from the environment and from nowhere else', async () => {
    const { status, headers, text } = await ask('/config.json');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(JSON.parse(text)).toEqual({
      oidc: { authority: 'http://localhost:8180/realms/meetings', clientId: 'web' },
      chain: { rpcUrl: 'http://localhost:8545' },
    });
  });
});

describe('a path that tries to get out', () => {
  it.each([
    '/assets/../../etc/passwd',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%2f..%2fetc%2fpasswd',
    '/assets/%2e%2e/gateway.log',
    '/assets/..\\..\\etc\\passwd',
    '/assets/%5c..%5c..%5cetc%5cpasswd',
    '/assets/....//....//etc/passwd',
    '/assets/%00',
    '/assets/index-Ab12.js%00.txt',
    '/assets//etc/passwd',
    '/assets/../secret/notes.txt',
    '/assets/../.env',
    '/..%2fgateway.log',
    '/%2e%2e/gateway.log',
    '//etc/passwd',
  ])('gets nothing: %s', async (path) => {
    const { status, from, headers, text } = await ask(path);
    // The service's to refuse, or refused here, and kept by nobody.
    if (from === 'page') {
      expect([400, 404]).toContain(status);
      expect(headers['cache-control'] ?? 'no-store').toBe('no-store');
    }
    expect(text).not.toMatch(/root:|hidden|nobody named|"level"/);
  });

  it.each([
    '/meet/..%2f',
    '/meet/%2e%2e/%2e%2e/etc/passwd',
    '/meet/../../etc/passwd',
    '/meet/..%2f..%2f.env',
  ])('gets the page at most: %s', async (path) => {
    const { from, text } = await ask(path);
    if (from === 'page') expect(text).toBe(INDEX);
  });
});

describe('the headers of the page', () => {
  const paths = ['/', '/meet/3f1c', '/signed-in', '/assets/index-Ab12.js', '/favicon.svg', '/config.json'];

  it.each([...paths, '/assets/index-Old1.js'])('are on %s', async (path) => {
    const { headers } = await ask(path);
    expect(headers['content-security-policy']).toBeDefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['server']).toBeUndefined();
  });

  it('let scripts come from the page alone, and none of it from its HTML', async () => {
    const policy = policyOf(await ask('/'));
    expect(policy['default-src']).toEqual(["'none'"]);
    for (const directive of ['script-src', 'worker-src', 'style-src', 'font-src'])
      expect(policy[directive]).toEqual(["'self'"]);
    expect(Object.values(policy).flat().join(' ')).not.toMatch(/unsafe|\*|https?:(?!\/\/)/);
  });

  it('let nobody frame it, move its base or take its forms', async () => {
    expect(policyOf(await ask('/'))).toMatchObject({
      'frame-ancestors': ["'none'"],
      'frame-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
    });
  });

  it('let it connect to its own sockets, to Keycloak, LiveKit and the chain, and to nobody else', async () => {
    expect(policyOf(await ask('/'))['connect-src']).toEqual([
      "'self'",
      'ws://localhost:8080',
      'wss://localhost:8443',
      'http://localhost:8180',
      'ws://localhost:7880',
      'http://localhost:7880',
      'http://localhost:8545',
    ]);
  });

  it('let it use camera, microphone and screen, and no other of its frames or of the device', async () => {
    const features = String((await ask('/')).headers['permissions-policy']).split(', ');
    for (const allowed of ['camera', 'microphone', 'display-capture', 'fullscreen'])
      expect(features).toContain(`${allowed}=(self)`);
    for (const refused of ['geolocation', 'usb', 'payment']) expect(features).toContain(`${refused}=()`);
  });

  it("are not put on the service's answers", async () => {
    const { headers } = await ask('/rooms');
    expect(headers['content-security-policy']).toBeUndefined();
    expect(headers['permissions-policy']).toBeUndefined();
  });
});
