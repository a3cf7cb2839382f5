// PersistentVolumes (models pkg/registry/core/persistentvolume).
import type { PersistentVolume, PersistentVolumeSpec } from '../generated/types.ts';
import { change, fill } from '../defaults/fill.ts';
import { roundResources } from '../defaults/resources.ts';
import { accessModes, age } from '../printing.ts';
import { canonicalQuantity } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import { Path } from '../validation/field.ts';
import { metadataPath } from '../validation/metadata.ts';
import { subdomainName } from '../validation/names.ts';
import { hasBadLabels, validateMountOptions, validateVolumeChanges, validateVolumeSpec } from '../validation/persistent-volume.ts';
import { nodeTermWarnings } from '../validation/pod-warnings.ts';
import { defineKind, keep } from './define.ts';

const specPath = new Path('spec');
const emptySpec: PersistentVolumeSpec = {};
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

function defaultSpec(before: PersistentVolumeSpec): PersistentVolumeSpec {
  let spec = fill(before, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
  spec = change(spec, 'capacity', (capacity) => roundResources({ limits: capacity }).limits);
  spec = change(spec, 'hostPath', (source) => fill(source, { type: '' }));
  spec = change(spec, 'iscsi', (source) => fill(source, { iscsiInterface: 'default' }));
  spec = change(spec, 'rbd', (source) => fill(source, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }));
  spec = change(spec, 'azureDisk', (source) => fill(source, { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' }));
  return change(spec, 'scaleIO', (source) => fill(source, { storageMode: 'ThinProvisioned', fsType: 'xfs' }));
}

const deprecatedSources = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const;

function warningsOf({ metadata, spec = emptySpec }: PersistentVolume): readonly string[] {
  const warnings: string[] = [];
  const annotations = metadataPath.child('annotations');
  const mountOptions = 'volume.beta.kubernetes.io/mount-options';
  if (metadata.annotations?.[classAnnotation] !== undefined) warnings.push(annotations.key(classAnnotation).note('deprecated since v1.8; use "storageClassName" attribute instead'));
  if (metadata.annotations?.[mountOptions] !== undefined) warnings.push(annotations.key(mountOptions).note('deprecated since v1.31; use "mountOptions" attribute instead'));
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    warnings.push(specPath.child('persistentVolumeReclaimPolicy').note('The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'));
  }
  spec.nodeAffinity?.required?.nodeSelectorTerms?.forEach((term, i) =>
    warnings.push(...nodeTermWarnings(term, false, specPath.child('nodeAffinity').child('required').child('nodeSelectorTerms').index(i))));
  for (const [name, text] of deprecatedSources) if (spec[name] !== undefined) warnings.push(specPath.child(name === 'storageos' ? 'storageOS' : name).note(text));
  return warnings;
}

export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', shortNames: ['pv'], namespaced: false,
  subresources: ['status'],
  schema: schemaName('core.v1', 'PersistentVolume'),
  nameRule: subdomainName,
  defaults: (volume) => {
    const withPhase = volume.status?.phase ? volume : { ...volume, status: { ...volume.status, phase: 'Pending' as const } };
    return change(withPhase, 'spec', defaultSpec);
  },
  prepareForCreate: (volume, ctx) => ({ ...volume, status: { phase: 'Pending', lastPhaseTransitionTime: ctx.now } }),
  prepareForUpdate: (next, old) => keep(next, old, 'status'),
  validate: (volume, errors) => {
    validateVolumeSpec(volume.spec ?? emptySpec, volume.metadata.name ?? '', true, errors);
    validateMountOptions(volume, errors);
  },
  // The real strategy looks at everything twice.
  validateUpdate: (next, old, errors, checks) => {
    const spec = next.spec ?? emptySpec;
    const checkLabels = !hasBadLabels(old.spec?.nodeAffinity);
    checks.names();
    validateVolumeSpec(spec, next.metadata.name ?? '', checkLabels, errors);
    validateMountOptions(next, errors);
    checks.names();
    validateVolumeSpec(spec, next.metadata.name ?? '', checkLabels, errors);
    validateVolumeChanges(spec, old.spec ?? emptySpec, errors);
  },
  status: {
    prepareForUpdate: (next, old, ctx) => {
      const kept = keep(next, old, 'spec');
      const time = kept.status?.lastPhaseTransitionTime;
      const before = old.status?.lastPhaseTransitionTime;
      const samePhase = kept.status?.phase === old.status?.phase;
      if (samePhase) return time === undefined && before !== undefined ? { ...kept, status: { ...kept.status, lastPhaseTransitionTime: before } } : kept;
      return time === undefined || time === before ? { ...kept, status: { ...kept.status, lastPhaseTransitionTime: ctx.now } } : kept;
    },
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      if (!next.metadata.resourceVersion) errors.required('resourceVersion');
    },
  },
  warnings: warningsOf,
  row: ({ metadata, spec = emptySpec, status }, nowMs) => {
    const claim = spec.claimRef;
    const phase = metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating';
    return [
      metadata.name ?? '', canonicalQuantity(spec.capacity?.['storage'] ?? 0), accessModes(spec.accessModes), spec.persistentVolumeReclaimPolicy ?? '', phase,
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`, metadata.annotations?.[classAnnotation] ?? spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>', status?.reason ?? '', age(metadata.creationTimestamp, nowMs), spec.volumeMode ?? '<unset>',
    ];
  },
});
