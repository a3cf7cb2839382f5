import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { objectEvent } from './framework/object-events.ts';
import { LazyHeap } from './lazy-heap.ts';
import { ObjectListers } from './listers.ts';
import { defaultFramework } from './profile.ts';
import type { QueueContext, QueuedPod, Rejection } from './queue.ts';
import { backoffDurationUs, MAX_UNSCHEDULABLE_US, SchedulingQueue } from './queue.ts';

const SECOND = 1_000_000;
const framework = defaultFramework();
const FIT: Rejection = { unschedulablePlugins: ['NodeResourcesFit'], pendingPlugins: [] };

function at(seconds: number): QueueContext {
  return { unixUs: seconds * SECOND, messageId: seconds, listers: new ObjectListers(), initialBackoffUs: SECOND, maxBackoffUs: 10 * SECOND, frameworkOf: () => framework };
}

function pod(name: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name, uid: `uid-${name}` },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }], ...spec },
  };
}

function pop(queue: SchedulingQueue, seconds: number): QueuedPod {
  const item = queue.pop(at(seconds));
  if (item === undefined) throw new Error('the queue is empty');
  return item;
}

const deleted = objectEvent('AssignedPod', 'Delete');
const running = (name: string) => pod(name, { nodeName: 'n1' });

describe('active queue', () => {
  it('gives the more important pod first, then the one that waited longer', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('old'), at(1));
    queue.add(pod('young'), at(2));
    queue.add(pod('urgent', { priority: 1000 }), at(3));
    expect(['a', 'b', 'c'].map(() => pop(queue, 4).key)).toEqual(['default/urgent', 'default/old', 'default/young']);
    expect(queue.pop(at(4))).toBeUndefined();
  });

  it('keeps gated pods out until the last gate is gone', () => {
    const queue = new SchedulingQueue();
    const gated = pod('gated', { schedulingGates: [{ name: 'example.com/quota' }] });
    expect(queue.add(gated, at(1))).toBe('unschedulable');
    expect(queue.unschedulablePods()[0]?.gatedBy).toEqual({
      plugin: 'SchedulingGates', code: 'UnschedulableAndUnresolvable', reasons: ['waiting for scheduling gates: [example.com/quota]'],
    });
    expect(queue.moveAll(objectEvent('Node', 'Add'), undefined, gated, at(2))).toEqual([]);
    expect(queue.update(gated, pod('gated'), at(3))).toBe('active');
  });
});

describe('backoff', () => {
  it('doubles from one to ten seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((failures) => backoffDurationUs(failures, SECOND, 10 * SECOND) / SECOND)).toEqual([0, 1, 2, 4, 8, 10, 10]);
  });

  it('a woken pod waits for its backoff, and is taken early when nothing else is there', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    expect(queue.addUnschedulable(pop(queue, 1), FIT, at(1))).toBe('unschedulable');
    expect(queue.moveAll(deleted, running('x'), undefined, at(1))).toEqual(['default/a']);
    expect(queue.find('default/a')).toMatchObject({ place: 'backoff', item: { wokenBy: 'AssignedPodDelete', attempts: 1 } });
    const copy = queue.clone();
    expect(copy.flushBackoff(at(2))).toEqual([]);
    expect(copy.nextBackoffUs(at(2))).toBe(3 * SECOND);
    expect(copy.flushBackoff(at(3))).toEqual(['default/a']);
    expect(copy.find('default/a')?.place).toBe('active');
    expect(pop(queue, 1)).toMatchObject({ key: 'default/a', attempts: 2, wokenBy: 'AssignedPodDelete', backoff: 'cutShort' });
    // The backoff replaces neither the event nor the message that told of it.
    expect(pop(copy, 3)).toMatchObject({ wokenBy: 'AssignedPodDelete', causedBy: 1, backoff: 'ended' });
  });

  it('errors back off too, and are not taken early', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    expect(queue.addUnschedulable(pop(queue, 1), { unschedulablePlugins: [], pendingPlugins: [] }, at(1))).toBe('backoff');
    expect(queue.pop(at(1))).toBeUndefined();
    expect(queue.flushBackoff(at(3))).toEqual(['default/a']);
  });

  it('goes straight to the active queue when the backoff is over', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    queue.addUnschedulable(pop(queue, 1), FIT, at(1));
    queue.moveAll(deleted, running('x'), undefined, at(60));
    expect(queue.find('default/a')?.place).toBe('active');
  });
});

describe('queueing hints', () => {
  it('an event that no refusing plugin cares about wakes nobody', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    queue.addUnschedulable(pop(queue, 1), FIT, at(1));
    expect(queue.moveAll(objectEvent('PersistentVolume', 'Add'), undefined, running('x'), at(2))).toEqual([]);
    expect(queue.moveAll(deleted, pod('never-ran'), undefined, at(2))).toEqual([]);
    expect(queue.moveAll(deleted, running('x'), undefined, at(2))).toEqual(['default/a']);
  });

  it('what happened while the pod was being scheduled counts', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    const item = pop(queue, 1);
    queue.moveAll(deleted, running('x'), undefined, { ...at(1), messageId: 7 });
    expect(queue.addUnschedulable(item, FIT, { ...at(1), messageId: 8 })).toBe('backoff');
    expect(queue.find('default/a')?.item).toMatchObject({ wokenBy: 'AssignedPodDelete', causedBy: 7 });
  });

  it('forgets events when nobody is in flight any more', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    queue.add(pod('b'), at(1));
    const first = pop(queue, 1);
    queue.moveAll(deleted, running('x'), undefined, at(1));
    const second = pop(queue, 1);
    queue.done(first.key);
    expect(queue.addUnschedulable(second, FIT, at(1))).toBe('unschedulable');
  });

  it('after five minutes in vain a pod is tried again', () => {
    const queue = new SchedulingQueue();
    queue.add(pod('a'), at(1));
    queue.addUnschedulable(pop(queue, 1), FIT, at(1));
    const later = 1 + MAX_UNSCHEDULABLE_US / SECOND;
    expect(queue.flushUnschedulable(at(later))).toEqual([]);
    expect(queue.flushUnschedulable(at(later + 1))).toEqual(['default/a']);
    expect(queue.find('default/a')).toMatchObject({ place: 'active', item: { wokenBy: 'UnschedulableTimeout' } });
  });
});

describe('LazyHeap', () => {
  it('behaves like a sorted list under random operations, before and after a clone', () => {
    const operation = fc.tuple(fc.constantFrom('set', 'delete', 'pop'), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 99 }));
    const less = (a: { key: string; rank: number }, b: { key: string; rank: number }) => a.rank < b.rank || (a.rank === b.rank && a.key < b.key);
    fc.assert(fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      let heap = new LazyHeap<{ key: string; rank: number }>();
      const model = new Map<string, number>();
      const got: unknown[] = [];
      const wanted: unknown[] = [];
      for (const [action, id, rank] of operations) {
        const key = `k${id}`;
        if (action === 'set') {
          heap.set({ key, rank }, less);
          model.set(key, rank);
        } else if (action === 'delete') {
          got.push(heap.delete(key)?.rank);
          wanted.push(model.get(key));
          model.delete(key);
        } else {
          const [first] = [...model].map(([k, r]) => ({ key: k, rank: r })).sort((a, b) => (less(a, b) ? -1 : 1));
          got.push(heap.pop(less));
          wanted.push(first);
          if (first) model.delete(first.key);
        }
        heap = heap.clone();
        got.push(heap.size);
        wanted.push(model.size);
      }
      expect(got).toEqual(wanted);
    }));
  });
});
