import type { PersistentVolumeClaim, StorageClass } from '../../api/generated/types.ts';
import { compareQuantities, parseQuantity } from '../../api/quantity.ts';
import { forbid, lookUp } from './plugin.ts';
import type { AdmissionPlugin } from './plugin.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Models PersistentVolumeClaimResize: only bound claims of a class that allows it can grow. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  resources: ['persistentvolumeclaims'],
  operations: ['UPDATE'],
  validate(object, attributes) {
    const claim = object as PersistentVolumeClaim;
    const old = attributes.old as PersistentVolumeClaim;
    if (compareQuantities(sizeOf(claim), sizeOf(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') forbid(attributes, claim, 'Only bound persistent volume claims can be expanded');
    const name = classOf(claim);
    const storageClass = name !== '' && name === classOf(old) ? (lookUp(attributes, 'storageclasses.storage.k8s.io', '', name) as StorageClass | undefined) : undefined;
    if (!storageClass?.allowVolumeExpansion) forbid(attributes, claim, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  },
};

function sizeOf({ spec }: PersistentVolumeClaim): ReturnType<typeof parseQuantity> {
  return parseQuantity(spec?.resources?.requests?.['storage'] ?? '0');
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[BETA_CLASS] ?? spec?.storageClassName ?? '';
}
