// When to load what the first view does not need.
import { usePorts } from './ports.ts';

/** A world that does not come up must not keep the rest of the page back. */
const WORLD_MS = 4_000;

/** Runs when the page has nothing better to do. */
export function whenIdle(run: () => void): void {
  const start = globalThis.requestIdleCallback ?? ((idle: () => void) => setTimeout(idle, 100));
  start(() => run());
}

/** Runs once the session is there: until then the processors belong to the world and the first view. The answer calls it off. */
export function whenWorldIsUp(run: () => void): () => void {
  const isUp = (): boolean => usePorts.getState().editor !== undefined;
  if (isUp()) {
    run();
    return () => undefined;
  }
  const stop = (): void => {
    clearTimeout(timer);
    unsubscribe();
  };
  const once = (): void => {
    stop();
    run();
  };
  const timer = setTimeout(once, WORLD_MS);
  const unsubscribe = usePorts.subscribe(() => { if (isUp()) once(); });
  return stop;
}
