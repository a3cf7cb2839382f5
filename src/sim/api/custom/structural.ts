// Structural schemas: what the schema of a custom resource must look like so that values can be pruned and defaulted
// (models apiextensions-apiserver's pkg/apiserver/schema).
import { patternProblem } from '../go-regexp.ts';
import type { FieldError } from '../meta.ts';
import type { Path } from '../validation/field.ts';
import { Errors } from '../validation/field.ts';
import { equal } from '../validation/metadata.ts';
import type { Props } from './props.ts';
import { additionalOf, itemListOf, itemsOf, noProps } from './props.ts';

type Level = 'root' | 'item' | 'field';

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};
const integerOrString = [{ type: 'integer' }, { type: 'string' }];

/** Why a schema has no structural form at all. */
export function unstructuredReason(props: Props | undefined): string | undefined {
  if (props === undefined) return undefined;
  return unsupported(props)
    ?? firstReason(props.not === undefined ? [] : [props.not]) ?? firstReason(props.allOf) ?? firstReason(props.anyOf) ?? firstReason(props.oneOf)
    ?? (props['x-kubernetes-preserve-unknown-fields'] === false ? "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined" : undefined)
    ?? (itemListOf(props).length > 0 ? "OpenAPIV3Schema 'items' must be a schema, but is an array" : unstructuredReason(itemsOf(props)))
    ?? firstReason(Object.values(props.properties ?? noProps)) ?? unstructuredReason(additionalOf(props));
}

