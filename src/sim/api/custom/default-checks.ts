// Defaults in schemas of custom resources must be valid values (models apiextensions-apiserver's
// pkg/apiserver/schema/defaulting/validation.go).
import type { Json, JsonObject } from '../generated/types.ts';
import type { Path } from '../validation/field.ts';
import { Errors } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import { coerceMetadata, CoerceFault, validateEmbedded } from './embedded.ts';
import { isEmbedded, isObject, metaFields, prune } from './objects.ts';
import type { Props } from './props.ts';
import { itemsOf, noProps } from './props.ts';
import { validateValue } from './values.ts';

interface Place {
  /** The object that a default stands in: the default in its place, everything else missing. */
  surround(value: Json): Json;
  /** The schema of that object. */
  readonly root: Props;
  /** Inside apiVersion, kind or metadata of an object. */
  readonly insideMeta: boolean;
}

function rootPlace(root: Props): Place {
  return { root, insideMeta: false, surround: (value) => (isObject(value) ? { kind: 'Validation', apiVersion: 'validation/v1', ...value } : value) };
}

/** Complains about the defaults of a resource's schema. */
export function validateDefaults(props: Props, requirePruned: boolean, path: Path, errors: Errors): void {
  walk(props, true, rootPlace(props), requirePruned, path, errors);
}

function walk(props: Props, embedded: boolean, outer: Place, requirePruned: boolean, path: Path, errors: Errors): void {
  const place = embedded ? rootPlace(props) : outer;
  if (props.default !== undefined) {
    const at = path.child('default');
    if (place.insideMeta) checkInsideMeta(props.default, props, place, at, errors);
    else checkDefault(props.default, props, embedded, requirePruned, at, errors);
  }
  const items = itemsOf(props);
  if (items !== undefined) walk(items, isEmbedded(items), { ...place, surround: (value) => place.surround([value]) }, requirePruned, path.child('items'), errors);
  for (const [name, child] of Object.entries(props.properties ?? noProps)) {
    const inner: Place = { root: place.root, insideMeta: place.insideMeta || (embedded && metaFields.has(name)), surround: (value) => place.surround({ [name]: value }) };
    walk(child, isEmbedded(child), inner, requirePruned, path.child('properties').key(name), errors);
  }
}

function checkDefault(value: Json, props: Props, embedded: boolean, requirePruned: boolean, path: Path, errors: Errors): void {
  if (requirePruned && !equal(prune(value, props, embedded, []), value)) errors.invalid(path, value, 'must not have unknown fields');
  const found = new Errors();
  try {
    coerceMetadata(value, props, embedded, []);
  } catch (error) {
    if (!(error instanceof CoerceFault)) throw error;
    errors.invalid(`${path.toString()}${error.path === '' ? '' : `.${error.path}`}`, error.value, error.message);
    return;
  }
  validateEmbedded(value, props, embedded, path.toString(), found);
  if (found.length === 0) validateValue(value, props, path.toString(), found);
  errors.list.push(...found.list);
}

function checkInsideMeta(value: Json, props: Props, place: Place, path: Path, errors: Errors): void {
  const object = place.surround(value) as JsonObject;
  const found = new Errors();
  try {
    validateEmbedded(coerceMetadata(object, place.root, true, []), place.root, true, '', found);
  } catch (error) {
    if (!(error instanceof CoerceFault)) throw error;
    errors.invalid(path, value, `must result in valid metadata: ${error.path}: Invalid value: ${error.message}`);
    return;
  }
  if (found.length > 0) {
    const messages = found.list.map((error) => `${error.path}: ${error.message}`);
    errors.invalid(path, value, `must result in valid metadata: ${messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`}`);
    return;
  }
  validateValue(value, props, path.toString(), errors);
}

/** Whether a default has fields that its schema does not know. */
export function hasUnprunedDefault(props: Props | undefined): boolean {
  if (props === undefined) return false;
  if (props.default !== undefined && !equal(prune(props.default, props, isEmbedded(props), []), props.default)) return true;
  return hasUnprunedDefault(itemsOf(props)) || Object.values(props.properties ?? noProps).some(hasUnprunedDefault);
}
