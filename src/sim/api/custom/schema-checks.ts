// JSON schemas in CustomResourceDefinitions (models ValidateCustomResourceDefinitionOpenAPISchema).
import type { Path } from '../validation/field.ts';
import type { Errors } from '../validation/field.ts';
import { validateMapItems } from './list-checks.ts';
import type { Props } from './props.ts';
import { additionalOf, itemListOf, itemsOf, noProps } from './props.ts';
import { validateRuleTexts } from './rule-checks.ts';

export const schemaTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const metaFields: readonly string[] = ['metadata', 'kind', 'apiVersion'];

export interface SchemaOptions {
  readonly requireValidPropertyType: boolean;
  readonly requireAtomicSetType: boolean;
  readonly requireMapListKeys: boolean;
}

/** What surrounds a part of a schema. */
export interface Surroundings {
  readonly options: SchemaOptions;
  /** Why defaults are forbidden here, if they are. */
  readonly noDefaults?: string;
  readonly insideMeta: boolean;
  /** Where the old value cannot be found again. */
  readonly uncorrelatable?: Path;
}

export function validateSchema(props: Props, isRoot: boolean, around: Surroundings, path: Path, errors: Errors): void {
  validateUnsupported(props, around, path, errors);
  if (props.uniqueItems === true) errors.forbidden(path.child('uniqueItems'), 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  validateMembers(props, isRoot, around, path, errors);
  if (props.not !== undefined) validateSchema(props.not, false, around, path.child('not'), errors);
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const) {
    props[name]?.forEach((child, i) => validateSchema(child, false, around, path.child(name).index(i), errors));
  }
  for (const [name, child] of Object.entries(props.definitions ?? noProps)) validateSchema(child, false, around, path.child('definitions').key(name), errors);
  validateItems(props, around, path, errors);
  for (const [name, child] of Object.entries(props.dependencies ?? {})) {
    if (isProps(child)) validateSchema(child, false, around, path.child('dependencies').key(name), errors);
  }
  if (props['x-kubernetes-preserve-unknown-fields'] === false) errors.invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined');
  validateCollections(props, around.options, path, errors);
  validateRuleTexts(props, path, errors);
}

function isProps(value: Props | readonly string[] | null): value is Props {
  return value !== null && !Array.isArray(value);
}

function validateUnsupported(props: Props, around: Surroundings, path: Path, errors: Errors): void {
  const type = props.type ?? '';
  if (around.options.requireValidPropertyType && type !== '' && !schemaTypes.includes(type)) errors.notSupported(path.child('type'), type, schemaTypes);
  if (props.default !== undefined && around.noDefaults !== undefined) errors.forbidden(path.child('default'), `must not be set ${around.noDefaults}`);
  const set: readonly (readonly [name: string, isSet: boolean])[] = [
    ['id', (props.id ?? '') !== ''], ['additionalItems', props.additionalItems !== undefined], ['patternProperties', props.patternProperties !== undefined],
    ['definitions', props.definitions !== undefined], ['dependencies', props.dependencies !== undefined], ['$ref', props.$ref !== undefined],
  ];
  for (const [name, isSet] of set) if (isSet) errors.forbidden(path.child(name), `${name} is not supported`);
  if (type === 'null') errors.forbidden(path.child('type'), 'type cannot be set to null, use nullable as an alternative');
  if (itemListOf(props).length > 0) errors.forbidden(path.child('items'), 'items must be a schema object and not an array');
  if (around.insideMeta && props['x-kubernetes-embedded-resource'] === true) {
    errors.forbidden(path.child('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta');
  }
}

function validateMembers(props: Props, isRoot: boolean, around: Surroundings, path: Path, errors: Errors): void {
  if (props.additionalProperties !== undefined) {
    if (props.properties !== undefined && props.additionalProperties !== true) {
      errors.forbidden(path.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive');
    }
    const additional = additionalOf(props);
    const inside = around.insideMeta ? { ...around, noDefaults: 'inside additionalProperties applying to object metadata' } : around;
    if (additional !== undefined) validateSchema(additional, false, inside, path.child('additionalProperties'), errors);
  }
  for (const [name, child] of Object.entries(props.properties ?? noProps)) {
    validateSchema(child, false, propertySurroundings(name, props, isRoot, around, path), path.child('properties').key(name), errors);
  }
}

function propertySurroundings(name: string, props: Props, isRoot: boolean, around: Surroundings, path: Path): Surroundings {
  let inside = around;
  const mapType = props['x-kubernetes-map-type'];
  if (mapType !== undefined && mapType !== 'granular' && mapType !== 'atomic') inside = uncorrelated(inside, path);
  if ((isRoot || props['x-kubernetes-embedded-resource'] === true) && metaFields.includes(name)) {
    inside = { ...inside, insideMeta: true };
    if (isRoot) inside = { ...inside, noDefaults: `in top-level ${name}` };
  }
  return inside;
}

export function uncorrelated(around: Surroundings, path: Path): Surroundings {
  return around.uncorrelatable === undefined ? { ...around, uncorrelatable: path } : around;
}

function validateItems(props: Props, around: Surroundings, path: Path, errors: Errors): void {
  const inside = props['x-kubernetes-list-type'] === 'map' ? around : uncorrelated(around, path);
  const items = itemsOf(props);
  if (items !== undefined) validateSchema(items, false, inside, path.child('items'), errors);
  itemListOf(props).forEach((child, i) => validateSchema(child, false, inside, path.child('items').index(i), errors));
}

function validateCollections(props: Props, options: SchemaOptions, path: Path, errors: Errors): void {
  const mapType = props['x-kubernetes-map-type'];
  const listType = props['x-kubernetes-list-type'];
  if (mapType !== undefined) {
    wantType(props, 'object', 'x-kubernetes-map-type', path, errors);
    if (mapType !== 'atomic' && mapType !== 'granular') errors.notSupported(path.child('x-kubernetes-map-type'), mapType, ['atomic', 'granular']);
  }
  if (listType !== undefined) {
    if (props.type !== 'array') wantType(props, 'array', 'x-kubernetes-list-type', path, errors);
    else if (options.requireAtomicSetType && isNonAtomicSet(props)) {
      const name = itemsOf(props)?.type === 'array' ? 'x-kubernetes-list-type' : 'x-kubernetes-map-type';
      errors.invalid(path.child('items').child(name), itemsOf(props)?.['x-kubernetes-list-type'], 'must be atomic as item of a list with x-kubernetes-list-type=set');
    }
    if (!['atomic', 'set', 'map'].includes(listType)) errors.notSupported(path.child('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']);
  }
  validateMapItems(props, options.requireMapListKeys, path, errors);
}

function wantType(props: Props, wanted: 'object' | 'array', because: string, path: Path, errors: Errors): void {
  const type = props.type ?? '';
  if (type === wanted) return;
  const detail = `must be ${wanted} if ${because} is specified`;
  if (type === '') errors.required(path.child('type'), detail);
  else errors.invalid(path.child('type'), type, detail);
}

/** A set whose items may change in part. */
export function isNonAtomicSet(props: Props): boolean {
  const items = itemsOf(props);
  if (props['x-kubernetes-list-type'] !== 'set' || items === undefined) return false;
  const itemListType = items['x-kubernetes-list-type'];
  if (items.type === 'array') return itemListType !== undefined && itemListType !== 'atomic';
  return items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic';
}
