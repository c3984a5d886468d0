import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VisitFailure } from './failure.ts';
import { type ChainLine, createVisit, type Peer, type VisitState } from './visit.ts';

const KEY = `0x${'5a'.repeat(32)}`;
const pass = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);
const reply = (answer = 'the answer') =>
  JSON.stringify({ sessionID: 's', type: 'join-room', cloudflareResponse: { answer } });
const refusal = (code: string) => JSON.stringify({ type: 'error', code, message: 'No.' });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A chain and a peer that do as a test says, and the visit between them. */
function world() {
  const done: string[] = [];
  const chain = {
    height: 7,
    told: [] as { block: number; data: string }[],
    away: false,
    mine: async (): Promise<number> => 7,
  };
  const peers: { say: (state: 'connected' | 'failed') => void; taken: string[]; isClosed: boolean }[] = [];
  const peerFault: { offer?: Error; take?: Error } = {};
  const line: ChainLine = {
    prepare: async () => '0xA11CE',
    async join(key, offer, tracks) {
      done.push(`join ${key === KEY} ${offer} ${tracks}`);
      return chain.mine();
    },
    leave: async (key) => void done.push(`leave ${key === KEY}`),
    async head() {
      if (chain.away) throw new VisitFailure('CHAIN_UNREACHABLE');
      return chain.height;
    },
    forwarded: async (_key, from) => chain.told.filter(({ block }) => block >= from),
  };
  function openPeer(): Peer {
    const listeners = new Set<(state: 'connected' | 'failed') => void>();
    const peer = {
      taken: [] as string[],
      isClosed: false,
      say: (state: 'connected' | 'failed') => listeners.forEach((listener) => void listener(state)),
    };
    peers.push(peer);
    return {
      tracks: ['microphone', 'camera'],
      async offer() {
        if (peerFault.offer) throw peerFault.offer;
        return 'an offer';
      },
      async take(answer) {
        peer.taken.push(answer);
        if (peerFault.take) throw peerFault.take;
      },
      onState(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      close() {
        peer.isClosed = true;
      },
    };
  }
  const opening = { fault: null as Error | null, times: 0 };
  const visit = createVisit({
    roomKey: KEY,
    async openChain() {
      opening.times += 1;
      if (opening.fault) throw opening.fault;
      return line;
    },
    openPeer,
  });
  const steps: string[] = [];
  visit.store.onChange(() => {
    const { phase, step } = visit.store.get();
    if (steps.at(-1) !== `${phase} ${step}`) steps.push(`${phase} ${step}`);
  });
  const state = (): VisitState => visit.store.get();
  /** In by an answer in block 9. */
  async function enter(): Promise<void> {
    void visit.join();
    chain.told.push({ block: 9, data: reply() });
    await pass(0);
    peers.at(-1)?.say('connected');
    await pass(0);
    expect(state().phase).toBe('in');
  }
  return { visit, chain, peers, peerFault, opening, done, steps, state, enter };
}

describe('a join by the contract', () => {
  it('goes step by step, and is in when media may flow', async () => {
    const { visit, chain, peers, done, steps, state } = world();
    void visit.join();
    await pass(0);
    expect(state()).toMatchObject({ phase: 'joining', step: 'confirmed', wallet: '0xA11CE', joinBlock: 7 });
    expect(done).toEqual(['join true an offer microphone,camera']);
    chain.height = 8;
    await pass(1_000);
    expect(state().step).toBe('answered');
    chain.told.push({ block: 9, data: reply('v=0') });
    await pass(1_000);
    expect(state()).toMatchObject({ phase: 'joining', step: 'connected', answerBlock: 9 });
    expect(peers[0]?.taken).toEqual(['v=0']);
    peers[0]?.say('connected');
    await pass(0);
    expect(steps).toEqual([
      'joining offer',
      'joining mined',
      'joining confirmed',
      'joining answered',
      'joining connected',
      'in connected',
    ]);
    await pass(120_000);
    expect([state().phase, done.length]).toEqual(['in', 1]);
  });

  it('takes no answer of before it', async () => {
    const { visit, chain, state } = world();
    chain.told.push({ block: 6, data: reply() });
    void visit.join();
    await pass(5_000);
    expect(state()).toMatchObject({ step: 'confirmed', answerBlock: null });
  });

  it('is one, however often it is asked for', async () => {
    const { visit, peers, done } = world();
    void visit.join();
    void visit.join();
    await pass(0);
    expect([peers.length, done.length]).toEqual([1, 1]);
  });

  it('outlasts a node that is away for a while', async () => {
    const { visit, chain, state } = world();
    void visit.join();
    chain.away = true;
    await pass(20_000);
    chain.away = false;
    chain.told.push({ block: 9, data: reply() });
    await pass(1_000);
    expect(state().step).toBe('connected');
  });
});

describe('a join that comes to nothing', () => {
  it('is told why by the answer, and the contract is told that it is over', async () => {
    const { visit, chain, peers, done, state } = world();
    chain.told.push({ block: 8, data: refusal('NOT_INVITED') });
    await visit.join();
    await pass(0);
    expect(state()).toMatchObject({ phase: 'failed', step: 'answered', failure: 'NOT_INVITED' });
    expect([peers[0]?.isClosed, done.at(-1)]).toEqual([true, 'leave true']);
  });

  it('waits a minute for the answer, no longer, and may be tried again', async () => {
    const { visit, chain, done, state, enter } = world();
    void visit.join();
    chain.height = 8;
    await pass(59_000);
    expect(state().phase).toBe('joining');
    await pass(3_000);
    expect(state()).toMatchObject({ phase: 'failed', step: 'answered', failure: 'NO_ANSWER' });
    expect(done.at(-1)).toBe('leave true');
    await enter();
    expect(state().failure).toBeNull();
  });

  it('for want of a way for sound and picture says so', async () => {
    const { visit, chain, peers, state } = world();
    chain.told.push({ block: 9, data: reply() });
    void visit.join();
    await pass(19_000);
    expect(state().step).toBe('connected');
    await pass(1_000);
    expect(state()).toMatchObject({ phase: 'failed', failure: 'NO_WAY' });
    void visit.join();
    await pass(0);
    peers[1]?.say('failed');
    await pass(0);
    expect(state()).toMatchObject({ phase: 'failed', failure: 'NO_WAY' });
  });

  it('before it was sent leaves nothing on the chain', async () => {
    const { visit, peerFault, opening, done, state } = world();
    peerFault.offer = new VisitFailure('NO_DEVICES');
    await visit.join();
    expect(state()).toMatchObject({ phase: 'failed', step: 'offer', failure: 'NO_DEVICES' });
    delete peerFault.offer;
    opening.fault = new VisitFailure('CHAIN_UNREACHABLE');
    await visit.join();
    expect(state()).toMatchObject({ phase: 'failed', step: 'mined', failure: 'CHAIN_UNREACHABLE' });
    await pass(0);
    expect(done).toEqual([]);
    // It is asked for anew.
    opening.fault = null;
    void visit.join();
    await pass(0);
    expect(state().step).toBe('confirmed');
  });

  it('for a reason that nobody thought of is an unknown one', async () => {
    const { visit, chain, peerFault, state } = world();
    chain.told.push({ block: 9, data: reply('no SDP') });
    peerFault.take = new TypeError('Failed to parse SessionDescription');
    await visit.join();
    expect(state()).toMatchObject({ phase: 'failed', step: 'connected', failure: 'UNKNOWN' });
  });

  it('may be given up, and nothing of it comes later', async () => {
    const { visit, chain, peers, done, state } = world();
    void visit.join();
    await pass(0);
    await visit.cancel();
    expect([state().phase, peers[0]?.isClosed, done.at(-1)]).toEqual(['ready', true, 'leave true']);
    chain.told.push({ block: 9, data: reply() });
    await pass(60_000);
    expect([state().phase, peers[0]?.taken]).toEqual(['ready', []]);
  });

  it('is given up while its transaction is on the way', async () => {
    const { visit, chain, done, state } = world();
    const { promise, resolve } = Promise.withResolvers<number>();
    chain.mine = () => promise;
    void visit.join();
    await pass(0);
    await visit.cancel();
    resolve(7);
    await pass(60_000);
    expect([state().phase, done.at(-1)]).toEqual(['ready', 'leave true']);
  });
});

describe('a wallet that is in', () => {
  it('leaves by the contract, once', async () => {
    const { visit, peers, done, state, enter } = world();
    await enter();
    await visit.leave();
    await visit.close();
    expect([state().phase, peers[0]?.isClosed]).toEqual(['left', true]);
    expect(done).toEqual([expect.stringMatching(/^join/), 'leave true']);
  });

  it('is out when the line is lost for good, and leaves the contract to who took it over', async () => {
    const { peers, done, state, enter } = world();
    await enter();
    peers[0]?.say('failed');
    await pass(0);
    expect(state()).toMatchObject({ phase: 'failed', failure: 'LINE_LOST' });
    expect(done).toEqual([expect.stringMatching(/^join/)]);
  });

  it('is out when the room has ended, and only then', async () => {
    const { visit, state, enter } = world();
    visit.end('ROOM_ENDED');
    expect(state().phase).toBe('ready');
    await enter();
    visit.end('ROOM_ENDED');
    expect(state()).toMatchObject({ phase: 'failed', failure: 'ROOM_ENDED' });
  });

  it('comes back by a connection of its own', async () => {
    const { visit, chain, peers, state, enter } = world();
    await enter();
    await visit.leave();
    chain.told.length = 0;
    await enter();
    expect([peers.length, state().phase]).toEqual([2, 'in']);
  });
});

it('the wallet is shown before it joins, where there is a chain', async () => {
  const { visit, opening, state } = world();
  opening.fault = new VisitFailure('CHAIN_UNREACHABLE');
  await visit.open();
  expect(state()).toMatchObject({ phase: 'ready', wallet: null, failure: null });
  opening.fault = null;
  await visit.open();
  expect([state().wallet, opening.times]).toEqual(['0xA11CE', 2]);
});
