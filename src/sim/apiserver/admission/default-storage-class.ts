import type { PersistentVolumeClaim } from '../../api/generated/types.ts';
import { newestDefault } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const IS_DEFAULT = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Models DefaultStorageClass: a claim that names no class gets the default one; of several the newest. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  resources: ['persistentvolumeclaims'],
  operations: ['CREATE'],
  admit(object, attributes) {
    const claim = object as PersistentVolumeClaim;
    if (claim.metadata.annotations?.[BETA_CLASS] !== undefined || claim.spec?.storageClassName !== undefined) return object;
    const storageClassName = newestDefault(attributes, 'storageclasses.storage.k8s.io', IS_DEFAULT);
    return storageClassName === undefined ? object : { ...claim, spec: { ...claim.spec, storageClassName } };
  },
};
