import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../api/generated/types.ts';
import { podGarbageCollector } from './podgc.ts';
import { TestKit } from './testkit.ts';
import { ttlController } from './ttl.ts';

const S = 1_000_000;
const indexers = { pods: { nodeName: (object: unknown) => [(object as Pod).spec?.nodeName ?? ''] } };
const pod = (name: string, nodeName: string, extra: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'x' }, spec: { containers: [], nodeName }, status: { phase: 'Running' }, ...extra,
});
const node = (name: string, extra: Partial<Node> = {}): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, ...extra });
const newKit = (threshold = 12_500): TestKit<unknown, unknown> => new TestKit(podGarbageCollector as never, { 'terminated-pod-gc-threshold': threshold }, indexers);

function runFor(k: TestKit<unknown, unknown>, seconds: number): void {
  for (const end = k.nowUs + seconds * S; k.nowUs < end;) {
    k.run(k.nowUs + 20 * S);
    k.enqueue('');
    k.run();
  }
}

describe('pod garbage collector', () => {
  it('fails and deletes pods of a deleted node after the quarantine, one after the other', () => {
    const k = newKit();
    k.put('pods', pod('a', 'gone'));
    k.put('pods', pod('b', 'gone'));
    runFor(k, 40);
    expect(k.log).toEqual([]);
    runFor(k, 20);
    expect(k.log).toEqual(['patch pods/x/a/status', 'delete pods/x/a', 'patch pods/x/b/status', 'delete pods/x/b']);
    expect(k.get<Pod>('pods', 'x/a')?.status).toMatchObject({ phase: 'Failed', conditions: [{ type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }] });
  });

  it('leaves the pods of a node that came back', () => {
    const k = newKit();
    k.put('pods', pod('a', 'n'));
    runFor(k, 40);
    k.put('nodes', node('n'));
    runFor(k, 60);
    expect(k.log).toEqual([]);
  });

  it('deletes terminating pods that never had a node', () => {
    const k = newKit();
    k.put('pods', pod('a', '', { metadata: { name: 'a', namespace: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } }));
    runFor(k, 20);
    expect(k.log).toEqual(['patch pods/x/a/status', 'delete pods/x/a']);
  });

  it('deletes terminating pods of a node that is out of service', () => {
    const k = newKit();
    k.put('nodes', node('n', { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] }, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }));
    k.put('pods', pod('stays', 'n'));
    k.put('pods', pod('goes', 'n', { metadata: { name: 'goes', namespace: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } }));
    runFor(k, 20);
    expect(k.log).toEqual(['patch pods/x/goes/status', 'delete pods/x/goes']);
  });

  it('keeps no more finished pods than the threshold, evicted ones go first', () => {
    const k = newKit(2);
    k.put('nodes', node('n'));
    const finished = (name: string, second: number, reason?: string): Pod => pod(name, 'n', { metadata: { name, namespace: 'x', creationTimestamp: `2026-01-01T00:00:0${second}Z` }, status: { phase: 'Failed', reason } });
    for (const object of [finished('old', 1), finished('new', 3), finished('evicted', 4, 'Evicted'), finished('middle', 2)]) k.put('pods', object);
    runFor(k, 20);
    expect(k.log).toEqual(['delete pods/x/evicted', 'delete pods/x/old']);
  });
});

describe('ttl controller', () => {
  it('annotates nodes by the size of the cluster', () => {
    const k = new TestKit(ttlController);
    for (let i = 0; i < 101; i++) k.put('nodes', node(`n${i}`));
    k.run();
    expect(k.get('nodes', 'n100')?.metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '15' });
  });

  it('knows no step beyond five minutes', () => {
    const k = new TestKit(ttlController);
    for (let i = 0; i < 10_001; i++) {
      k.put('nodes', node(`n${i}`));
      if (i % 1000 === 0) k.run();
    }
    expect(k.get('nodes', 'n10000')?.metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '300' });
  });
});
