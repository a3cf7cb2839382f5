import { describe, expect, it } from 'vitest';
import type { Pod, PodDisruptionBudget, ReplicaSet, ResourceQuota } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { resourceQuotaController } from '../resourcequota.ts';
import { TestKit } from '../testkit.ts';
import { disruptionController } from './index.ts';

const S = 1_000_000;
const namespace = (object: ApiObject): readonly string[] => [object.metadata.namespace ?? ''];
type Kit = TestKit<unknown, unknown>;

describe('disruption controller', () => {
  const newKit = (): Kit => new TestKit<unknown, unknown>(disruptionController as never, {}, { pods: { namespace }, poddisruptionbudgets: { namespace } });
  const budget = (spec: Partial<PodDisruptionBudget['spec']>, status: PodDisruptionBudget['status'] = {}): PodDisruptionBudget => ({
    apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'x', generation: 1 }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec }, status,
  });
  const replicaSet: ReplicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'x', uid: 'rs' }, spec: { replicas: 3, selector: {} } };
  const pod = (name: string, ready: boolean, owned = true): Pod => ({
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'x', labels: { app: 'web' }, ...(owned ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true }] } : {}) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
  const status = (k: Kit): PodDisruptionBudget['status'] => k.get<PodDisruptionBudget>('poddisruptionbudgets', 'x/web')?.status;

  it.each([
    [{ minAvailable: 2 }, { expectedPods: 2, desiredHealthy: 2, currentHealthy: 1, disruptionsAllowed: 0 }],
    [{ minAvailable: '50%' }, { expectedPods: 3, desiredHealthy: 2, currentHealthy: 1, disruptionsAllowed: 0 }],
    [{ maxUnavailable: '67%' }, { expectedPods: 3, desiredHealthy: 0, currentHealthy: 1, disruptionsAllowed: 1 }],
  ])('counts for %o', (spec, wanted) => {
    const k = newKit();
    k.put('replicasets', replicaSet);
    k.put('pods', pod('a', true));
    k.put('pods', pod('b', false));
    k.put('poddisruptionbudgets', budget(spec));
    k.run();
    expect(status(k)).toMatchObject({ ...wanted, observedGeneration: 1, conditions: [{ type: 'DisruptionAllowed', reason: wanted.disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods', message: '' }] });
  });

  it('says that it finds no pods, or pods that nobody manages', () => {
    const k = newKit();
    k.put('poddisruptionbudgets', budget({ maxUnavailable: 1 }));
    k.run();
    k.put('pods', pod('bare', true, false));
    k.run();
    expect(k.events[0]?.message).toBe('No matching pods found');
    expect(k.events.at(-1)?.message).toMatch(/^Pods selected by this PodDisruptionBudget \(selector: &LabelSelector{MatchLabels:map\[string\]string{app: web,},MatchExpressions:\[\]LabelSelectorRequirement{},}\) were found to be unmanaged\./);
  });

  it('does not count a pod that was promised to an eviction, for two minutes', () => {
    const k = newKit();
    k.put('pods', pod('a', true, false));
    k.put('poddisruptionbudgets', budget({ minAvailable: 1 }, { disruptedPods: { a: '2026-01-01T00:00:00Z' } }));
    k.run(S);
    expect(status(k)).toMatchObject({ currentHealthy: 0, disruptedPods: { a: '2026-01-01T00:00:00Z' } });
    k.run(121 * S);
    expect(status(k)).toMatchObject({ currentHealthy: 1 });
    expect(status(k)?.disruptedPods).toBeUndefined();
    expect(k.events.map(({ reason }) => reason)).toEqual(['NotDeleted']);
  });

  it('takes the mark of a disruption that did not come away', () => {
    const k = newKit();
    const marked = pod('a', true);
    k.put('pods', { ...marked, status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', lastTransitionTime: '2026-01-01T00:00:00Z' }] } });
    k.run(119 * S);
    expect(k.log).toEqual([]);
    k.run(121 * S);
    expect(k.get<Pod>('pods', 'x/a')?.status?.conditions).toMatchObject([{ type: 'DisruptionTarget', status: 'False' }]);
  });
});

describe('resource quota controller', () => {
  const indexers = new Proxy({}, { get: () => ({ namespace }) });
  const quota = (hard: Readonly<Record<string, string>>): ResourceQuota => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'x' }, spec: { hard } });
  const pod = (name: string, phase: 'Running' | 'Succeeded' = 'Running'): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'x' }, spec: { containers: [{ name: 'main', resources: { requests: { cpu: '100m' } } }] }, status: { phase },
  });
  const used = (k: Kit): unknown => k.get<ResourceQuota>('resourcequotas', 'x/q')?.status?.used;

  it('counts what there is, and gives back what goes or ends', () => {
    const k = new TestKit<unknown, unknown>(resourceQuotaController as never, {}, indexers);
    k.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'x' } });
    k.put('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'other' } });
    for (const name of ['a', 'b']) k.put('pods', pod(name));
    k.put('resourcequotas', quota({ pods: '5', 'requests.cpu': '1', 'count/configmaps': '3', services: '2' }));
    k.run();
    expect(used(k)).toEqual({ pods: '2', 'requests.cpu': '200m', 'count/configmaps': '1', services: '0' });
    k.put('pods', pod('a', 'Succeeded'));
    k.run();
    expect(used(k)).toMatchObject({ pods: '1', 'requests.cpu': '100m' });
    k.remove('pods', 'x/b');
    k.remove('configmaps', 'x/c');
    k.run();
    expect(used(k)).toMatchObject({ pods: '0', 'requests.cpu': '0', 'count/configmaps': '0' });
  });
});