function firstReason(all: readonly Props[] | undefined): string | undefined {
  for (const props of all ?? []) {
    const reason = unstructuredReason(props);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function unsupported(props: Props): string | undefined {
  const set: readonly (readonly [string, boolean])[] = [
    ['id', (props.id ?? '') !== ''], ['schema', (props.$schema ?? '') !== ''], ['$ref', (props.$ref ?? '') !== ''], ['patternProperties', props.patternProperties !== undefined],
    ['dependencies', props.dependencies !== undefined], ['additionalItems', props.additionalItems !== undefined], ['definitions', props.definitions !== undefined],
  ];
  const found = set.find(([, isSet]) => isSet);
  return found && `OpenAPIV3Schema '${found[0]}' is not supported`;
}

/** What is wrong with a schema that has no unstructuredReason; sorted as the real server does. */
export function structuralProblems(props: Props, path: Path): readonly FieldError[] {
  const errors = new Errors();
  invariants(props, 'root', path, errors);
  valueCompleteness(props, props, path, path, errors);
  const text = (error: FieldError): string => `${error.path}: ${error.message}`;
  return errors.list.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function invariants(props: Props, level: Level, path: Path, errors: Errors): void {
  const items = itemsOf(props);
  if (props.type === 'array' && items === undefined) errors.required(path.child('items'), 'must be specified');
  if (items !== undefined) invariants(items, 'item', path.child('items'), errors);
  for (const [name, child] of Object.entries(props.properties ?? noProps)) invariants(child, 'field', path.child('properties').key(name), errors);
  if (props.additionalProperties !== undefined) {
    if (level === 'root') errors.forbidden(path.child('additionalProperties'), 'must not be used at the root');
    const additional = additionalOf(props);
    if (additional !== undefined) invariants(additional, 'field', path.child('additionalProperties'), errors);
  }
  extensions(props, path, errors);
  const anyOfIsType = equal(props.anyOf, integerOrString);
  const allOfIsType = equal(props.allOf?.[0]?.anyOf, integerOrString);
  valueRules(props, anyOfIsType, allOfIsType, path, errors);
  typeRules(props, level, path, errors);
  metaRules(props, level, path, errors);
}

function extensions(props: Props, path: Path, errors: Errors): void {
  if (props['x-kubernetes-int-or-string'] !== true) return;
  for (const name of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const) {
    if (props[name] === true) errors.invalid(path.child(name), true, 'must be false if x-kubernetes-int-or-string is true');
  }
}

function typeRules(props: Props, level: Level, path: Path, errors: Errors): void {
  const type = props.type ?? '';
  const typePath = path.child('type');
  if (props['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    if (type === '') errors.required(typePath, detail);
    else errors.invalid(typePath, type, detail);
  } else if (type === '' && props['x-kubernetes-int-or-string'] !== true && props['x-kubernetes-preserve-unknown-fields'] !== true) {
    errors.required(typePath, missingType[level]);
  }
  if (props['x-kubernetes-embedded-resource'] === true && props.additionalProperties !== undefined) {
    errors.forbidden(path.child('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set');
  }
  if (level === 'root' && type !== '' && type !== 'object') errors.invalid(typePath, type, 'must be object at the root');
}

function metaRules(props: Props, level: Level, path: Path, errors: Errors): void {
  const embedded = props['x-kubernetes-embedded-resource'] === true;
  const properties = path.child('properties');
  const isResource = level === 'root' || embedded;
  for (const name of ['kind', 'apiVersion']) {
    const child = props.properties?.[name];
    if (isResource && child !== undefined && child.type !== 'string') errors.invalid(properties.key(name).child('type'), child.type ?? '', 'must be string');
  }
  const metadata = props.properties?.['metadata'];
  if (metadata !== undefined) {
    const at = properties.key('metadata');
    if (isResource && metadata.type !== 'object') errors.invalid(at.child('type'), metadata.type ?? '', 'must be object');
    if (level === 'root' && !restrictsOnlyNames(metadata)) {
      errors.forbidden(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified');
    }
  }
  if (embedded && props['x-kubernetes-preserve-unknown-fields'] !== true && props.properties === undefined) {
    errors.required(properties, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields');
  }
}

function restrictsOnlyNames(props: Props): boolean {
  return Object.keys(props).every((key) => ['type', 'default', 'properties'].includes(key))
    && Object.keys(props.properties ?? noProps).every((name) => name === 'name' || name === 'generateName');
}

/** Rules about the parts that only validate: anyOf, allOf, oneOf, not and pattern. */
function valueRules(props: Props, anyOfIsType: boolean, allOfIsType: boolean, path: Path, errors: Errors): void {
  if (!anyOfIsType) props.anyOf?.forEach((child, i) => nestedRules(child, false, path.child('anyOf').index(i), errors));
  props.allOf?.forEach((child, i) => nestedRules(child, allOfIsType && i === 0, path.child('allOf').index(i), errors));
  props.oneOf?.forEach((child, i) => nestedRules(child, false, path.child('oneOf').index(i), errors));
  if (props.not !== undefined) nestedRules(props.not, false, path.child('not'), errors);
  if ((props.pattern ?? '') === '') return;
  const problem = patternProblem(props.pattern ?? '');
  if (problem !== undefined) errors.invalid(path.child('pattern'), props.pattern, `must be a valid regular expression, but isn't: ${problem}`);
}

function nestedRules(props: Props, anyOfIsType: boolean, path: Path, errors: Errors): void {
  valueRules(props, anyOfIsType, false, path, errors);
  const items = itemsOf(props);
  if (items !== undefined) nestedRules(items, false, path.child('items'), errors);
  for (const [name, child] of Object.entries(props.properties ?? noProps)) nestedRules(child, false, path.child('properties').key(name), errors);
  const forbidden: readonly (readonly [string, string, boolean])[] = [
    ['type', 'empty', (props.type ?? '') !== ''],
    ['additionalProperties', 'undefined', props.additionalProperties !== undefined && props.additionalProperties !== false],
    ['default', 'undefined', props.default !== undefined],
    ['title', 'empty', (props.title ?? '') !== ''],
    ['description', 'empty', (props.description ?? '') !== ''],
    ['nullable', 'false', props.nullable === true],
    ['x-kubernetes-preserve-unknown-fields', 'false', props['x-kubernetes-preserve-unknown-fields'] === true],
    ['x-kubernetes-embedded-resource', 'false', props['x-kubernetes-embedded-resource'] === true],
    ['x-kubernetes-int-or-string', 'false', props['x-kubernetes-int-or-string'] === true],
    ['x-kubernetes-list-map-keys', 'empty', props['x-kubernetes-list-map-keys'] !== undefined],
    ['x-kubernetes-list-type', 'undefined', props['x-kubernetes-list-type'] !== undefined],
    ['x-kubernetes-map-type', 'undefined', props['x-kubernetes-map-type'] !== undefined],
    ['x-kubernetes-validations', 'empty', props['x-kubernetes-validations'] !== undefined],
  ];
  for (const [name, wanted, isSet] of forbidden) if (isSet) errors.forbidden(path.child(name), `must be ${wanted} to be structural`);
  if (props.properties?.['metadata'] !== undefined) errors.forbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context');
}

/** Every field that a nested part validates must exist in the structure itself. */
function valueCompleteness(rules: Props, structure: Props, at: Path, from: Path, errors: Errors): void {
  if (rules.not !== undefined) nestedCompleteness(rules.not, structure, at, from.child('not'), errors);
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    rules[name]?.forEach((child, i) => nestedCompleteness(child, structure, at, from.child(name).index(i), errors));
  }
}

function nestedCompleteness(rules: Props, structure: Props | undefined, at: Path, from: Path, errors: Errors): void {
  if (structure === undefined) {
    errors.required(at, `because it is defined in ${from.toString()}`);
    return;
  }
  valueCompleteness(rules, structure, at, from, errors);
  const items = itemsOf(rules);
  if (items !== undefined) nestedCompleteness(items, itemsOf(structure), at.child('items'), from.child('items'), errors);
  for (const [name, child] of Object.entries(rules.properties ?? noProps)) {
    nestedCompleteness(child, structure.properties?.[name], at.child('properties').key(name), from.child('properties').key(name), errors);
  }
}
