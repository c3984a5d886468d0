import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSession, returnToOf } from './session.ts';

const origin = 'https://meetings.example';

describe('where to go on after signing in', () => {
  it.each(['/', '/rooms/a-room', '/rooms/a-room?x=1#key=abc', '/?next=https://evil.example', '/a//b'])(
    'is where they were: %s',
    (returnTo) => {
      expect(returnToOf({ returnTo })).toBe(returnTo);
    },
  );

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '///evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'evil.example',
    ' //evil.example',
    '/\t/evil.example',
    '/\n\\evil.example',
    '\t//evil.example',
    '',
  ])('is a place on this page, not %j', (returnTo) => {
    expect(returnToOf({ returnTo })).toBe('/');
  });

  it.each([undefined, null, '/rooms/a', 7, {}, [], { returnTo: 7 }, { returnTo: ['/rooms/a'] }])(
    'is the lobby when it was not kept: %j',
    (state) => {
      expect(returnToOf(state)).toBe('/');
    },
  );
});

describe('a sign-in', () => {
  const authority = 'https://keycloak.example/realms/meetings';
  const now = (): number => Math.floor(Date.now() / 1_000);
  const realFetch = globalThis.fetch;
  let kept: Map<string, string>;
  let renewals: string[];
  /** What Keycloak says when a token is to be renewed; a test sets it. */
  let renew: () => Promise<Response>;

  beforeEach(() => {
    jest.useFakeTimers();
    kept = new Map();
    renewals = [];
    renew = async () =>
      Response.json({ access_token: 'fresh', refresh_token: 'r2', token_type: 'Bearer', expires_in: 300 });
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    Object.assign(globalThis, { sessionStorage, location: { origin } });
    globalThis.fetch = async (address, { body } = {}) => {
      if (`${address}`.endsWith('/openid-configuration'))
        return Response.json({ issuer: authority, token_endpoint: `${authority}/token` });
      renewals.push(new URLSearchParams(`${body}`).get('refresh_token') ?? '');
      return renew();
    };
  });
  afterEach(() => {
    globalThis.fetch = realFetch;
    Reflect.deleteProperty(globalThis, 'sessionStorage');
    Reflect.deleteProperty(globalThis, 'location');
    jest.useRealTimers();
  });

  const refused = async () => Response.json({ error: 'invalid_grant' }, { status: 400 });
  const away = async () => Promise.reject(new TypeError('fetch failed'));
  /** Ann signed in before, in this tab, with a token that holds for so many seconds. */
  function signedIn(seconds: number, profile: object = { name: 'Ann' }) {
    const user = {
      access_token: 'held',
      refresh_token: 'r1',
      token_type: 'Bearer',
      scope: 'openid profile',
      profile: { sub: 'ann', iss: authority, aud: 'page', exp: 0, iat: 0, ...profile },
      expires_at: now() + seconds,
    };
    kept.set(`oidc.user:${authority}:page`, JSON.stringify(user));
    return open();
  }
  const open = () => createSession({ oidc: { authority, clientId: 'page' } });
  const ann = { id: 'ann', name: 'Ann' };

  it('is not known before it was looked for', () => {
    expect(signedIn(300).state()).toEqual({ known: false, user: null, lapsed: false });
  });

  it('of this tab is found again, and told', async () => {
    const session = signedIn(300);
    let times = 0;
    const stop = session.onChange(() => {
      times += 1;
    });
    await session.restore();
    expect(session.state()).toEqual({ known: true, user: ann, lapsed: false });
    expect([times, renewals]).toEqual([1, []]);
    stop();
    await session.lapse();
    expect(times).toBe(1);
  });

  it.each([
    [{ name: 'Ann', preferred_username: 'ann@example' }, 'Ann'],
    [{ preferred_username: 'ann@example' }, 'ann@example'],
    [{}, 'ann'],
  ])('is called %j: %s', async (profile, name) => {
    const session = signedIn(300, profile);
    await session.restore();
    expect(session.state().user).toEqual({ id: 'ann', name });
  });

  it('that was slept through is renewed, or has lapsed', async () => {
    const session = signedIn(-60);
    await session.restore();
    expect(session.state()).toEqual({ known: true, user: ann, lapsed: false });
    expect(renewals).toEqual(['r1']);

    renew = refused;
    const lapsed = signedIn(-60);
    await lapsed.restore();
    expect(lapsed.state()).toEqual({ known: true, user: null, lapsed: true });
    expect(kept.size).toBe(0);
  });

  it('that never was has not lapsed', async () => {
    const session = open();
    await session.restore();
    expect(session.state()).toEqual({ known: true, user: null, lapsed: false });
    await expect(session.token()).rejects.toMatchObject({ code: 'SIGNED_OUT' });
  });

  it('shows the token that it has while it holds for a while', async () => {
    expect(await signedIn(21).token()).toBe('held');
    expect(renewals).toEqual([]);
  });

  it('renews one that ends, or when a fresh one is wanted: once, whoever asks', async () => {
    expect(await signedIn(20).token()).toBe('fresh');
    const session = signedIn(300);
    const told: string[] = [];
    const stop = session.onToken((token) => told.push(token));
    const tokens = [session.token({ fresh: true }), session.token({ fresh: true })];
    expect(await Promise.all(tokens)).toEqual(['fresh', 'fresh']);
    expect([renewals, told]).toEqual([['r1', 'r1'], ['fresh']]);
    stop();
    await session.token({ fresh: true });
    expect([renewals, told]).toEqual([['r1', 'r1', 'r2'], ['fresh']]);
  });

  it('has lapsed when Keycloak renews it no more', async () => {
    const session = signedIn(300);
    await session.restore();
    renew = refused;
    await expect(session.token({ fresh: true })).rejects.toMatchObject({ code: 'SIGNED_OUT' });
    expect(session.state()).toEqual({ known: true, user: null, lapsed: true });
    expect(kept.size).toBe(0);
  });

  it('stays when Keycloak does not answer', async () => {
    const session = signedIn(10);
    await session.restore();
    renew = away;
    await expect(session.token()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(session.state()).toEqual({ known: true, user: ann, lapsed: false });
    renew = async () => Response.json({ access_token: 'later', token_type: 'Bearer', expires_in: 300 });
    expect(await session.token()).toBe('later');
  });
});
