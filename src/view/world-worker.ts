// The worker that holds the world. Its script is by far the largest part of the page and a world takes a while to come up,
// so the first one is begun with the page's first line, before anybody can ask it anything.
import type { Prepare } from '../worker/protocol.ts';
import { configFromAddress, DEFAULT_CONFIG } from './config.ts';

/** A name of its own, because the worker's lock is known by it to every page from this place. */
function makeWorker(): Worker {
  return new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module', name: `wheelhouse-world-${Date.now()}-${Math.random()}` });
}

let first: Worker | undefined;

/** Lets the worker load, and the world that will most likely be opened come up, while the page loads. */
export function startWorker(): void {
  const prepare: Prepare = { type: 'prepare', config: configFromAddress() ?? DEFAULT_CONFIG };
  first = makeWorker();
  // Nobody listens yet: whoever takes it is given another one, whose failure is heard.
  first.onerror = () => { first = undefined; };
  first.postMessage(prepare);
}

/** The worker that has begun to load, the first time; else a new one. */
export function takeWorker(): Worker {
  const worker = first ?? makeWorker();
  first = undefined;
  return worker;
}
