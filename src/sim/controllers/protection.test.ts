import { describe, expect, it } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from '../api/generated/types.ts';
import { claimsOfPod } from '../scheduler/volumes.ts';
import { ephemeralVolumeController } from './ephemeralvolume.ts';
import { pvcProtectionController } from './pvcprotection.ts';
import { pvProtectionController } from './pvprotection.ts';
import { INFORMERS } from './informers.ts';
import { TestKit } from './testkit.ts';
import { vacProtectionController } from './vacprotection.ts';
import { volumeExpansionController } from './volumeexpansion.ts';

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

describe('protection of attributes classes', () => {
  const finalizers = ['kubernetes.io/vac-protection'];
  const vac = (extra: VolumeAttributesClass['metadata']): VolumeAttributesClass => ({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', driverName: 'd.example', metadata: { name: 'gold', ...extra } });
  const kit = () => new TestKit(vacProtectionController, {}, Object.fromEntries(['persistentvolumes', 'persistentvolumeclaims'].map((name) => [name, INFORMERS.get(name)?.indexers ?? {}])));
  const claim = (spec: PersistentVolumeClaim['spec'], status: PersistentVolumeClaim['status']): PersistentVolumeClaim => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'x' }, spec, status });
  const volume = (volumeAttributesClassName: string): PersistentVolume => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { volumeAttributesClassName } });

  it('adds the finalizer, and takes it away from a class that nothing uses', () => {
    const k = kit();
    k.put('volumeattributesclasses', vac({}));
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')?.metadata.finalizers).toEqual(finalizers);
    k.put('volumeattributesclasses', vac({ ...deleting, finalizers }));
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')).toBeUndefined();
  });

  it.each([
    ['asks for', claim({ volumeAttributesClassName: 'gold' }, {}), claim({ volumeAttributesClassName: 'silver' }, {})],
    ['has', claim({ volumeAttributesClassName: 'silver' }, { currentVolumeAttributesClassName: 'gold' }), claim({ volumeAttributesClassName: 'silver' }, { currentVolumeAttributesClassName: 'silver' })],
    ['is being given', claim({}, { modifyVolumeStatus: { status: 'InProgress', targetVolumeAttributesClassName: 'gold' } }), claim({}, {})],
  ])('holds a class that a claim %s', (_how, before, after) => {
    const k = kit();
    k.put('persistentvolumeclaims', before);
    k.put('volumeattributesclasses', vac({ ...deleting, finalizers }));
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')).toBeDefined();
    k.put('persistentvolumeclaims', after);
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')).toBeUndefined();
  });

  it('holds the class of a volume', () => {
    const k = kit();
    k.put('persistentvolumes', volume('gold'));
    k.put('volumeattributesclasses', vac({ ...deleting, finalizers }));
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')).toBeDefined();
    k.remove('persistentvolumes', 'v');
    k.run();
    expect(k.get('volumeattributesclasses', 'gold')).toBeUndefined();
  });
});

describe('expansion of volumes', () => {
  const claim = (request: string, capacity: string): PersistentVolumeClaim => ({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'x', uid: 'u' },
    spec: { volumeName: 'v', resources: { requests: { storage: request } } }, status: { phase: 'Bound', capacity: { storage: capacity } },
  });
  const volume = (uid: string): PersistentVolume => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, claimRef: { namespace: 'x', name: 'c', uid } } });
  const kit = (uid: string) => {
    const k = new TestKit(volumeExpansionController);
    k.put('persistentvolumes', volume(uid));
    k.put('persistentvolumeclaims', claim('1Gi', '1Gi'));
    k.run();
    return k;
  };

  it('leaves it to something outside', () => {
    const k = kit('u');
    expect(k.events).toEqual([]);
    k.put('persistentvolumeclaims', claim('2Gi', '1Gi'));
    k.run();
    expect(k.events.map(({ type, reason, message }) => [type, reason, message])).toEqual([['Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC']]);
    k.put('persistentvolumeclaims', claim('2Gi', '2Gi'));
    k.run();
    expect(k.events).toHaveLength(1);
  });

  it('tries again while the volume is bound to another claim', () => {
    const k = kit('other');
    expect(k.errors.join()).toContain('persistent Volume is not bound to PVC being updated : x/c');
    expect(k.events).toEqual([]);
  });
});
