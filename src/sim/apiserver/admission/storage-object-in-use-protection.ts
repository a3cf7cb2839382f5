import { withMeta } from '../object.ts';
import type { AdmissionPlugin } from './plugin.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  PersistentVolume: 'kubernetes.io/pv-protection', PersistentVolumeClaim: 'kubernetes.io/pvc-protection', VolumeAttributesClass: 'kubernetes.io/vac-protection',
};

/** Models StorageObjectInUseProtection: volumes and claims cannot go while somebody uses them. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  resources: ['persistentvolumes', 'persistentvolumeclaims', 'volumeattributesclasses.storage.k8s.io'],
  operations: ['CREATE'],
  admit(object) {
    const finalizer = FINALIZERS[object.kind] ?? '';
    const finalizers = object.metadata.finalizers ?? [];
    return finalizers.includes(finalizer) ? object : withMeta(object, { finalizers: [...finalizers, finalizer] });
  },
};
