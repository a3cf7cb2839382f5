import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EditorPort } from './editor/contract.ts';
import { connectPorts } from './ports.ts';
import { constant } from './shared/live.ts';
import { whenWorldIsUp } from './when.ts';

const editor: EditorPort = { apply: () => Promise.reject(new Error('not asked')), diff: () => Promise.reject(new Error('not asked')), definitions: constant([]) };
const run = vi.fn<() => void>();

beforeEach(() => { vi.useFakeTimers(); run.mockReset(); connectPorts({}); });
afterEach(() => vi.useRealTimers());

test('waits for the session, and runs once', () => {
  whenWorldIsUp(run);
  connectPorts({});
  expect(run).not.toHaveBeenCalled();
  connectPorts({ editor });
  expect(run).toHaveBeenCalledTimes(1);
  connectPorts({ editor: { ...editor } });
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(1);
});

test('runs at once where the session is there', () => {
  connectPorts({ editor });
  whenWorldIsUp(run);
  expect(run).toHaveBeenCalledTimes(1);
});

test('does not wait for ever for a world that never comes up', () => {
  whenWorldIsUp(run);
  vi.advanceTimersByTime(60_000);
  expect(run).toHaveBeenCalledTimes(1);
});

test('can be called off', () => {
  whenWorldIsUp(run)();
  connectPorts({ editor });
  vi.advanceTimersByTime(60_000);
  expect(run).not.toHaveBeenCalled();
});
