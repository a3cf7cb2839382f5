import { describe, expect, it } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../api/generated/types.ts';
import { TestKit } from '../testkit.ts';
import { persistentVolumeController } from './index.ts';

const indexers = { pods: { claim: (object: unknown) => ((object as Pod).spec?.volumes ?? []).map((volume) => `x/${volume.persistentVolumeClaim?.claimName}`) } };
type Kit = TestKit<unknown, unknown>;
const kit = (): Kit => new TestKit<unknown, unknown>(persistentVolumeController as never, { 'enable-dynamic-provisioning': 1 }, indexers);

function volume(name: string, storage: string, spec: Partial<PersistentVolume['spec']> = {}, labels?: Readonly<Record<string, string>>): PersistentVolume {
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, ...(labels ? { labels } : {}) },
    spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', hostPath: { path: '/data' }, persistentVolumeReclaimPolicy: 'Retain', ...spec },
    status: { phase: 'Pending' },
  };
}

function claim(name: string, storage: string, spec: Partial<PersistentVolumeClaim['spec']> = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'x', uid: `uid-of-${name}` },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, storageClassName: 'manual', ...spec }, status: { phase: 'Pending' },
  };
}

const storageClass = (name: string, provisioner: string, volumeBindingMode: 'Immediate' | 'WaitForFirstConsumer' = 'Immediate', isDefault = false): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name, ...(isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}) }, provisioner, volumeBindingMode,
});
const volumeOf = (k: Kit, name: string): PersistentVolume | undefined => k.get<PersistentVolume>('persistentvolumes', name);
const claimOf = (k: Kit, name: string): PersistentVolumeClaim | undefined => k.get<PersistentVolumeClaim>('persistentvolumeclaims', `x/${name}`);
const reasons = (k: Kit): readonly string[] => k.events.map(({ reason, message }) => `${reason}: ${message}`);

