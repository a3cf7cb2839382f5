// Specs of persistent volume claims, on their own and in templates.
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, TypedObjectReference } from '../generated/types.ts';
import { parseQuantity } from '../quantity.ts';
import type { Errors, Path } from './field.ts';
import { Printed } from './field.ts';
import { validateAnnotations, validateLabels, validateLabelSelector } from './metadata.ts';
import { dns1123Subdomain, labelName, subdomainName } from './names.ts';
import { validateResourceAmount } from './resources.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export interface ClaimRules {
  /** For claims that were stored with such values before. */
  readonly allowInvalidSelectorValues?: boolean;
  readonly allowInvalidApiGroup?: boolean;
}

export function validateAccessModes(modes: readonly string[] | undefined, emptyDetail: string, path: Path, errors: Errors): void {
  if (!modes || modes.length === 0) errors.required(path, emptyDetail);
  for (const mode of modes ?? []) if (!accessModes.includes(mode)) errors.notSupported(path, mode, accessModes);
  const known = (modes ?? []).filter((mode) => accessModes.includes(mode));
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')) errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
}

function validateSource(source: TypedObjectReference, allowInvalidGroup: boolean, path: Path, errors: Errors): void {
  if (source.name === '') errors.required(path.child('name'));
  if (source.kind === '') errors.required(path.child('kind'));
  const group = source.apiGroup ?? '';
  if (group === '' && source.kind !== 'PersistentVolumeClaim') errors.invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  if (group !== '' && !allowInvalidGroup) errors.invalidAll(path.child('apiGroup'), group, dns1123Subdomain(group));
  if (source.namespace) errors.invalidAll(path.child('namespace'), source.namespace, labelName(source.namespace, false));
}

/** A path as a value: the real server prints the structure of its path object, which has no exported fields. */
const printedPath = new Printed('{}');

function validateSources(spec: PersistentVolumeClaimSpec, rules: ClaimRules, path: Path, errors: Errors): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) validateSource(dataSource, rules.allowInvalidApiGroup ?? false, path.child('dataSource'), errors);
  if (dataSourceRef) validateSource(dataSourceRef, rules.allowInvalidApiGroup ?? false, path.child('dataSourceRef'), errors);
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace) errors.invalid(path, printedPath, 'may not be specified when dataSourceRef.namespace is specified');
  else if ((dataSource.apiGroup ?? null) !== (dataSourceRef.apiGroup ?? null) || dataSource.kind !== dataSourceRef.kind || dataSource.name !== dataSourceRef.name) errors.invalid(path, printedPath, 'must match dataSourceRef');
}

export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: Path, errors: Errors, rules: ClaimRules = {}): void {
  const modesPath = path.child('accessModes');
  if (!spec.accessModes || spec.accessModes.length === 0) errors.required(modesPath, 'at least 1 access mode is required');
  validateLabelSelector(spec.selector, path.child('selector'), errors, { allowInvalidValues: rules.allowInvalidSelectorValues ?? false });
  if (spec.accessModes && spec.accessModes.length > 0) validateAccessModes(spec.accessModes, '', modesPath, errors);
  const storagePath = path.child('resources').key('storage');
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.required(storagePath);
  else if (parseQuantity(storage).nano <= 0n) errors.invalid(storagePath, storage, 'must be greater than zero');
  else validateResourceAmount('storage', storage, storagePath, errors);
  if (spec.storageClassName) errors.invalidAll(path.child('storageClassName'), spec.storageClassName, subdomainName(spec.storageClassName, false));
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode)) errors.notSupported(path.child('volumeMode'), spec.volumeMode, volumeModes);
  validateSources(spec, rules, path, errors);
  const attributes = spec.volumeAttributesClassName;
  if (attributes) errors.invalidAll(path.child('volumeAttributesClassName'), attributes, subdomainName(attributes, false));
}

/** Metadata of a claim template: only labels and annotations may be set. */
export function validateClaimTemplate(template: PersistentVolumeClaimTemplate, path: Path, errors: Errors): void {
  const metadata = template.metadata ?? {};
  const at = path.child('metadata');
  if (metadata.annotations) validateAnnotations(metadata.annotations, at.child('annotations'), errors);
  if (metadata.labels) validateLabels(metadata.labels, at.child('labels'), errors);
  for (const [name, value] of Object.entries(metadata)) {
    if (name !== 'labels' && name !== 'annotations' && value !== undefined) errors.forbidden(at.child(name), 'cannot be set');
  }
  validateClaimSpec(template.spec, path.child('spec'), errors);
}
