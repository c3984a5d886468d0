import { setTimeout as sleep } from 'node:timers/promises';

/** One request that came; `seq` rises in the order in which they were sent. */
export type InLine = Readonly<{ line: string; seq: number }>;

/**
 * Where a request stands among all of its line that are not done, here or elsewhere. `gone`: it is not among them any
 * more.
 */
export type Place = 'first' | 'behind' | 'gone';

export type Lines<R extends InLine> = Readonly<{
  take(request: R): void;
  /** For how many more there are workers now. */
  free(): number;
  /** Resolves once there may be more of them. */
  freed(): Promise<void>;
  /** Everything that was taken and is not done: waiting, or worked on. */
  held(): Iterable<R>;
  /** Begins nothing more. @returns what only waits, and when what is worked on is done */
  stop(): Readonly<{ left: R[]; finished: Promise<void> }>;
}>;

type Line<R> = {
  readonly name: string;
  /** In order. */
  readonly waiting: R[];
  working: R | null;
  wake: () => void;
};

/**
 * When one that is behind asks again where it stands; the last again and again. It is told when that changes; this is for
 * when the telling is lost, or comes before the queue itself has it. Milliseconds.
 */
const ASK_AGAIN = [20, 100, 500] as const;

/**
 * Lines of requests: those of one line are worked on one after the other in their order, those of different lines side
 * by side, by so many workers. Others work on the same lines elsewhere; what keeps the order among all of them is that
 * each asks where its first request stands before it begins (`placeOf`). A line that cannot go on holds no worker.
 *
 * @param deps.placeOf asked with a worker at hand, right before the work
 * @param deps.listen calls `wake` when others are done with a request of the line; returns what ends that
 * @param deps.work never rejects; returns how long the line is to rest then. Milliseconds
 */
export function createLines<R extends InLine>(deps: {
  workers: number;
  placeOf: (request: R) => Promise<Place>;
  listen: (line: string, wake: () => void) => () => void;
  work: (request: R) => Promise<number>;
}): Lines<R> {
  const { placeOf, listen, work } = deps;
  const lines = new Map<string, Line<R>>();
  const running = new Set<Promise<void>>();
  /** Lines that have a worker, or wait for one. */
  let active = 0;
  let atWork = 0;
  const wanting: (() => void)[] = [];
  let freed = Promise.withResolvers<void>();
  let stopping = false;

  async function withWorker<T>(task: () => Promise<T>): Promise<T> {
    active += 1;
    if (atWork >= deps.workers) await new Promise<void>((resolve) => wanting.push(resolve));
    else atWork += 1;
    try {
      return await task();
    } finally {
      active -= 1;
      const next = wanting.shift();
      if (next) next();
      else atWork -= 1;
      freed.resolve();
      freed = Promise.withResolvers();
    }
  }

  /** @returns how long to rest, or that it has to wait behind others */
  async function step(line: Line<R>): Promise<number | 'behind'> {
    const [request] = line.waiting;
    if (!request || stopping) return 0;
    const place = await placeOf(request);
    if (place === 'behind' || stopping) return 'behind';
    // It may have moved, or come once more, meanwhile.
    const at = line.waiting.findIndex(({ seq }) => seq === request.seq);
    line.waiting.splice(at, 1);
    if (place === 'gone') return 0;
    line.working = request;
    try {
      return await work(request);
    } finally {
      line.working = null;
    }
  }

  async function run(line: Line<R>): Promise<void> {
    let deaf: (() => void) | null = null;
    let asked = 0;
    while (line.waiting.length > 0 && !stopping) {
      const woken = new Promise<void>((resolve) => {
        line.wake = resolve;
      });
      const came = await withWorker(() => step(line));
      if (came !== 'behind') {
        deaf?.();
        deaf = null;
        asked = 0;
        if (came > 0) await Promise.race([sleep(came, undefined, { ref: false }), woken]);
      } else if (deaf) {
        const wait = ASK_AGAIN[Math.min(asked, ASK_AGAIN.length - 1)];
        asked += 1;
        await Promise.race([sleep(wait, undefined, { ref: false }), woken]);
      } else {
        // Asked once more after it began to listen: what happened in between was not told.
        deaf = listen(line.name, () => line.wake());
      }
    }
    deaf?.();
    lines.delete(line.name);
  }

  function begin(name: string): Line<R> {
    const line: Line<R> = { name, waiting: [], working: null, wake: () => {} };
    lines.set(name, line);
    return line;
  }

  return {
    take(request) {
      const known = lines.get(request.line);
      const line = known ?? begin(request.line);
      if (line.working?.seq === request.seq) return;
      const at = line.waiting.findIndex(({ seq }) => seq >= request.seq);
      const isSame = line.waiting[at]?.seq === request.seq;
      line.waiting.splice(at === -1 ? line.waiting.length : at, isSame ? 1 : 0, request);
      if (known) {
        if (line.waiting[0] === request) line.wake();
        return;
      }
      const done = run(line).finally(() => running.delete(done));
      running.add(done);
    },
    free: () => (stopping ? 0 : Math.max(0, deps.workers - active)),
    freed: () => freed.promise,
    *held() {
      for (const { working, waiting } of lines.values()) {
        if (working) yield working;
        yield* waiting;
      }
    },
    stop() {
      stopping = true;
      const left = [...lines.values()].flatMap(({ waiting }) => waiting);
      for (const line of lines.values()) line.wake();
      freed.resolve();
      return { left, finished: Promise.all(running).then(() => {}) };
    },
  };
}
