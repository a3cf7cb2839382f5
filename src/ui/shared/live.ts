// What the page reads from the session: a value that changes over time. A zustand store is one already.
import { useSyncExternalStore } from 'react';

export interface Live<T> {
  /** The value now; the same reference until it changes. */
  readonly get: () => T;
  /** Calls the listener after each change; the answer ends that. */
  readonly subscribe: (listener: () => void) => () => void;
}

export function useLive<T>(live: Live<T>): T {
  return useSyncExternalStore(live.subscribe, live.get);
}

/** A value that never changes, for tests and for parts that are absent. */
export function constant<T>(value: T): Live<T> {
  return { get: () => value, subscribe: () => () => undefined };
}

interface StoreLike<S> {
  readonly getState: () => S;
  readonly subscribe: (listener: () => void) => () => void;
}

/** A part of a zustand store. `select` must answer the same reference while its part is unchanged. */
export function liveOf<S, T>(store: StoreLike<S>, select: (state: S) => T): Live<T> {
  return {
    get: () => select(store.getState()),
    subscribe: (listener) => {
      let last = select(store.getState());
      return store.subscribe(() => {
        const next = select(store.getState());
        if (Object.is(next, last)) return;
        last = next;
        listener();
      });
    },
  };
}
