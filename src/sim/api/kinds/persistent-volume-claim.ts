// PersistentVolumeClaims (models pkg/registry/core/persistentvolumeclaim).
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus } from '../generated/types.ts';
import { unifiedDiff } from '../difflib.ts';
import { change, fill, without } from '../defaults/fill.ts';
import { defaultClaimSpec } from '../defaults/pod.ts';
import { roundResources } from '../defaults/resources.ts';
import { indentedInternal } from '../internal-form.ts';
import { accessModes, age } from '../printing.ts';
import type { QuantityText } from '../quantity.ts';
import { canonicalQuantity, compareQuantities, parseQuantity, quantityValue } from '../quantity.ts';
import { schemaName } from '../schema.ts';
import type { ClaimRules } from '../validation/claims.ts';
import { validateClaimSpec } from '../validation/claims.ts';
import type { Errors } from '../validation/field.ts';
import { Path } from '../validation/field.ts';
import { collect, fieldImmutable, immutable, metadataPath, validateLabelSelector } from '../validation/metadata.ts';
import { dns1123Subdomain, qualifiedName, subdomainName } from '../validation/names.ts';
import { claimWarnings } from '../validation/pod-warnings.ts';
import { isNativeResource, validateResourceAmount } from '../validation/resources.ts';
import { defineKind, equal, keep } from './define.ts';
import { classAnnotation } from './persistent-volume.ts';

const specPath = new Path('spec');
const statusPath = new Path('status');
const attributesPath = specPath.child('volumeAttributesClassName');
const emptySpec: PersistentVolumeClaimSpec = {};
const immutableSpec = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** Only claims and snapshots were ever accepted in the old field; anything else is dropped. */
function withoutForeignSource(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | undefined): PersistentVolumeClaimSpec {
  const source = spec.dataSource;
  if (source === undefined || old?.dataSource !== undefined || old?.dataSourceRef !== undefined || spec.dataSourceRef !== undefined) return spec;
  const group = source.apiGroup ?? '';
  const isKnown = (source.kind === 'PersistentVolumeClaim' && group === '') || (source.kind === 'VolumeSnapshot' && group === 'snapshot.storage.k8s.io');
  return isKnown ? spec : without(spec, 'dataSource');
}

/** dataSource and dataSourceRef say the same unless both are set. */
function agreeOnSource(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) return { ...spec, dataSourceRef: dataSource };
  if (dataSourceRef === undefined || dataSource !== undefined || dataSourceRef.namespace) return spec;
  return { ...spec, dataSource: without(dataSourceRef, 'namespace') };
}

/** Sources in other namespaces belong to a feature that is off. */
function withoutDistantSource(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return spec.dataSourceRef?.namespace ? without(spec, 'dataSourceRef') : spec;
}

function sourcesOf(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaimSpec | undefined): PersistentVolumeClaimSpec {
  return agreeOnSource(withoutForeignSource(withoutDistantSource(spec), old));
}

function defaultClaim(before: PersistentVolumeClaim): PersistentVolumeClaim {
  const claim = change(before, 'spec', defaultClaimSpec);
  const { status } = claim;
  if (status?.phase && status.capacity === undefined) return claim;
  const capacity = status?.capacity && roundResources({ limits: status.capacity }).limits;
  const filled = fill({ ...status, ...(capacity ? { capacity } : {}) }, { phase: 'Pending' });
  return { ...claim, status: filled };
}

function rulesFor(old: PersistentVolumeClaim): ClaimRules {
  const spec = old.spec ?? emptySpec;
  const badGroup = [spec.dataSource?.apiGroup, spec.dataSourceRef?.apiGroup].some((group: string | null | undefined) => Boolean(group) && dns1123Subdomain(group ?? '').length > 0);
  return {
    allowInvalidApiGroup: badGroup,
    allowInvalidSelectorValues: collect((errors) => validateLabelSelector(spec.selector, specPath, errors)).length > 0,
  };
}

function storageOf(spec: PersistentVolumeClaimSpec): QuantityText | undefined {
  return spec.resources?.requests?.['storage'];
}

/** The new spec with what may change put back. */
function withoutChanges(next: PersistentVolumeClaim, before: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const after = next.spec ?? emptySpec;
  if (next.status?.phase !== 'Bound') return after;
  const requests = after.resources?.requests === undefined ? {} : { requests: { ...after.resources.requests, storage: storageOf(before) ?? '0' } };
  const { volumeAttributesClassName: _, ...rest } = after;
  const attributes = before.volumeAttributesClassName === undefined ? {} : { volumeAttributesClassName: before.volumeAttributesClassName };
  return { ...rest, ...attributes, ...(after.resources ? { resources: { ...after.resources, ...requests } } : {}) };
}

/** The storage class may move from the annotation to its field, and be set once where it is missing. */
function withOldClass(spec: PersistentVolumeClaimSpec, next: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: Errors): PersistentVolumeClaimSpec {
  const annotation = old.metadata.annotations?.[classAnnotation];
  const nextAnnotation = next.metadata.annotations?.[classAnnotation];
  const name = spec.storageClassName;
  const unset = old.spec?.storageClassName === undefined;
  if (annotation !== undefined && unset && name === annotation && (nextAnnotation === undefined || nextAnnotation === annotation)) return without(spec, 'storageClassName');
  if ((annotation ?? '') !== (nextAnnotation ?? '')) errors.invalid(metadataPath.child('annotations').child(classAnnotation), nextAnnotation ?? '', fieldImmutable);
  return name !== undefined && unset && (annotation === undefined || name === annotation) ? without(spec, 'storageClassName') : spec;
}

