import type { PersistentVolumeClaim, StorageClass } from '../../api/generated/types.ts';
import { lookUpAll } from './plugin.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

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
    const name = defaultClass(attributes)?.metadata.name;
    return name === undefined ? object : { ...claim, spec: { ...claim.spec, storageClassName: name } };
  },
};

function defaultClass(attributes: Attributes): StorageClass | undefined {
  const classes = lookUpAll(attributes, 'storageclasses.storage.k8s.io', '') as readonly StorageClass[];
  const defaults = classes.filter(({ metadata }) => IS_DEFAULT.some((annotation) => metadata.annotations?.[annotation] === 'true'));
  const age = ({ metadata }: StorageClass): string => metadata.creationTimestamp ?? '';
  return defaults.toSorted((a, b) => (age(a) === age(b) ? ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1) : age(a) > age(b) ? -1 : 1))[0];
}
