// Lists that are maps, in JSON schemas of CustomResourceDefinitions.
import type { Path } from '../validation/field.ts';
import { Errors } from '../validation/field.ts';
import { Path as FieldPath } from '../validation/field.ts';
import type { Props } from './props.ts';
import { itemsOf } from './props.ts';

const keysName = 'x-kubernetes-list-map-keys';
const typeName = 'x-kubernetes-list-type';

export function validateMapItems(props: Props, requireKeys: boolean, path: Path, errors: Errors): void {
  const keys = props[keysName] ?? [];
  const listType = props[typeName];
  if (keys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    if (listType === undefined) errors.required(path.child(typeName), detail);
    else errors.invalid(path.child(typeName), listType, detail);
  }
  if (listType === 'map') validateMapList(props, keys, path, errors);
  if (requireKeys) validateKeyFields(props, path, errors);
}

function validateMapList(props: Props, keys: readonly string[], path: Path, errors: Errors): void {
  const itemsPath = path.child('items');
  if (keys.length === 0) errors.required(path.child(keysName), 'must not be empty if x-kubernetes-list-type is map');
  if (props.items === undefined) {
    errors.required(itemsPath, 'must have a schema if x-kubernetes-list-type is map');
    return;
  }
  const items = itemsOf(props);
  if (items === undefined) errors.invalid(itemsPath, props.items, 'must only have a single schema if x-kubernetes-list-type is map');
  else if (items.type !== 'object') errors.invalid(itemsPath.child('type'), items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map");
  else validateKeys(items, keys, path, errors);
}

function validateKeys(items: Props, keys: readonly string[], path: Path, errors: Errors): void {
  const seen = new Set<string>();
  for (const key of keys) {
    const property = items.properties?.[key];
    if (property === undefined) {
      errors.invalid(path.child(keysName), keys, 'entries must all be names of item properties');
    } else if (property.type === 'array' || property.type === 'object') {
      errors.invalid(path.child('items').child('properties').key(key).child('type'), items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
    }
    if (seen.has(key)) errors.invalid(path.child(keysName), keys, 'must not contain duplicate entries');
    seen.add(key);
  }
}

function validateKeyFields(props: Props, path: Path, errors: Errors): void {
  const items = itemsOf(props);
  const listType = props[typeName];
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return;
  if (items.nullable === true) errors.forbidden(path.child('items').child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  if (listType === 'set') return;
  for (const key of props[keysName] ?? []) {
    const property = items.properties?.[key];
    if (property === undefined) continue;
    const at = path.child('items').child('properties').key(key);
    if (!(items.required ?? []).includes(key) && property.default === undefined) {
      errors.required(at.child('default'), 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property');
    }
    if (property.nullable === true) errors.forbidden(at.child('nullable'), 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable');
  }
}

const anywhere = new FieldPath('');

/** Whether the keys of a list break the rules of today. */
export function hasBadKeyFields(props: Props): boolean {
  const errors = new Errors();
  validateKeyFields(props, anywhere, errors);
  return errors.length > 0;
}
