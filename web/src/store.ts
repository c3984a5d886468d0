/** A value that can be watched; `useSyncExternalStore(store.onChange, store.get)` shows it. */
export type Store<T> = Readonly<{
  get: () => T;
  set: (change: Partial<T>) => void;
  /** @returns stops it */
  onChange: (listener: () => void) => () => void;
}>;

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(change) {
      value = { ...value, ...change };
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
