// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_CONFIG } from './config.ts';
import { startWorker, takeWorker } from './world-worker.ts';

/** A worker as far as the page sees one. */
class FakeWorker {
  static readonly made: FakeWorker[] = [];
  readonly sent: unknown[] = [];
  onerror: (() => void) | null = null;

  constructor() {
    FakeWorker.made.push(this);
  }

  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

beforeEach(() => {
  FakeWorker.made.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
});
afterEach(() => vi.unstubAllGlobals());

test('the worker that was begun early is taken once, and was told what to prepare', () => {
  startWorker();
  const [early] = FakeWorker.made;
  expect(early?.sent).toEqual([{ type: 'prepare', config: DEFAULT_CONFIG }]);
  expect(takeWorker()).toBe(early);
  expect(takeWorker()).toBe(FakeWorker.made[1]);
  expect(FakeWorker.made[1]?.sent).toEqual([]);
});

test('an early worker that could not load is not taken', () => {
  startWorker();
  FakeWorker.made[0]?.onerror?.();
  expect(takeWorker()).toBe(FakeWorker.made[1]);
});

test('the world of the address is the one that is prepared', () => {
  globalThis.history.replaceState(null, '', '?nodes=2');
  startWorker();
  expect(FakeWorker.made[0]?.sent).toEqual([{ type: 'prepare', config: expect.objectContaining({ nodes: [expect.objectContaining({ name: 'node-1' }), expect.objectContaining({ name: 'node-2' })] }) as unknown }]);
  takeWorker();
});
