import { createStore } from '../../store.ts';
import { failureOf, VisitFailure, type VisitFailureCode } from './failure.ts';
import { answerIn } from './reply.ts';

/** The way of a join, in this order: each has a picture. */
export const STEPS = ['offer', 'mined', 'confirmed', 'answered', 'connected'] as const;
export type Step = (typeof STEPS)[number];

/** `ready` before the first join; `failed` during one, or when one is out again without having left. */
export type VisitState = Readonly<{
  phase: 'ready' | 'joining' | 'in' | 'failed' | 'left';
  /** What is under way, or where it stopped; all before it is done. */
  step: Step;
  /** Whose join it is: an address. */
  wallet: string | null;
  /** The block that has the join, and the one that has its answer. */
  joinBlock: number | null;
  answerBlock: number | null;
  failure: VisitFailureCode | null;
}>;

/** The contract, for one wallet. Each throws VisitFailure. */
export type ChainLine = Readonly<{
  /** Sees to a wallet that has money, and waits for no other answer in this room. @returns its address */
  prepare: (roomKey: string) => Promise<string>;
  /** @returns the block that has it */
  join: (roomKey: string, offer: string, tracks: readonly string[]) => Promise<number>;
  leave: (roomKey: string) => Promise<void>;
  /** The latest block. */
  head: () => Promise<number>;
  /** What the wallet was forwarded in this room, in that block and later ones, oldest first. */
  forwarded: (roomKey: string, from: number) => Promise<readonly Readonly<{ block: number; data: string }>[]>;
}>;

/** One connection to the SFU, which only sends. */
export type Peer = Readonly<{
  /** The names of what it sends, in the offer's order. */
  tracks: readonly string[];
  /** @returns the offer, with all of its candidates. @throws VisitFailure */
  offer: () => Promise<string>;
  take: (answer: string) => Promise<void>;
  /** @returns stops it */
  onState: (listener: (state: 'connected' | 'failed') => void) => () => void;
  close: () => void;
}>;

/** Blocks come each second; a join is answered within two of them, unless much is going on. Milliseconds. */
const ANSWER_WITHIN = 60_000;
const LOOK_EVERY = 1_000;
/** From the answer until media flows: some round trips, and what ICE needs to try each way. Milliseconds. */
const CONNECTED_WITHIN = 20_000;

const fresh = { step: 'offer', joinBlock: null, answerBlock: null, failure: null } as const;

export type Visit = ReturnType<typeof createVisit>;

/** One visit of a wallet to a room, by the contract: its way in as steps, and out again. */
export function createVisit(deps: {
  roomKey: string;
  openChain: () => Promise<ChainLine>;
  openPeer: () => Peer;
}) {
  const { roomKey } = deps;
  const store = createStore<VisitState>({ phase: 'ready', wallet: null, ...fresh });
  let chain: Promise<ChainLine> | null = null;
  /** The join that is under way or stands; aborting it ends all that it does. */
  let attempt: AbortController | null = null;
  let peer: Peer | null = null;
  let isOnChain = false;

  function openChain(): Promise<ChainLine> {
    chain ??= deps.openChain().catch((error: unknown) => {
      chain = null;
      throw error;
    });
    return chain;
  }

  async function join(): Promise<void> {
    if (attempt) return;
    attempt = new AbortController();
    const { signal } = attempt;
    store.set({ ...fresh, phase: 'joining' });
    try {
      await goIn(signal);
      if (!signal.aborted) store.set({ phase: 'in' });
    } catch (error) {
      if (!signal.aborted) fail(failureOf(error));
    }
  }

  async function goIn(signal: AbortSignal): Promise<void> {
    const line = deps.openPeer();
    peer = line;
    const offer = await line.offer();
    signal.throwIfAborted();
    store.set({ step: 'mined' });
    const contract = await openChain();
    store.set({ wallet: await contract.prepare(roomKey) });
    signal.throwIfAborted();
    // From now on it may be there, whatever we hear of it.
    isOnChain = true;
    const joinBlock = await contract.join(roomKey, offer, line.tracks);
    signal.throwIfAborted();
    store.set({ step: 'confirmed', joinBlock });
    const { block, data } = await answerFrom(contract, joinBlock, signal);
    store.set({ step: 'answered', answerBlock: block });
    const answer = answerIn(data);
    store.set({ step: 'connected' });
    await connect(line, answer, signal);
  }

  async function answerFrom(contract: ChainLine, joinBlock: number, signal: AbortSignal) {
    const deadline = Date.now() + ANSWER_WITHIN;
    for (;;) {
      // A node that is away for a moment: the answer is still there afterwards.
      const [head, told] = await Promise.all([contract.head(), contract.forwarded(roomKey, joinBlock)]).catch(
        () => [joinBlock, []] as const,
      );
      signal.throwIfAborted();
      if (told[0]) return told[0];
      if (head > joinBlock) store.set({ step: 'answered' });
      if (Date.now() > deadline) throw new VisitFailure('NO_ANSWER');
      await pause(LOOK_EVERY, signal);
    }
  }

  /** Until media may flow; what happens to the connection later ends the visit. */
  async function connect(line: Peer, answer: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const tooLate = setTimeout(() => reject(new VisitFailure('NO_WAY')), CONNECTED_WITHIN);
    const stop = line.onState((state) => {
      if (state === 'connected') return resolve();
      reject(new VisitFailure('NO_WAY'));
      end('LINE_LOST');
    });
    signal.addEventListener('abort', () => {
      stop();
      reject(signal.reason);
    });
    try {
      await Promise.all([line.take(answer), promise]);
    } finally {
      clearTimeout(tooLate);
    }
  }

  /** Nothing of the join goes on; the contract hears of it, so that no answer that comes late puts the wallet in. */
  async function drop(): Promise<void> {
    attempt?.abort();
    attempt = null;
    peer?.close();
    peer = null;
    const left = isOnChain ? openChain().then((contract) => contract.leave(roomKey)) : Promise.resolve();
    isOnChain = false;
    // Without it the service notices that the peer is gone.
    await left.catch(() => {});
  }

  function fail(failure: VisitFailureCode): void {
    store.set({ phase: 'failed', failure });
    void drop();
  }

  /** Out without having left. The contract is told nothing: the wallet may have come in again by another window. */
  function end(failure: VisitFailureCode): void {
    if (store.get().phase !== 'in') return;
    isOnChain = false;
    fail(failure);
  }

  return {
    store,

    /** Shows the wallet before it joins; without a chain it is shown when one asks to. */
    async open(): Promise<void> {
      try {
        const contract = await openChain();
        const wallet = await contract.prepare(roomKey);
        if (!attempt) store.set({ wallet });
      } catch {}
    },

    join,

    /** From outside: the room has ended, or the seat is gone. */
    end,

    /** Back to the door, while it is under way. */
    async cancel(): Promise<void> {
      if (store.get().phase !== 'joining') return;
      store.set({ ...fresh, phase: 'ready' });
      await drop();
    },

    async leave(): Promise<void> {
      store.set({ phase: 'left' });
      await drop();
    },

    /** The page goes elsewhere. */
    close: drop,
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
