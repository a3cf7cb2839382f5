// Custom resources by their schema: what is unknown goes, defaults come, embedded metadata is read
// (models apiextensions-apiserver's pkg/apiserver/schema/{pruning,defaulting,objectmeta,listtype}).
import { decodeValue } from '../decode.ts';
import type { Json, JsonObject, ObjectMeta } from '../generated/types.ts';
import { setMember } from '../go-json.ts';
import { canonicalJson } from '../hash.ts';
import { schemaOf } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import type { Props } from './props.ts';
import { additionalOf, itemsOf, noProps } from './props.ts';

export const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The members with some changed (`undefined`: removed); the same object where nothing changes. */
export function mapMembers(object: JsonObject, change: (value: Json, name: string) => Json | undefined): JsonObject {
  let out: Record<string, Json> | undefined;
  for (const name of Object.keys(object)) {
    const before = object[name];
    if (before === undefined) continue;
    const after = change(before, name);
    if (after === before) continue;
    out ??= { ...object } as Record<string, Json>;
    if (after === undefined) delete out[name];
    else setMember(out, name, after);
  }
  return out ?? object;
}

export function mapItems(list: readonly Json[], change: (value: Json, i: number) => Json): readonly Json[] {
  let out: Json[] | undefined;
  list.forEach((before, i) => {
    const after = change(before, i);
    if (after === before) return;
    out ??= [...list];
    out[i] = after;
  });
  return out ?? list;
}

function memberPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** Without the fields that the schema does not know; their paths are added to `unknown`. `embedded`: the value is an object of its own. */
export function prune(value: Json, props: Props | undefined, embedded: boolean, unknown: string[], path = ''): Json {
  const preserves = props?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (isList(value)) {
    const items = props === undefined ? undefined : itemsOf(props);
    return mapItems(value, (item, i) => (preserves && items === undefined ? item : prune(item, preserves ? { ...items, 'x-kubernetes-preserve-unknown-fields': true } : items, isEmbedded(items), unknown, `${path}[${i}]`)));
  }
  if (!isObject(value)) return value;
  return mapMembers(value, (member, name) => {
    if (embedded && metaFields.has(name)) return member;
    const child = props?.properties?.[name];
    const at = memberPath(path, name);
    if (child !== undefined) return prune(member, child, isEmbedded(child), unknown, at);
    if (props?.additionalProperties !== undefined) return prune(member, additionalOf(props), isEmbedded(additionalOf(props)), unknown, at);
    if (preserves) return member;
    if (!metaFields.has(name) || path !== '') unknown.push(at);
    return undefined;
  });
}

export function isEmbedded(props: Props | undefined): boolean {
  return props?.['x-kubernetes-embedded-resource'] === true;
}

function childProps(props: Props | undefined, name: string): Props | undefined {
  return props === undefined ? undefined : props.properties?.[name] ?? additionalOf(props);
}

/** Without nulls where the schema allows none and has no default either. */
export function pruneNulls(value: Json, props: Props | undefined): Json {
  if (isList(value)) return mapItems(value, (item) => pruneNulls(item, props && itemsOf(props)));
  if (!isObject(value)) return value;
  return mapMembers(value, (member, name) => {
    const child = childProps(props, name);
    if (member === null && child !== undefined && child.nullable !== true && child.default === undefined) return undefined;
    return pruneNulls(member, child);
  });
}

function needsDefault(value: Json | undefined, props: Props | undefined): boolean {
  return value === undefined || (value === null && props !== undefined && props.nullable !== true);
}

/** With the defaults of the schema, inside given and defaulted values alike. */
export function applySchemaDefaults(value: Json, props: Props | undefined): Json {
  if (props === undefined) return value;
  if (isList(value)) {
    const items = itemsOf(props);
    return mapItems(value, (item) => applySchemaDefaults(item === null && needsDefault(item, items) && items !== undefined ? items.default ?? null : item, items));
  }
  if (!isObject(value)) return value;
  let out: Record<string, Json> | undefined;
  for (const [name, child] of Object.entries(props.properties ?? noProps)) {
    if (child.default === undefined || !needsDefault(value[name], child)) continue;
    out ??= { ...value } as Record<string, Json>;
    setMember(out, name, child.default);
  }
  const additional = additionalOf(props);
  return mapMembers(out ?? value, (member, name) => {
    const child = props.properties?.[name];
    if (child !== undefined) return applySchemaDefaults(member, child);
    if (additional === undefined) return member;
    return applySchemaDefaults(member === null && additional.nullable !== true ? additional.default ?? null : member, additional);
  });
}

/** Lists that are sets or maps have every item or key once. */
export function validateListTypes(value: Json, props: Props, path: string, errors: Errors): void {
  if (isList(value)) {
    if (props['x-kubernetes-list-type'] === 'set') for (const i of repeated(value)) errors.duplicate(`${path}[${i}]`, value[i]);
    if (props['x-kubernetes-list-type'] === 'map') validateListMap(value, props['x-kubernetes-list-map-keys'] ?? [], path, errors);
    const items = itemsOf(props);
    if (items !== undefined) value.forEach((item, i) => validateListTypes(item, items, `${path}[${i}]`, errors));
  } else if (isObject(value)) {
    const additional = additionalOf(props);
    if (additional !== undefined) for (const [name, member] of Object.entries(value)) validateListTypes(member as Json, additional, `${path}[${name}]`, errors);
    for (const [name, child] of Object.entries(props.properties ?? noProps)) {
      const member = value[name];
      if (member !== undefined) validateListTypes(member, child, memberPath(path, name), errors);
    }
  }
}

/** The second place of each value that occurs more than once. */
function repeated(values: readonly Json[]): readonly number[] {
  const times = new Map<string, number>();
  const found: number[] = [];
  values.forEach((value, i) => {
    const key = canonicalJson(value);
    const before = times.get(key) ?? 0;
    if (before === 1) found.push(i);
    times.set(key, before + 1);
  });
  return found;
}

function validateListMap(list: readonly Json[], keys: readonly string[], path: string, errors: Errors): void {
  const wrong = list.findIndex((item) => item !== null && !isObject(item));
  if (wrong >= 0) {
    errors.invalid(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map');
    return;
  }
  const keyOf = (item: Json): JsonObject => (isObject(item) ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]])) : {});
  const found = list.map(keyOf);
  for (const i of repeated(found)) errors.duplicate(`${path}[${i}]`, found[i]);
}

export type MetadataOutcome = { readonly ok: true; readonly value: ObjectMeta; readonly unknown: readonly string[] } | { readonly ok: false; readonly message: string };

/** Reads metadata as Go's ObjectMeta. */
export function readMetadata(value: Json): MetadataOutcome {
  const decoded = decodeValue(value, schemaOf(objectMeta), true);
  if (!decoded.ok) return decoded;
  return { ok: true, value: decoded.value as unknown as ObjectMeta, unknown: decoded.strictErrors };
}
