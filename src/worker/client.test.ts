import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SLOW_MS, WorldClient } from './client.ts';
import type { WorkerLike } from './client.ts';
import type { CommandEnvelope, FromWorker } from './protocol.ts';

/** A worker that answers when the test says so. */
class FakeWorker implements WorkerLike {
  readonly asked: CommandEnvelope[] = [];
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  terminated = false;

  postMessage(message: unknown): void {
    this.asked.push(message as CommandEnvelope);
  }

  terminate(): void {
    this.terminated = true;
  }

  say(data: FromWorker): void {
    this.onmessage?.({ data });
  }

  answer(): void {
    const next = this.asked.shift();
    if (next) this.say({ id: next.id, reply: { type: 'saved', session: { version: 1, config: { seed: 1, nodes: [], options: {} }, inputs: [], position: 0, nowUs: 0 } } });
  }
}

let workers: FakeWorker[];
let told: string[];
let end: (lock: string) => void;
let client: WorldClient;
const current = (): FakeWorker => workers.at(-1) as FakeWorker;

beforeEach(() => {
  vi.useFakeTimers();
  [workers, told] = [[], []];
  const locks = new Map<string, () => void>();
  end = (lock) => locks.get(lock)?.();
  client = new WorldClient({
    create: () => { workers.push(new FakeWorker()); return current(); },
    onDeath: (reason) => told.push(`died: ${reason}`),
    onSlow: (slow) => told.push(slow ? 'slow' : 'answers'),
    whenGone: (lock) => new Promise((resolve) => locks.set(lock, resolve)),
  });
});
afterEach(() => { vi.useRealTimers(); });

test('a worker that ends without a word is noticed by its lock, and what it was asked fails', async () => {
  current().say({ type: 'alive', lock: 'a' });
  const asked = client.save();
  end('a');
  await expect(asked).rejects.toThrow('the worker ended');
  expect(told).toEqual(['died: ']);
});

test('one that threw is told once, with its error', async () => {
  current().say({ type: 'alive', lock: 'a' });
  current().onerror?.({ message: 'out of memory' });
  end('a');
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['died: out of memory']);
});

test('a long computation is said to be one, and is no death', async () => {
  const asked = [client.save(), client.save()];
  await vi.advanceTimersByTimeAsync(SLOW_MS);
  expect(told).toEqual(['slow']);
  current().answer();
  expect(told).toEqual(['slow', 'answers']);
  // The second had to wait for its turn.
  await vi.advanceTimersByTimeAsync(SLOW_MS - 1);
  current().answer();
  await expect(Promise.all(asked)).resolves.toHaveLength(2);
  await vi.advanceTimersByTimeAsync(SLOW_MS * 10);
  expect(told).toEqual(['slow', 'answers']);
});

test('after a restart the old worker is forgotten', async () => {
  current().say({ type: 'alive', lock: 'a' });
  const [old, asked] = [current(), client.save()];
  client.restart();
  await expect(asked).rejects.toThrow('the worker was replaced');
  end('a');
  await vi.advanceTimersByTimeAsync(SLOW_MS * 2);
  expect([old.terminated, workers.length, told]).toEqual([true, 2, []]);
});
