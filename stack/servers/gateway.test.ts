import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectOrigins } from './gateway.ts';
import { page, preparePage } from './page.ts';

describe('whom the page may connect to', () => {
  const outputs = {
    PUBLIC_URL: 'http://localhost:8080',
    PUBLIC_TLS_URL: 'https://localhost:8443',
    KEYCLOAK_ISSUER: 'http://localhost:8180/realms/meetings',
    LIVEKIT_PUBLIC_URL: 'ws://localhost:7880',
  };

  test("its own sockets, Keycloak's origin, and LiveKit's by both protocols", () => {
    expect(connectOrigins(outputs).split(' ')).toEqual([
      'ws://localhost:8080',
      'wss://localhost:8443',
      'http://localhost:8180',
      'ws://localhost:7880',
      'http://localhost:7880',
    ]);
  });

  test('the chain, where wallets come in by the page', () => {
    const origins = connectOrigins({ ...outputs, GATEWAY_CHAIN_RPC_URL: 'http://localhost:8545' }).split(' ');
    expect(origins.at(-1)).toBe('http://localhost:8545');
  });

  test('servers elsewhere', () => {
    const elsewhere = {
      KEYCLOAK_ISSUER: 'https://id.test/realms/meetings',
      LIVEKIT_PUBLIC_URL: 'https://sfu.test/x',
    };
    expect(
      connectOrigins({ ...outputs, ...elsewhere })
        .split(' ')
        .slice(2),
    ).toEqual(['https://id.test', 'wss://sfu.test', 'https://sfu.test']);
  });

  test('nobody, of whom nothing is known', () => {
    expect(connectOrigins({})).toBe('');
  });
});

describe('the page', () => {
  test('is the one that GATEWAY_PAGE names, as it is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'given-'));
    await expect(page.find({ GATEWAY_PAGE: folder })).rejects.toThrow(/^GATEWAY_PAGE is .*no index\.html/);
    writeFileSync(join(folder, 'index.html'), '');
    expect(await page.find({ GATEWAY_PAGE: folder })).toBe(join(folder, 'index.html'));
    rmSync(folder, { recursive: true });
  });
});

describe('the page that a gateway serves', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'served-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is a copy, so that the cache may forget its own, and has nothing of the one before', () => {
    const build = (name: string, asset: string): string => {
      mkdirSync(join(folder, name, 'assets'), { recursive: true });
      writeFileSync(join(folder, name, 'assets', asset), asset);
      writeFileSync(join(folder, name, 'index.html'), name);
      return join(folder, name, 'index.html');
    };
    preparePage(build('page-1', 'old.js'), folder);
    const served = preparePage(build('page-2', 'new.js'), folder);
    rmSync(join(folder, 'page-2'), { recursive: true });
    expect(readFileSync(join(served, 'index.html'), 'utf8')).toBe('page-2');
    expect(readdirSync(join(served, 'assets'))).toEqual(['new.js']);
  });
});
