import { describe, expect, it } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../api/generated/types.ts';
import { claimsOfPod } from '../scheduler/volumes.ts';
import { ephemeralVolumeController } from './ephemeralvolume.ts';
import { pvcProtectionController } from './pvcprotection.ts';
import { pvProtectionController } from './pvprotection.ts';
import { TestKit } from './testkit.ts';

const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const indexers = { pods: { claim: (pod: unknown) => claimsOfPod(pod as Pod).map(({ name }) => `x/${name}`) } };

describe('protection of claims', () => {
  const claim = (extra: Partial<PersistentVolumeClaim['metadata']>): PersistentVolumeClaim => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'x', ...extra } });
  const pod = (nodeName: string, phase: 'Running' | 'Succeeded' = 'Running'): Pod => ({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'x' }, spec: { containers: [], nodeName, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }] }, status: { phase },
  });
  const finalizers = ['kubernetes.io/pvc-protection'];

  it('adds the finalizer where admission did not', () => {
    const k = new TestKit(pvcProtectionController, {}, indexers);
    k.put('persistentvolumeclaims', claim({}));
    k.run();
    expect(k.get('persistentvolumeclaims', 'x/c')?.metadata.finalizers).toEqual(finalizers);
  });

  it('lets a claim go when its pod is gone, not before', () => {
    const k = new TestKit(pvcProtectionController, {}, indexers);
    k.put('pods', pod('n'));
    k.put('persistentvolumeclaims', claim({ ...deleting, finalizers }));
    k.run();
    k.put('pods', pod('n', 'Succeeded'));
    k.run();
    expect(k.get('persistentvolumeclaims', 'x/c')).toBeDefined();
    k.remove('pods', 'x/app');
    k.run();
    expect(k.get('persistentvolumeclaims', 'x/c')).toBeUndefined();
  });

  it('is not held by a pod without a node', () => {
    const k = new TestKit(pvcProtectionController, {}, indexers);
    k.put('pods', pod(''));
    k.put('persistentvolumeclaims', claim({ ...deleting, finalizers }));
    k.run();
    expect(k.get('persistentvolumeclaims', 'x/c')).toBeUndefined();
  });
});

describe('protection of volumes', () => {
  it('holds a bound volume', () => {
    const k = new TestKit(pvProtectionController);
    const volume = (phase: 'Bound' | 'Released'): PersistentVolume => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', ...deleting, finalizers: ['kubernetes.io/pv-protection'] }, status: { phase } });
    k.put('persistentvolumes', volume('Bound'));
    k.run();
    expect(k.log).toEqual([]);
    k.put('persistentvolumes', volume('Released'));
    k.run();
    expect(k.get('persistentvolumes', 'v')).toBeUndefined();
  });
});

describe('ephemeral volumes', () => {
  const pod: Pod = {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'x', uid: 'u' },
    spec: { containers: [], volumes: [{ name: 'tmp', ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: { storageClassName: 'manual' } } } }] },
  };

  it('get a claim that belongs to the pod, and another when it is deleted', () => {
    const k = new TestKit(ephemeralVolumeController, {}, indexers);
    k.put('pods', pod);
    k.run();
    const claim = k.get<PersistentVolumeClaim>('persistentvolumeclaims', 'x/app-tmp');
    expect(claim).toMatchObject({ metadata: { labels: { a: 'b' }, ownerReferences: [{ kind: 'Pod', name: 'app', uid: 'u', controller: true, blockOwnerDeletion: true }] }, spec: { storageClassName: 'manual' } });
    k.remove('persistentvolumeclaims', 'x/app-tmp');
    k.run();
    expect(k.log).toEqual(['create persistentvolumeclaims/x/app-tmp', 'create persistentvolumeclaims/x/app-tmp']);
  });

  it('do not take over a claim of somebody else', () => {
    const k = new TestKit(ephemeralVolumeController, {}, indexers);
    k.put('persistentvolumeclaims', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'app-tmp', namespace: 'x' } });
    k.put('pods', pod);
    k.run();
    expect(k.errors).toEqual(['PVC x/app-tmp was not created for pod x/app (pod is not owner)']);
  });
});
