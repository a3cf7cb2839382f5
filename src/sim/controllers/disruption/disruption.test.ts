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

  it.each([
    ['batch/v1', 'Job', 'jobs.batch does not implement the scale subresource'],
    ['apps/v1', 'ReplicaSet', 'found no controllers for pod "a"'],
    ['example.org/v1', 'Robot', 'no matches for kind "Robot" in version "example.org/v1"'],
  ])('allows nothing when the scale of %s %s cannot be had, and says why once', (apiVersion, kind, problem) => {
    const k = newKit();
    const base = pod('a', true, false);
    k.put('pods', { ...base, metadata: { ...base.metadata, ownerReferences: [{ apiVersion, kind, name: 'it', uid: 'it', controller: true }] } });
    k.put('poddisruptionbudgets', budget({ maxUnavailable: 1 }));
    k.run(10 * S);
    expect(status(k)).toMatchObject({ disruptionsAllowed: 0, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: problem }] });
    expect(status(k)?.conditions?.[0]?.observedGeneration).toBeUndefined();
    expect(new Set(k.events.map(({ message }) => message))).toEqual(new Set([`Failed to calculate the number of expected pods: ${problem}`]));
    expect(k.events.length).toBeLessThanOrEqual(2);
    expect(k.errors).toEqual([]);
  });

  it('asks the API server for the scale of kinds that no cache holds', () => {
    const k = newKit();
    k.put('customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'robots.example.org' },
      spec: { group: 'example.org', scope: 'Namespaced', names: { plural: 'robots', kind: 'Robot' }, versions: [{ name: 'v1', served: true, storage: true, subresources: { scale: {} } }] },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    } as ApiObject);
    k.put('robots', { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'it', namespace: 'x', uid: 'it' }, spec: { replicas: 4 } } as ApiObject);
    const base = pod('a', true, false);
    k.put('pods', { ...base, metadata: { ...base.metadata, ownerReferences: [{ apiVersion: 'example.org/v1', kind: 'Robot', name: 'it', uid: 'it', controller: true }] } });
    k.put('poddisruptionbudgets', budget({ maxUnavailable: 3 }));
    k.run();
    expect(status(k)).toMatchObject({ expectedPods: 4, desiredHealthy: 1, currentHealthy: 1, disruptionsAllowed: 0 });
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

  it('gives back what has run over its grace period, and what gets or loses a time limit', () => {
    const k = new TestKit<unknown, unknown>(resourceQuotaController as never, {}, indexers);
    k.put('resourcequotas', { ...quota({ pods: '5' }), spec: { hard: { pods: '5' }, scopes: ['NotTerminating'] } });
    for (const name of ['a', 'b', 'c']) k.put('pods', pod(name));
    k.enqueue('');
    k.run();
    expect(used(k)).toEqual({ pods: '3' });
    const limited = pod('a');
    k.put('pods', { ...limited, spec: { containers: [], ...limited.spec, activeDeadlineSeconds: 60 } });
    k.run();
    expect(used(k)).toEqual({ pods: '2' });
    const leaving = (name: string, deletionGracePeriodSeconds: number): Pod =>
      ({ ...pod(name), metadata: { ...pod(name).metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds } });
    k.put('pods', leaving('b', 30));
    k.put('pods', leaving('c', 5));
    k.enqueue('');
    k.run(10 * S);
    expect(used(k)).toEqual({ pods: '2' });
    k.enqueue('');
    k.run(11 * S);
    expect(used(k)).toEqual({ pods: '1' });
  });

  it('counts claims by the classes of attributes that they name', () => {
    const k = new TestKit<unknown, unknown>(resourceQuotaController as never, {}, indexers);
    const claim = (name: string, spec: object, status: object = {}): ApiObject => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'x' }, spec: { resources: { requests: { storage: '1Gi' } }, ...spec }, status } as ApiObject);
    k.put('persistentvolumeclaims', claim('plain', {}));
    k.put('persistentvolumeclaims', claim('gold', { volumeAttributesClassName: 'gold' }, { allocatedResources: { storage: '3Gi' } }));
    k.put('persistentvolumeclaims', claim('was-gold', { volumeAttributesClassName: 'iron' }, { currentVolumeAttributesClassName: 'gold' }));
    const hard = { persistentvolumeclaims: '5', 'requests.storage': '10Gi' };
    k.put('resourcequotas', { ...quota(hard), spec: { hard, scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }] } } });
    k.run();
    expect(used(k)).toEqual({ persistentvolumeclaims: '2', 'requests.storage': '4Gi' });
  });

  it('counts custom resources once they are defined', () => {
    const k = new TestKit<unknown, unknown>({ ...resourceQuotaController, watches: [...resourceQuotaController.watches, 'widgets.example.org'] } as never, {}, indexers);
    const widget: ApiObject = { apiVersion: 'example.org/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'x' } };
    k.put('widgets.example.org', widget);
    k.put('resourcequotas', quota({ 'count/widgets.example.org': '2' }));
    k.run();
    expect(used(k)).toEqual({});
    k.put('customresourcedefinitions', {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.org' },
      spec: { group: 'example.org', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [{ name: 'v1', served: true, storage: true }] },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    } as ApiObject);
    k.scope.informer('widgets.example.org').synced = true;
    k.enqueue('x/q');
    k.run();
    expect(used(k)).toEqual({ 'count/widgets.example.org': '1' });
    k.remove('widgets.example.org', 'x/w');
    k.run();
    expect(used(k)).toEqual({ 'count/widgets.example.org': '0' });
  });
});
