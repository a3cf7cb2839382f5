// Validation of object metadata (models apimachinery/pkg/api/validation/objectmeta.go).
import { jsonEqual } from '../patch-json.ts';
import type { Json, LabelSelector, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../generated/types.ts';
import { goQuote } from '../go-format.ts';
import type { FieldError } from '../meta.ts';
import type { NameRule } from './names.ts';
import { labelName, labelValue, pathSegmentName, qualifiedName } from './names.ts';
import { byteLength, Errors, Path } from './field.ts';

export const metadataPath = new Path('metadata');
export const fieldImmutable = 'field is immutable';
const negativeMessage = 'must be greater than or equal to 0';
const maxAnnotationBytes = 256 * 1024;

/** Everything about metadata at creation; the name must have been generated already. */
export function validateObjectMeta(meta: ObjectMeta, namespaced: boolean, nameRule: NameRule, path: Path, errors: Errors): void {
  if (meta.generateName) errors.invalidAll(path.child('generateName'), meta.generateName, nameRule(meta.generateName, true));
  if (!meta.name) errors.required(path.child('name'), 'name or generateName is required');
  else invalidName(meta.name, nameRule(meta.name, false), path, errors);
  if (namespaced) {
    if (!meta.namespace) errors.required(path.child('namespace'));
    else errors.invalidAll(path.child('namespace'), meta.namespace, labelName(meta.namespace, false));
  } else if (meta.namespace) {
    errors.forbidden(path.child('namespace'), 'not allowed on this type');
  }
  if ((meta.generation ?? 0) < 0) errors.invalid(path.child('generation'), meta.generation, negativeMessage);
  validateMetadataMaps(meta, path, errors);
  validateFinalizers(meta.finalizers ?? [], path.child('finalizers'), errors);
  validateManagedFields(meta.managedFields ?? [], path.child('managedFields'), errors);
}

function invalidName(name: string, messages: readonly string[], path: Path, errors: Errors): void {
  if (messages.length > 0) errors.invalidAll(path.child('name'), name, messages);
}

function validateMetadataMaps(meta: ObjectMeta, path: Path, errors: Errors): void {
  if (meta.labels !== undefined) validateLabels(meta.labels, path.child('labels'), errors);
  if (meta.annotations !== undefined) validateAnnotations(meta.annotations, path.child('annotations'), errors);
  if (meta.ownerReferences !== undefined) validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences'), errors);
}

export function validateLabels(labels: Readonly<Record<string, string>>, path: Path, errors: Errors): void {
  for (const key of Object.keys(labels)) {
    errors.invalidAll(path, key, qualifiedName(key));
    const value = labels[key] ?? '';
    errors.invalidAll(path, value, labelValue(value));
  }
}

export function validateAnnotations(annotations: Readonly<Record<string, string>>, path: Path, errors: Errors): void {
  let size = 0;
  for (const key of Object.keys(annotations)) {
    errors.invalidAll(path, key, qualifiedName(key.toLowerCase()));
    size += byteLength(key) + byteLength(annotations[key] ?? '');
  }
  if (size > maxAnnotationBytes) errors.tooLong(path, maxAnnotationBytes);
}

function validateOwnerReferences(references: readonly OwnerReference[], path: Path, errors: Errors): void {
  let controller = '';
  for (const reference of references) {
    const slash = reference.apiVersion.indexOf('/');
    const version = slash < 0 ? reference.apiVersion : reference.apiVersion.slice(slash + 1);
    const malformed = version === '' || version.includes('/');
    if (malformed) errors.invalid(path.child('apiVersion'), reference.apiVersion, 'version must not be empty');
    if (reference.kind === '') errors.invalid(path.child('kind'), '', 'must not be empty');
    if (reference.name === '') errors.invalid(path.child('name'), '', 'must not be empty');
    if (reference.uid === '') errors.invalid(path.child('uid'), '', 'must not be empty');
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') errors.invalid(path, orderedReference(reference), '/v1, Kind=Event is disallowed from being an owner');
    if (reference.controller !== true) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller === '') controller = current;
    else errors.invalid(path, references.map(orderedReference), `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`);
  }
}

