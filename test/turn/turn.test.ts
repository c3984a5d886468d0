import { readFileSync, statSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/config/index.ts';
import { createIceServers, type IceServer } from '../../src/turn/index.ts';
import { call, type JoinBody, join, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { output, stack } from '../support/stack.ts';
import { relay } from './uclient.ts';

const HOURS = 3_600_000;

let person: Awaited<ReturnType<typeof newPerson>>;
let roomId: string;
let joined: JoinBody;

beforeAll(async () => {
  person = await newPerson();
  roomId = (await newRoom(person.token)).id;
  joined = await join(roomId, person.token);
});

const ours = (): IceServer => {
  const [server] = joined.iceServers;
  if (!server) throw new Error('the join gave no TURN server');
  return server;
};

/** Credentials as the service would mint them, of another time or with another secret. */
function minted(more: { secret?: string; at?: Date }): IceServer {
  const { secret = output('TURN_SECRET'), at = new Date() } = more;
  const turn = { urls: [], secret: new Secret(secret), ttl: HOURS };
  const [server] = createIceServers({ turn, now: () => at })(person.id);
  if (!server) throw new Error('nothing was minted');
  return server;
}

describe('whoever is let in gets TURN servers', () => {
  it.each([
    ['joins', () => call('POST', `/rooms/${roomId}/join`, { token: person.token })],
    ['joins by /token', () => call('POST', '/token', { token: person.token, body: { room_name: roomId } })],
    ['renews a token', () => call('POST', `/rooms/${roomId}/token`, { token: person.token })],
  ])('who %s, for hours and for themselves', async (_what, ask) => {
    const { status, body } = await ask();
    expect(status).toBe(201);
    const [server, ...others] = (body as unknown as JoinBody).iceServers;
    expect(others).toEqual([]);
    expect(server?.urls).toEqual(output('TURN_URLS').split(','));
    const [expiry, userId] = server?.username.split(':') ?? [];
    expect(userId).toBe(person.id);
    const hours = (Number(expiry) * 1_000 - Date.now()) / HOURS;
    expect(hours).toBeGreaterThan(7.9);
    expect(hours).toBeLessThanOrEqual(8);
  });

  it('and never the secret', () => {
    expect(JSON.stringify(joined)).not.toContain(output('TURN_SECRET'));
  });
});

describe('coturn', () => {
  it.each([
    ['UDP', []],
    ['TCP', ['-t']],
  ])('relays over %s for the credentials of a join', async (_protocol, options) => {
    const { code, said } = await relay(ours(), ...options);
    expect(said).toContain('tot_send_msgs=6, tot_recv_msgs=6');
    expect(code).toBe(0);
  });

  it.each<[string, () => Pick<IceServer, 'username' | 'credential'>]>([
    ['are past their time', () => minted({ at: new Date(Date.now() - HOURS - 5_000) })],
    ['were made with another secret', () => minted({ secret: 'another-secret-of-someone' })],
    ["have another's name", () => ({ ...ours(), username: ours().username.replace(person.id, 'mallory') })],
    [
      'were made to last longer',
      () => ({ ...ours(), username: ours().username.replace(/^\d+/, (expiry) => `${Number(expiry) + 60}`) }),
    ],
  ])('opens nothing for credentials that %s', async (_what, credentials) => {
    const { code, said } = await relay(credentials());
    expect(said).toContain('Cannot complete Allocation');
    expect(code).not.toBe(0);
  });

  it('lets a relay reach nothing but what this stack has on loopback', async () => {
    const { code, said } = await relay(ours(), '-e', '192.0.2.7');
    expect(said).toMatch(/403 \(Forbidden IP\)/);
    expect(code).not.toBe(0);
  });

  it('has its secret in a file that is its own, and not among its arguments', () => {
    const file = joinPath(stack.stateDir, 'coturn', 'turnserver.conf');
    expect(statSync(file).mode & 0o077).toBe(0);
    const pid = readFileSync(joinPath(stack.stateDir, 'coturn', 'turnserver.pid'), 'utf8').trim();
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    expect(args.slice(1)).toEqual(['-c', file]);
  });
});