function validateChanges(next: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: Errors): void {
  const after = next.spec ?? emptySpec;
  const original = agreeOnSource(old.spec ?? emptySpec);
  const before = original.volumeName || after.volumeName === undefined ? original : { ...original, volumeName: after.volumeName };
  const compared = withoutChanges({ ...next, spec: withOldClass(after, next, old, errors) }, original);
  if (!equal(compared, before)) {
    const difference = unifiedDiff(indentedInternal(before, 'core.PersistentVolumeClaimSpec'), indentedInternal(compared, 'core.PersistentVolumeClaimSpec'));
    errors.forbidden(specPath, `${immutableSpec}\n${difference}`);
  }
  const size = parseQuantity(storageOf(after) ?? 0);
  const isSmaller = compareQuantities(size, parseQuantity(storageOf(original) ?? 0)) < 0;
  if (isSmaller && compareQuantities(size, parseQuantity(old.status?.capacity?.['storage'] ?? 0)) <= 0) {
    errors.forbidden(specPath.child('resources').child('requests').child('storage'), 'field can not be less than status.capacity');
  }
  immutable(after.volumeMode, original.volumeMode, new Path('volumeMode'), errors);
  const attributes = after.volumeAttributesClassName;
  if (attributes === original.volumeAttributesClassName || old.status?.currentVolumeAttributesClassName === undefined) return;
  if (attributes === undefined) errors.forbidden(attributesPath, 'update to nil is forbidden when status.currentVolumeAttributesClassName is not nil');
  else if (attributes === '') errors.forbidden(attributesPath, 'update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil');
}

function validateBasic(amount: QuantityText, path: Path, errors: Errors): boolean {
  const quantity = parseQuantity(amount);
  if (quantity.nano < 0n) errors.invalid(path, quantityValue(quantity), 'must be a valid resource quantity');
  return quantity.nano >= 0n;
}

/** Names in allocatedResources: storage, or something with a domain. */
function validateResourceKey(name: string, path: Path, errors: Errors): boolean {
  const problems = qualifiedName(name);
  errors.invalidAll(path, name, problems);
  if (problems.length > 0) return false;
  if (isNativeResource(name) && name !== 'storage') {
    errors.notSupported(path, name, ['storage']);
    return false;
  }
  return true;
}

const resizeStatuses = ['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizeInProgress', 'NodeResizeInfeasible', 'NodeResizePending'].sort();

function validateStatus(status: PersistentVolumeClaimStatus, errors: Errors): void {
  for (const [name, amount] of Object.entries(status.capacity ?? {})) validateBasic(amount, statusPath.child('capacity').key(name), errors);
  const states = statusPath.child('allocatedResourceStatuses');
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    validateResourceKey(name, states, errors);
    if (!resizeStatuses.includes(state)) errors.notSupported(states, name, resizeStatuses);
  }
  const allocated = statusPath.child('allocatedResources');
  for (const [name, amount] of Object.entries(status.allocatedResources ?? {})) {
    if (!validateResourceKey(name, allocated, errors)) continue;
    if (validateBasic(amount, allocated.key(name), errors)) validateResourceAmount('storage', amount, allocated.key(name), errors);
  }
}

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', shortNames: ['pvc'], namespaced: true,
  subresources: ['status'],
  schema: schemaName('core.v1', 'PersistentVolumeClaim'),
  nameRule: subdomainName,
  defaults: defaultClaim,
  prepareForCreate: (claim) => change({ ...claim, status: { phase: 'Pending' as const } }, 'spec', (spec) => sourcesOf(spec, undefined)),
  prepareForUpdate: (next, old) => change(keep(next, old, 'status'), 'spec', (spec) => sourcesOf(spec, old.spec)),
  validate: (claim, errors) => validateClaimSpec(claim.spec ?? emptySpec, specPath, errors),
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    checks.names();
    validateClaimSpec(next.spec ?? emptySpec, specPath, errors, rulesFor(old));
    validateChanges(next, old, errors);
  },
  status: {
    prepareForUpdate: (next, old) => keep(next, old, 'spec'),
    validateUpdate: (next, _old, errors, checks) => {
      checks.metadata();
      if (!next.metadata.resourceVersion) errors.required('resourceVersion');
      if ((next.spec?.accessModes ?? []).length === 0) errors.required('Spec.accessModes');
      validateStatus(next.status ?? {}, errors);
    },
  },
  warnings: ({ metadata, spec = emptySpec }) => [
    ...(metadata.annotations?.[classAnnotation] === undefined ? [] : [metadataPath.child('annotations').key(classAnnotation).note('deprecated since v1.8; use "storageClassName" attribute instead')]),
    ...claimWarnings(spec, specPath),
  ],
  row: ({ metadata, spec = emptySpec, status }, nowMs) => [
    metadata.name ?? '', metadata.deletionTimestamp === undefined ? status?.phase ?? '' : 'Terminating', spec.volumeName ?? '',
    spec.volumeName ? canonicalQuantity(status?.capacity?.['storage'] ?? 0) : '', spec.volumeName ? accessModes(status?.accessModes) : '',
    metadata.annotations?.[classAnnotation] ?? spec.storageClassName ?? '', spec.volumeAttributesClassName ?? '<unset>', age(metadata.creationTimestamp, nowMs), spec.volumeMode ?? '<unset>',
  ],
});