/** With its members in the order in which Go writes them. */
function orderedReference({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

function validateFinalizers(finalizers: readonly string[], path: Path, errors: Errors): void {
  for (const finalizer of finalizers) errors.invalidAll(path, finalizer, qualifiedName(finalizer));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Finalizers without a domain must be Kubernetes' own. */
export function validateStandardFinalizer(name: string, path: Path, errors: Errors): void {
  if (!name.includes('/') && !standardFinalizers.has(name)) errors.invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified');
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[], path: Path, errors: Errors): void {
  entries.forEach((entry, i) => {
    const at = path.index(i);
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') errors.invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`');
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') errors.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`');
    if (byteLength(entry.manager ?? '') > 128) errors.tooLong(at.child('manager'), 128);
    if (byteLength(entry.subresource ?? '') > 256) errors.tooLong(at.child('subresource'), 256);
  });
}

/** Whether an update leaves metadata alone: then there is nothing to check that was not checked when it was stored. */
function isUntouched(next: ObjectMeta, old: ObjectMeta): boolean {
  if (next === old) return true;
  if (!next.resourceVersion) return false;
  for (const name in next) if (next[name as keyof ObjectMeta] !== old[name as keyof ObjectMeta]) return false;
  for (const name in old) if (next[name as keyof ObjectMeta] === undefined && old[name as keyof ObjectMeta] !== undefined) return false;
  return true;
}

/** What an update may not do to metadata. */
export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta, path: Path, errors: Errors): void {
  if (isUntouched(next, old)) return;
  if (old.deletionTimestamp !== undefined) {
    const before = new Set(old.finalizers ?? []);
    const added = [...new Set(next.finalizers ?? [])].filter((name) => !before.has(name)).sort();
    if (added.length > 0) {
      errors.forbidden(path.child('finalizers'), `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(goQuote).join(', ')}}`);
    }
  }
  if (!next.resourceVersion) errors.invalid(path.child('resourceVersion'), next.resourceVersion ?? '', 'must be specified for an update');
  if ((next.generation ?? 0) < (old.generation ?? 0)) errors.invalid(path.child('generation'), next.generation ?? 0, 'must not be decremented');
  immutable(next.name ?? '', old.name ?? '', path.child('name'), errors);
  immutable(next.namespace ?? '', old.namespace ?? '', path.child('namespace'), errors);
  immutable(next.uid ?? '', old.uid ?? '', path.child('uid'), errors);
  immutable(next.creationTimestamp, old.creationTimestamp, path.child('creationTimestamp'), errors);
  immutable(next.deletionTimestamp, old.deletionTimestamp, path.child('deletionTimestamp'), errors);
  immutable(next.deletionGracePeriodSeconds, old.deletionGracePeriodSeconds, path.child('deletionGracePeriodSeconds'), errors);
  validateMetadataMaps(next, path, errors);
  validateManagedFields(next.managedFields ?? [], path.child('managedFields'), errors);
}

/** Whether two values say the same; absent members count as undefined ones. */
export function equal(a: unknown, b: unknown): boolean {
  return a === b || jsonEqual(a as Json | undefined, b as Json | undefined);
}

/** Refuses a change of a value; `shown` is what is printed when it differs from the value (models ValidateImmutableField). */
export function immutable(next: unknown, old: unknown, path: Path, errors: Errors, shown: unknown = next): void {
  if (!equal(next, old)) errors.invalid(path, shown, fieldImmutable);
}

export function nonNegative(value: number | undefined, path: Path, errors: Errors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, negativeMessage);
}

export function positive(value: number | undefined, path: Path, errors: Errors): void {
  if (value !== undefined && value <= 0) errors.invalid(path, value, 'must be greater than zero');
}

export interface SelectorRules {
  /** For objects that were stored with such values before. */
  readonly allowInvalidValues?: boolean;
}

export function validateLabelSelector(selector: LabelSelector | undefined, path: Path, errors: Errors, rules: SelectorRules = {}): void {
  if (!selector) return;
  if (selector.matchLabels !== undefined) validateLabels(selector.matchLabels, path.child('matchLabels'), errors);
  selector.matchExpressions?.forEach((expression, i) => {
    const at = path.child('matchExpressions').index(i);
    const values = expression.values ?? [];
    switch (expression.operator) {
      case 'In': case 'NotIn':
        if (values.length === 0) errors.required(at.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
        break;
      case 'Exists': case 'DoesNotExist':
        if (values.length > 0) errors.forbidden(at.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        break;
      default:
        errors.invalid(at.child('operator'), expression.operator, 'not a valid selector operator');
    }
    errors.invalidAll(at.child('key'), expression.key, qualifiedName(expression.key));
    if (rules.allowInvalidValues !== true) values.forEach((value, j) => errors.invalidAll(at.child('values').index(j), value, labelValue(value)));
  });
}

/** Whether a selector selects everything: neither labels nor expressions. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) === 0;
}

/** With its members in the order in which Go writes them. */
export function orderedSelector(selector: LabelSelector | null | undefined): unknown {
  if (selector === undefined || selector === null) return null;
  return {
    matchLabels: selector.matchLabels === undefined ? undefined : sortedMap(selector.matchLabels),
    matchExpressions: selector.matchExpressions?.map(({ key, operator, values }) => ({ key, operator, values })),
  };
}

/** With its keys sorted, as Go writes maps. */
export function sortedMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs a validation and returns what it found. */
export function collect(run: (errors: Errors) => void): readonly FieldError[] {
  const errors = new Errors();
  run(errors);
  return errors.list;
}

/** The checks of every update that come before those of the kind (rest.validateCommonFields). */
export function validateCommonUpdate(next: ObjectMeta, old: ObjectMeta, namespaced: boolean, errors: Errors): void {
  if (isUntouched(next, old)) return;
  validateObjectMeta(next, namespaced, pathSegmentName, metadataPath, errors);
  validateObjectMetaUpdate(next, old, metadataPath, errors);
}
