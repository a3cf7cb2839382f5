import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../base/time.ts';
import type { Lease, Node, Pod, Taint, Toleration } from '../../api/generated/types.ts';
import { TestKit } from '../testkit.ts';
import { nodeLifecycleController } from './index.ts';
import { taintEvictionController } from './tainteviction.ts';

const S = 1_000_000;
const options = {
  'node-monitor-grace-period': 50 * S, 'node-startup-grace-period': 60 * S, 'unhealthy-zone-threshold': 0.55,
  'node-eviction-rate': 0.1, 'secondary-node-eviction-rate': 0.01, 'large-cluster-size-threshold': 50,
};
const byNode = (object: unknown): readonly string[] => [(object as Pod).spec?.nodeName ?? ''];
const indexers = { pods: { nodeName: byNode } };
const ZERO = 1_767_225_600 * S;

type Kit = TestKit<ReturnType<typeof nodeLifecycleController.init>, unknown>;
const newKit = (): Kit => new TestKit(nodeLifecycleController as never, options, indexers);

function node(name: string, ready: string, extra: Partial<Node['spec']> = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, creationTimestamp: formatTime(ZERO), labels: { 'kubernetes.io/os': 'linux' } }, spec: extra,
    status: { conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: formatTime(ZERO), lastTransitionTime: formatTime(ZERO), reason: 'KubeletReady', message: '' }] },
  };
}

function renew(k: Kit, name: string): void {
  const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec: { renewTime: formatTime(ZERO + k.nowUs) } };
  k.put('leases', lease);
}

/** Runs the monitor every five seconds up to a time; nodes in `alive` renew their leases every ten. */
function runMonitor(k: Kit, untilS: number, alive: readonly string[]): void {
  for (let second = k.nowUs / S; second <= untilS; second += 5) {
    k.run(second * S);
    if (second % 10 === 0) for (const name of alive) renew(k, name);
    k.enqueue('');
    k.run();
  }
}

