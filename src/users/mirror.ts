import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { LRUCache } from 'lru-cache';
import { createBatcher } from '../batcher.ts';
import type { User } from '../rooms/index.ts';
import type { Sighting, UserKind, UserStore } from './user-store.ts';

/** A user costs one write in this time, however often they call. Milliseconds. */
const REMEMBER_FOR = 3_600_000;
/** Users that are remembered, some hundred bytes each; who is forgotten is written once more. */
const MAX_REMEMBERED = 10_000;
/** Users in one bulk write, which keeps the joins behind it waiting (as in rooms/relay.ts). */
const BATCH = 50;
/** Users that may wait for a store that is slow or away; past that they are left out until they call again. */
const MAX_IN_HAND = 1_000;
/** When we stop, what is in hand may take this long. Milliseconds. */
const PARTING = 1_000;

export type UserMirror = AsyncDisposable &
  Readonly<{
    /** Takes note of someone who called. Neither waits nor throws: nobody is kept out because of this. */
    seen(user: User): void;
  }>;

/**
 * Keeps a mirror of everybody who calls: at first sight, when their name is another, and from time to time.
 * Who could not be written is taken up again when they call the next time.
 *
 * @param deps.onError told once for each time that writing begins to fail
 */
export function createMirror(deps: {
  store: UserStore;
  now: () => Date;
  onError: (error: unknown) => void;
}): UserMirror {
  const { store, now, onError } = deps;
  /** The name that each was last written with. */
  const known = new LRUCache<string, string>({
    max: MAX_REMEMBERED,
    ttl: REMEMBER_FOR,
    perf: { now: () => now().getTime() },
    // Else it would set a timer for most looks, to remember the time for a millisecond.
    ttlResolution: 0,
  });
  let inHand = 0;
  let failing = false;

  const batches = createBatcher<Sighting>(BATCH, async (batch) => {
    try {
      // Of one who is in it twice, the later counts.
      await store.write([...new Map(batch.map((sighting) => [sighting.id, sighting])).values()]);
      failing = false;
    } catch (error) {
      for (const { id } of batch) known.delete(id);
      report(error);
    }
    inHand -= batch.length;
  });

  function report(error: unknown): void {
    if (!failing) onError(error);
    failing = true;
  }

  return {
    seen({ id, name }) {
      if (known.get(id) === name) return;
      if (inHand >= MAX_IN_HAND) return report(new Error(`over ${MAX_IN_HAND} users wait to be written`));
      inHand += 1;
      known.set(id, name);
      // A batch serves many requests, so it belongs to the trace of none.
      context.with(ROOT_CONTEXT, () => batches.add([{ id, name, kind: kindOf(id), at: now() }]));
    },
    async [Symbol.asyncDispose]() {
      const deadline = performance.now() + PARTING;
      while (inHand > 0 && performance.now() < deadline) await sleep(10);
    },
  };
}

/** spec/README.md, "User". */
const kindOf = (id: string): UserKind => (id.startsWith('wallet:') ? 'wallet' : 'keycloak');