describe('persistent volume binder', () => {
  it('binds the smallest volume that is large enough with four writes', () => {
    const k = kit();
    for (const [name, size] of [['one', '1Gi'], ['ten', '10Gi'], ['five', '5Gi']] as const) k.put('persistentvolumes', volume(name, size));
    k.run();
    expect(volumeOf(k, 'five')?.status?.phase).toBe('Available');
    k.log.length = 0;
    k.put('persistentvolumeclaims', claim('c', '3Gi'));
    k.run();
    expect(k.log).toEqual(['update persistentvolumes/five', 'update persistentvolumes/five/status', 'update persistentvolumeclaims/x/c', 'update persistentvolumeclaims/x/c/status']);
    expect(volumeOf(k, 'five')).toMatchObject({ metadata: { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } }, spec: { claimRef: { namespace: 'x', name: 'c', uid: 'uid-of-c' } }, status: { phase: 'Bound' } });
    expect(claimOf(k, 'c')).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' } }, spec: { volumeName: 'five' },
      status: { phase: 'Bound', capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'] },
    });
  });

  it('respects class, access modes and selector', () => {
    const k = kit();
    k.put('persistentvolumes', volume('other', '5Gi', { storageClassName: 'other' }));
    k.put('persistentvolumes', volume('gold', '20Gi', {}, { tier: 'gold' }));
    k.put('persistentvolumes', volume('many', '6Gi', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }));
    k.run();
    k.put('persistentvolumeclaims', claim('many', '1Gi', { accessModes: ['ReadWriteMany'] }));
    k.run();
    k.put('persistentvolumeclaims', claim('gold', '1Gi', { selector: { matchLabels: { tier: 'gold' } } }));
    k.run();
    expect([claimOf(k, 'many')?.spec?.volumeName, claimOf(k, 'gold')?.spec?.volumeName]).toEqual(['many', 'gold']);
    k.put('persistentvolumeclaims', claim('none', '100Gi'));
    k.run();
    expect(reasons(k)).toEqual(['ProvisioningFailed: storageclass.storage.k8s.io "manual" not found']);
  });

  it('finds a volume that comes later with the next look at everything', () => {
    const k = kit();
    k.put('persistentvolumeclaims', claim('c', '1Gi', { storageClassName: '' }));
    k.run();
    expect(reasons(k)).toEqual(['FailedBinding: no persistent volumes available for this claim and no storage class is set']);
    k.put('persistentvolumes', volume('late', '2Gi', { storageClassName: '' }));
    k.run();
    expect(claimOf(k, 'c')?.status?.phase).toBe('Pending');
    k.enqueue('');
    k.run();
    expect(claimOf(k, 'c')?.status?.phase).toBe('Bound');
  });

  it('waits for the scheduler, and binds what it has reserved', () => {
    const k = kit();
    k.put('storageclasses', storageClass('local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer'));
    k.put('persistentvolumes', volume('v', '2Gi', { storageClassName: 'local' }));
    const waiting = k.put('persistentvolumeclaims', claim('c', '1Gi', { storageClassName: 'local' }));
    k.run();
    k.put('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app', namespace: 'x' }, spec: { containers: [], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'c' } }] } });
    k.enqueue('');
    k.run();
    expect(reasons(k)).toEqual(['WaitForFirstConsumer: waiting for first consumer to be created before binding', 'WaitForPodScheduled: waiting for pod app to be scheduled']);
    const free = volumeOf(k, 'v') as PersistentVolume;
    k.put('persistentvolumes', { ...free, metadata: { ...free.metadata, annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } }, spec: { ...free.spec, claimRef: { namespace: 'x', name: 'c', uid: waiting.metadata.uid } } });
    k.run();
    expect(claimOf(k, 'c')?.status?.phase).toBe('Bound');
  });

  it('asks an external provisioner by annotation and event', () => {
    const k = kit();
    k.put('storageclasses', storageClass('standard', 'csi.example', 'Immediate', true));
    k.put('persistentvolumeclaims', claim('c', '1Gi', { storageClassName: 'standard' }));
    k.run();
    expect(claimOf(k, 'c')?.metadata.annotations).toEqual({ 'volume.beta.kubernetes.io/storage-provisioner': 'csi.example', 'volume.kubernetes.io/storage-provisioner': 'csi.example' });
    expect(reasons(k)[0]).toMatch(/^ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'csi.example' or manually/);
  });

  it('gives a claim without class the default class', () => {
    const k = kit();
    k.put('storageclasses', storageClass('local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer', true));
    k.put('persistentvolumeclaims', claim('c', '1Gi', { storageClassName: undefined }));
    k.run();
    expect(claimOf(k, 'c')?.spec?.storageClassName).toBe('local');
  });

  it('honours a volume that the claim names, and one that is reserved by name', () => {
    const k = kit();
    k.put('persistentvolumes', volume('big', '50Gi'));
    k.put('persistentvolumes', volume('reserved', '2Gi', { claimRef: { namespace: 'x', name: 'wanted' } }));
    k.run();
    k.put('persistentvolumeclaims', claim('named', '1Gi', { volumeName: 'big' }));
    k.put('persistentvolumeclaims', claim('stranger', '1Gi'));
    k.put('persistentvolumeclaims', claim('wanted', '1Gi'));
    k.run();
    expect(['named', 'stranger', 'wanted'].map((name) => claimOf(k, name)?.status?.phase)).toEqual(['Bound', 'Pending', 'Bound']);
    expect(claimOf(k, 'named')?.metadata.annotations).toEqual({ 'pv.kubernetes.io/bind-completed': 'yes' });
    expect(volumeOf(k, 'reserved')?.metadata.annotations).toBeUndefined();
    k.put('persistentvolumeclaims', claim('late', '1Gi', { volumeName: 'big' }));
    k.put('persistentvolumes', volume('small', '1Gi'));
    k.run();
    k.put('persistentvolumeclaims', claim('greedy', '9Gi', { volumeName: 'small' }));
    k.run();
    expect(reasons(k).slice(1)).toEqual(['FailedBinding: volume "big" already bound to a different claim.', 'VolumeMismatch: Cannot bind to requested volume "small": requested PV is too small']);
  });

  it('says that a claim is lost when its volume disappears', () => {
    const k = kit();
    k.put('persistentvolumes', volume('v', '1Gi'));
    k.run();
    k.put('persistentvolumeclaims', claim('c', '1Gi'));
    k.run();
    k.remove('persistentvolumes', 'v');
    k.run();
    expect(claimOf(k, 'c')?.status).toEqual({ phase: 'Lost' });
    expect(reasons(k)).toEqual(['ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!']);
  });

  it.each([
    ['Retain', '/data', 'Released', []],
    ['Delete', '/data', 'Failed', ['VolumeFailedDelete: host_path deleter only supports /tmp/.+ but received provided /data']],
    ['Delete', '/tmp/data', undefined, []],
  ] as const)('releases a volume when its claim goes: %s %s', (persistentVolumeReclaimPolicy, path, phase, events) => {
    const k = kit();
    k.put('persistentvolumes', volume('v', '1Gi', { persistentVolumeReclaimPolicy, hostPath: { path } }));
    k.run();
    k.put('persistentvolumeclaims', claim('c', '1Gi'));
    k.run();
    k.remove('persistentvolumeclaims', 'x/c');
    k.run();
    expect(volumeOf(k, 'v')?.status?.phase).toBe(phase);
    expect(reasons(k)).toEqual(events);
  });

  it('leaves a volume of a CSI driver to that, whoever made it', () => {
    const k = kit();
    k.put('persistentvolumes', { ...volume('v', '1Gi', { persistentVolumeReclaimPolicy: 'Delete', hostPath: undefined, csi: { driver: 'csi.example', volumeHandle: 'h' }, claimRef: { namespace: 'x', name: 'gone', uid: 'u' } }), status: { phase: 'Bound' } });
    k.run();
    expect(volumeOf(k, 'v')?.status?.phase).toBe('Released');
    expect(reasons(k)).toEqual([]);
  });

  it('complains of a claim that it bound itself to a volume of another', () => {
    const k = kit();
    k.put('persistentvolumes', volume('v', '1Gi', { claimRef: { namespace: 'x', name: 'other', uid: 'u' } }));
    k.put('persistentvolumeclaims', claim('other', '1Gi', { volumeName: 'v' }));
    const bound = claim('c', '1Gi', { volumeName: 'v' });
    k.put('persistentvolumeclaims', { ...bound, metadata: { ...bound.metadata, annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } } });
    k.run();
    expect(reasons(k)).toContain('FailedBinding: volume "v" already bound to a different claim.');
    expect(k.log.filter((line) => line.endsWith('x/c/status'))).toEqual([]);
  });

  it('gives a claim that becomes bound the class of attributes of its volume', () => {
    const k = kit();
    k.put('persistentvolumes', volume('v', '1Gi', { volumeAttributesClassName: 'gold' }));
    k.run();
    k.put('persistentvolumeclaims', claim('c', '1Gi', { volumeAttributesClassName: 'gold' }));
    k.run();
    expect(claimOf(k, 'c')?.status).toMatchObject({ phase: 'Bound', currentVolumeAttributesClassName: 'gold' });
  });

  it('leaves provisioned volumes to their provisioner', () => {
    const k = kit();
    const provisioned = volume('v', '1Gi', { persistentVolumeReclaimPolicy: 'Delete', hostPath: undefined, csi: { driver: 'csi.example', volumeHandle: 'h' }, claimRef: { namespace: 'x', name: 'gone', uid: 'u' } });
    k.put('persistentvolumes', { ...provisioned, metadata: { ...provisioned.metadata, annotations: { 'pv.kubernetes.io/provisioned-by': 'csi.example' } }, status: { phase: 'Bound' } });
    k.run();
    expect(volumeOf(k, 'v')?.status?.phase).toBe('Released');
  });
});