const pod = (name: string, nodeName: string, tolerations: readonly Toleration[] = []): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'x', generation: 1 }, spec: { containers: [], nodeName, tolerations },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(ZERO) }] },
});
const taintsOf = (k: Kit, name: string): readonly string[] => (k.get<Node>('nodes', name)?.spec?.taints ?? []).map(({ key, effect }) => `${key.split('/')[1]}:${effect}`);
const statusOf = (k: Kit, name: string): string | undefined => k.get<Node>('nodes', name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

describe('node lifecycle controller', () => {
  it('registers nodes, says when they are gone, and takes the taint of a ready node away', () => {
    const k = newKit();
    k.put('nodes', node('a', 'True', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }));
    k.run();
    k.enqueue('');
    k.run();
    expect(taintsOf(k, 'a')).toEqual([]);
    expect(k.get('nodes', 'a')?.metadata.labels).toMatchObject({ 'beta.kubernetes.io/os': 'linux' });
    k.remove('nodes', 'a');
    k.enqueue('');
    k.run();
    expect(k.events.map((event) => event.message)).toEqual(['Node a event: Registered Node a in Controller', 'Node a event: Removing Node a from Controller']);
  });

  it('silences a node after the grace period: Unknown, NoSchedule, then NoExecute, pods not ready', () => {
    const k = newKit();
    k.put('nodes', node('a', 'True'));
    k.put('nodes', node('b', 'True'));
    k.put('pods', pod('p', 'a'));
    runMonitor(k, 50, ['b']);
    expect(statusOf(k, 'a')).toBe('True');
    runMonitor(k, 55, ['b']);
    expect(statusOf(k, 'a')).toBe('Unknown');
    expect(taintsOf(k, 'a')).toEqual(['unreachable:NoSchedule']);
    k.run(k.nowUs + 100_000);
    expect(taintsOf(k, 'a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    expect(k.get<Pod>('pods', 'x/p')?.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'False', lastTransitionTime: formatTime(ZERO + 55 * S) });
    expect(k.events.map(({ reason, message }) => `${reason}: ${message}`).slice(2)).toEqual(['NodeNotReady: Node a status is now: NodeNotReady', 'NodeNotReady: Node is not ready']);
    const back = k.get<Node>('nodes', 'a') as Node;
    k.put('nodes', { ...back, status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: formatTime(ZERO + 60 * S) }] } });
    runMonitor(k, 60, ['a', 'b']);
    expect(taintsOf(k, 'a')).toEqual([]);
  });

  it('a lease alone keeps a node alive', () => {
    const k = newKit();
    k.put('nodes', node('a', 'True'));
    runMonitor(k, 300, ['a']);
    expect(statusOf(k, 'a')).toBe('True');
  });

  it('evicts nothing when all nodes are silent', () => {
    const k = newKit();
    for (const name of ['a', 'b']) k.put('nodes', node(name, 'True'));
    runMonitor(k, 100, []);
    for (const name of ['a', 'b']) expect(taintsOf(k, name)).toEqual(['unreachable:NoSchedule']);
  });

  it('taints one node per ten seconds at the default rate', () => {
    const k = newKit();
    for (const name of ['a', 'b', 'c', 'd', 'e']) k.put('nodes', node(name, 'True'));
    runMonitor(k, 56, ['c', 'd', 'e']);
    const tainted = (): number => ['a', 'b'].filter((name) => taintsOf(k, name).includes('unreachable:NoExecute')).length;
    expect(tainted()).toBe(0);
    k.run(55 * S + 200_000);
    expect(tainted()).toBe(1);
    k.run(65 * S);
    expect(tainted()).toBe(1);
    k.run(65 * S + 300_000);
    expect(tainted()).toBe(2);
  });

  it('marks conditions that no kubelet ever posted', () => {
    const k = newKit();
    k.put('nodes', { ...node('a', 'True'), status: {} });
    runMonitor(k, 65, []);
    expect(k.get<Node>('nodes', 'a')?.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Ready NodeStatusNeverUpdated', 'MemoryPressure NodeStatusNeverUpdated', 'DiskPressure NodeStatusNeverUpdated', 'PIDPressure NodeStatusNeverUpdated',
    ]);
  });
});

describe('taint eviction controller', () => {
  const maint: Taint = { key: 'maint', value: 'now', effect: 'NoExecute' };
  const evictionKit = (): TestKit<unknown, unknown> => new TestKit(taintEvictionController as never, {}, indexers);

  it('evicts at once, after the tolerated time, or never', () => {
    const k = evictionKit();
    k.put('nodes', node('a', 'True'));
    k.put('pods', pod('none', 'a'));
    k.put('pods', pod('two', 'a', [{ key: 'maint', operator: 'Equal', value: 'now', effect: 'NoExecute', tolerationSeconds: 2 }]));
    k.put('pods', pod('ever', 'a', [{ key: 'maint', operator: 'Exists' }]));
    k.put('nodes', node('a', 'True', { taints: [maint] }));
    k.run();
    expect(k.log).toEqual(['patch pods/x/none/status', 'delete pods/x/none']);
    k.run(3 * S);
    expect(k.log.slice(2)).toEqual(['patch pods/x/two/status', 'delete pods/x/two']);
    expect(k.events.map((event) => event.message)).toEqual(['Marking for deletion Pod x/none', 'Marking for deletion Pod x/two']);
    expect(k.get<Pod>('pods', 'x/two')?.status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }));
  });

  it('cancels when the taint goes, and begins with the pod that comes to a tainted node', () => {
    const k = evictionKit();
    k.put('nodes', node('a', 'True', { taints: [maint] }));
    k.run();
    k.put('pods', pod('p', 'a', [{ key: 'maint', operator: 'Exists', tolerationSeconds: 4 }]));
    k.run(2 * S);
    k.put('nodes', node('a', 'True'));
    k.run(10 * S);
    expect(k.log).toEqual([]);
    expect(k.events.map((event) => event.message)).toEqual(['Cancelling deletion of Pod x/p']);
  });
});
