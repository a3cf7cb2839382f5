// Strategic merge patch: merges a patch into an object (models apimachinery/pkg/util/strategicpatch mergeMap), with the
// directives $patch, $setElementOrder, $deleteFromPrimitiveList and $retainKeys. Lists merge by the schema's merge keys.
// Nothing is changed in place: results share what the patch leaves alone.
import type { Json, JsonObject } from './generated/types.ts';
import { goValue } from './go-format.ts';
import { setMember } from './go-json.ts';
import { PatchError } from './patch-error.ts';
import { jsonEqual } from './patch-json.ts';
import { isObject, needsCleaning, withoutNulls } from './patch-merge.ts';
import type { Field, Schema } from './schema.ts';

export const directiveMarker = '$patch';
export const retainKeysDirective = '$retainKeys';
export const deleteListPrefix = '$deleteFromPrimitiveList';
export const elementOrderPrefix = '$setElementOrder';

type Mutable = Record<string, Json | undefined>;

export interface MergeOptions {
  /** Merging into an object: parallel lists are consumed. Otherwise the original is a patch itself and they are kept. */
  readonly mergeParallelList: boolean;
  /** Nulls without a counterpart vanish; otherwise they stay, to be sent as deletions. */
  readonly ignoreUnmatchedNulls: boolean;
}

/** Applies a strategic merge patch to an object of a built-in type. Throws PatchError. */
export function applyStrategicMergePatch(document: JsonObject, patch: Json, schema: Schema): JsonObject {
  if (!isObject(patch)) {
    const found = patch === null ? 'null' : typeof patch === 'boolean' ? 'bool' : Array.isArray(patch) ? 'array' : typeof patch;
    throw new PatchError(400, `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
  }
  return mergeMap(document, patch, schema, { mergeParallelList: true, ignoreUnmatchedNulls: true });
}

/** How a field of a struct merges; fields that the schema lacks merge as plain JSON does. */
export function patchMeta(schema: Schema | undefined, key: string): { readonly schema: Schema | undefined; readonly strategy: 'merge' | 'replace' | ''; readonly retainKeys: boolean; readonly mergeKey: string } {
  const field: Field | undefined = schema?.fields.get(key);
  if (field === undefined) return { schema: schema?.type === 'map' ? schema.items : undefined, strategy: '', retainKeys: false, mergeKey: '' };
  const strategy = field.patchStrategies.find((name) => name !== 'retainKeys');
  return {
    schema: field.schema.type === 'array' ? field.schema.items : field.schema,
    strategy: strategy === 'merge' || strategy === 'replace' ? strategy : '',
    retainKeys: field.patchStrategies.includes('retainKeys'),
    mergeKey: field.patchMergeKey ?? '',
  };
}

export function mergeMap(originalMap: JsonObject, patchMap: JsonObject, schema: Schema | undefined, options: MergeOptions): JsonObject {
  const directive = patchMap[directiveMarker];
  if (directive !== undefined) return wholeMap(directive, patchMap);
  const original: Mutable = { ...originalMap };
  let patch: Mutable = patchMap;
  if (hasDirectives(patchMap)) {
    patch = { ...patchMap };
    retainKeys(original, patch, options);
    mergeOrderedLists(original, patch, schema, options);
  }
  for (const patchKey in patch) {
    const value = patch[patchKey];
    if (value !== undefined) mergeMember(original, patchKey, value, schema, options);
  }
  return definedOnly(original);
}

/** `$retainKeys`, `$setElementOrder/…`: members that say how others are merged. */
function hasDirectives(patch: JsonObject): boolean {
  for (const key in patch) if (key.charCodeAt(0) === DOLLAR) return true;
  return false;
}

const DOLLAR = 36;

/** A copy where something is missing: deleting members would make the object slow for all who read it. */
function definedOnly(object: Mutable): JsonObject {
  let complete = true;
  for (const key in object) if (object[key] === undefined) complete = false;
  if (complete) return object as JsonObject;
  const out: Record<string, Json> = {};
  for (const key in object) {
    const value = object[key];
    if (value !== undefined) setMember(out, key, value);
  }
  return out;
}

function wholeMap(directive: Json, patch: JsonObject): JsonObject {
  if (directive === 'replace') {
    const { [directiveMarker]: _, ...rest } = patch;
    return rest;
  }
  if (directive === 'delete') return {};
  throw new PatchError(500, `unknown patch type: ${goValue(directive)} in map: ${goValue(patch)}`);
}

function mergeMember(original: Mutable, patchKey: string, value: Json, schema: Schema | undefined, options: MergeOptions): void {
  const isDeleteList = patchKey.startsWith(deleteListPrefix);
  if (isDeleteList && !options.mergeParallelList) {
    original[patchKey] = value;
    return;
  }
  const key = isDeleteList ? listKey(patchKey, deleteListPrefix) : patchKey;
  if (value === null) {
    original[key] = undefined;
    if (options.ignoreUnmatchedNulls) return;
  }
  const current = original[key];
  if (current === undefined || typeName(current) !== typeName(value)) {
    if (!isDeleteList) setMember(original, key, isClean(value) ? value : withoutDirectives(options.ignoreUnmatchedNulls ? withoutNulls(value) : value));
  } else if (isObject(current) && isObject(value)) {
    const meta = patchMeta(schema, key);
    original[key] = meta.strategy === 'replace' ? value : mergeMap(current, value, meta.schema, options);
  } else if (Array.isArray(current) && Array.isArray(value)) {
    const meta = patchMeta(schema, key);
    original[key] = meta.strategy === 'merge' || isDeleteList ? mergeSlice(current, value, meta.schema, meta.mergeKey, options, isDeleteList) : value;
  } else {
    original[key] = value;
  }
}

function listKey(key: string, prefix: string): string {
  const slash = key.indexOf('/');
  if (slash === prefix.length) return key.slice(slash + 1);
  throw new PatchError(400, prefix === deleteListPrefix ? 'invalid patch format of primitive list' : 'invalid patch format of setElementOrder list');
}

/** As reflect.TypeOf tells JSON values apart. */
function typeName(value: Json): string {
  if (value === null) return 'nil';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'object': return 'map[string]interface {}';
    case 'number': return Number.isInteger(value) ? 'int64' : 'float64';
    case 'boolean': return 'bool';
    default: return 'string';
  }
}

function badType(expected: string, actual: Json): PatchError {
  return new PatchError(500, `expected a ${expected}, but received a ${typeName(actual)}`);
}

const mapTypeName = 'map[string]interface {}';

function retainKeys(original: Mutable, patch: Mutable, options: MergeOptions): void {
  const keys = patch[retainKeysDirective];
  if (keys === undefined) return;
  patch[retainKeysDirective] = undefined;
  if (!options.mergeParallelList) {
    const before = original[retainKeysDirective];
    if (before !== undefined && !jsonEqual(before, keys)) {
      throw new PatchError(500, `${goValue(before)} and ${goValue(keys)} are not deep equal: this may happen when calculating the 3-way diff patch`);
    }
    original[retainKeysDirective] = keys;
    return;
  }
  if (!Array.isArray(keys)) throw new PatchError(400, 'invalid patch format of retainKeys');
  const kept = new Set<Json>(keys);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null || value === undefined || key.startsWith(deleteListPrefix) || key.startsWith(elementOrderPrefix)) continue;
    if (!kept.has(key)) throw new PatchError(400, 'invalid patch format of retainKeys');
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) original[key] = undefined;
}

/** Merges the lists that have a $setElementOrder list, and puts them in that order. */
function mergeOrderedLists(original: Mutable, patch: Mutable, schema: Schema | undefined, options: MergeOptions): void {
  for (const orderKey of Object.keys(patch)) {
    if (!orderKey.startsWith(elementOrderPrefix)) continue;
    const order = patch[orderKey] as Json;
    if (!options.mergeParallelList) {
      const before = original[orderKey];
      if (before !== undefined && !jsonEqual(before, order)) throw new PatchError(400, 'invalid patch format of setElementOrder list');
      original[orderKey] = order;
    }
    patch[orderKey] = undefined;
    if (!Array.isArray(order)) throw badType('[]interface {}', order);
    const key = listKey(orderKey, elementOrderPrefix);
    const merged = mergeOrderedList(original[key], patch[key], order, patchMeta(schema, key), options);
    if (merged === undefined) continue;
    original[key] = merged;
    patch[key] = undefined;
  }
}

function mergeOrderedList(originalList: Json | undefined, patchList: Json | undefined, order: readonly Json[], meta: ReturnType<typeof patchMeta>, options: MergeOptions): readonly Json[] | undefined {
  if (originalList !== undefined && !Array.isArray(originalList)) throw badType('[]interface {}', originalList);
  if (patchList !== undefined && !Array.isArray(patchList)) throw badType('[]interface {}', patchList);
  if (patchList !== undefined) checkOrder(patchList, order, meta.mergeKey);
  if (originalList === undefined && patchList === undefined) return undefined;
  const before: readonly Json[] = originalList ?? [];
  const complete = meta.strategy === 'merge' && patchList !== undefined ? mergeComplete(before, patchList, order, meta, options) : undefined;
  if (complete !== undefined) return complete;
  let merged: readonly Json[];
  if (patchList === undefined) merged = before;
  else if (originalList === undefined) merged = withoutDirectives(patchList) as readonly Json[];
  else merged = meta.strategy === 'merge' ? mergeSlice(before, patchList, meta.schema, meta.mergeKey, options, false) : patchList;
  const [inOrder, serverOnly] = partition(merged, order, meta.mergeKey);
  return normalizeOrder(inOrder, serverOnly, order, before, meta.mergeKey);
}

/**
 * What the kubelet's patches nearly always are: maps without directives, of which the order names each one once. The
 * result is in that order then. undefined: something is otherwise, and the whole procedure has to look at it.
 */
function mergeComplete(before: readonly Json[], patchList: readonly Json[], order: readonly Json[], { schema, mergeKey }: ReturnType<typeof patchMeta>, options: MergeOptions): readonly Json[] | undefined {
  const out: Json[] = [];
  let kept = 0;
  let patched = 0;
  for (const named of order) {
    const key = isObject(named) ? named[mergeKey] : undefined;
    if (key === undefined) return undefined;
    const item = firstWith(before, mergeKey, key);
    const patch = firstWith(patchList, mergeKey, key);
    if (item !== undefined) kept++;
    if (patch !== undefined) patched++;
    if (patch === undefined && item === undefined) return undefined;
    if (patch !== undefined && patch[directiveMarker] !== undefined) return undefined;
    out.push(patch === undefined ? item as JsonObject : item === undefined ? patch : mergeMap(item, patch, schema, options));
  }
  return kept === before.length && patched === patchList.length ? out : undefined;
}

function firstWith(items: readonly Json[], mergeKey: string, key: Json): JsonObject | undefined {
  for (const item of items) if (isObject(item) && item[mergeKey] === key) return item;
  return undefined;
}

/** The items of a patch must be in the order that $setElementOrder gives, and be in it. */
function checkOrder(patchList: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (order.length === 0 || patchList.length === 0) return;
  const items = mergeKey === '' ? patchList : patchList.filter((item) => !(isObject(item) && item[directiveMarker] === 'delete'));
  let at = 0;
  for (const item of items) {
    if (isObject(item) && item[directiveMarker] !== undefined) continue;
    while (at < order.length && !sameKey(item, order[at] as Json, mergeKey)) at++;
    if (at >= order.length) {
      throw new PatchError(500, `The order in patch list:\n${goValue(patchList)}\n doesn't match ${elementOrderPrefix} list:\n${goValue(order)}\n`);
    }
    at++;
  }
}

function keyValue(item: Json, mergeKey: string): Json {
  if (mergeKey === '') return item;
  if (!isObject(item)) throw badType(mapTypeName, item);
  const value = item[mergeKey];
  if (value === undefined) throw noMergeKey(item, mergeKey);
  return value;
}

function sameKey(a: Json, b: Json, mergeKey: string): boolean {
  return keyValue(a, mergeKey) === keyValue(b, mergeKey);
}

function noMergeKey(item: JsonObject, mergeKey: string): PatchError {
  return new PatchError(500, `map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}

function findByKey(items: readonly Json[], mergeKey: string, value: Json): number {
  return items.findIndex((item, i) => {
    if (!isObject(item)) throw new PatchError(500, `value for key ${i} is not a map`);
    return item[mergeKey] === value;
  });
}

export function mergeSlice(original: readonly Json[], patch: readonly Json[], schema: Schema | undefined, mergeKey: string, options: MergeOptions, isDeleteList: boolean): readonly Json[] {
  if (original.length === 0 && patch.length === 0) return original;
  const type = elementType(original, patch);
  if (type !== mapTypeName) {
    if (options.mergeParallelList && isDeleteList) return original.filter((item) => !patch.includes(item));
    const merged = deduplicateScalars([...original, ...patch]);
    const [inPatch, rest] = partition(merged, patch, mergeKey);
    return normalizeOrder(inPatch, rest, patch, original, mergeKey);
  }
  if (mergeKey === '') throw new PatchError(500, `cannot merge lists without merge key for ${schema?.structName ?? ''}`);
  const special = applyElementDirectives(original as readonly JsonObject[], patch as readonly JsonObject[], mergeKey);
  const merged = mergeElements(special.original, special.patch, mergeKey, schema, options);
  const [inPatch, rest] = partition(merged, special.patch, mergeKey);
  return normalizeOrder(inPatch, rest, special.patch, special.original, mergeKey);
}

/** The type of all elements; lists of lists and mixtures are refused. */
export function elementType(...lists: readonly (readonly Json[])[]): string {
  let type: string | undefined;
  for (const list of lists) {
    for (const item of list) {
      const current = typeName(item);
      if (current === '[]interface {}' && type === undefined) throw new PatchError(422, 'lists of lists are not supported');
      if (type !== undefined && current !== type) throw new PatchError(500, `list element types are not identical: ${goValue(lists as readonly Json[])}`);
      type = current;
    }
  }
  if (type === undefined) throw new PatchError(500, 'no elements in any of the given slices');
  return type;
}

function applyElementDirectives(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string): { readonly original: readonly JsonObject[]; readonly patch: readonly JsonObject[] } {
  let kept = original;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const item of patch) {
    const directive = item[directiveMarker];
    if (directive === undefined) {
      plain.push(item);
    } else if (directive === 'delete') {
      const value = item[mergeKey];
      if (value === undefined) throw noMergeKey(item, mergeKey);
      kept = kept.filter((candidate) => candidate[mergeKey] !== value);
    } else if (directive === 'replace') {
      replace = true;
    } else if (directive === 'merge') {
      throw new PatchError(500, 'merging lists cannot yet be specified in the patch');
    } else {
      throw new PatchError(500, `unknown patch type: ${goValue(directive)} in map: ${goValue(item)}`);
    }
  }
  return replace ? { original: plain, patch: [] } : { original: kept, patch: plain };
}

function mergeElements(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string, schema: Schema | undefined, options: MergeOptions): readonly JsonObject[] {
  const merged = [...original];
  for (const item of patch) {
    const value = item[mergeKey];
    if (value === undefined) throw noMergeKey(item, mergeKey);
    const at = findByKey(merged, mergeKey, value);
    if (at < 0) merged.push(item);
    else merged[at] = mergeMap(merged[at] as JsonObject, item, schema, options);
  }
  return merged;
}

/** Splits into the items that a second list has, and the others. */
function partition(items: readonly Json[], by: readonly Json[], mergeKey: string): readonly [readonly Json[], readonly Json[]] {
  const inBoth: Json[] = [];
  const others: Json[] = [];
  const keys = mergeKey === '' || items.length === 0 ? by : memberKeys(by, mergeKey);
  for (const item of items) (keys.includes(keyValue(item, mergeKey)) ? inBoth : others).push(item);
  return [inBoth, others];
}

/** The merge keys of maps; undefined for those that have none. */
function memberKeys(items: readonly Json[], mergeKey: string): readonly (Json | undefined)[] {
  return items.map((item, i) => {
    if (!isObject(item)) throw new PatchError(500, `value for key ${i} is not a map`);
    return item[mergeKey];
  });
}

/** Interleaves: patched items in the patch's order, the others in the server's, and both as the server had them where that is possible. */
function normalizeOrder(patched: readonly Json[], serverOnly: readonly Json[], patchOrder: readonly Json[], serverOrder: readonly Json[], mergeKey: string): readonly Json[] {
  const right = sortByOrder(patched, patchOrder, mergeKey);
  if (serverOnly.length === 0) return right;
  const left = sortByOrder(serverOnly, serverOrder, mergeKey);
  if (right.length === 0) return left;
  const out: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (j >= right.length || (i < left.length && precedes(left[i] as Json, right[j] as Json, serverOrder, mergeKey))) out.push(left[i++] as Json);
    else out.push(right[j++] as Json);
  }
  return out;
}

function precedes(a: Json, b: Json, order: readonly Json[], mergeKey: string): boolean {
  const at = positionIn(order, a, mergeKey);
  const bt = positionIn(order, b, mergeKey);
  return at >= 0 && bt >= 0 && at < bt;
}

function positionIn(order: readonly Json[], item: Json, mergeKey: string): number {
  const wanted = keyValue(item, mergeKey);
  return order.findIndex((candidate) => keyValue(candidate, mergeKey) === wanted);
}

/** Sorts by a list that has all the items; items with `$patch: delete` go last. */
export function sortByOrder(items: readonly Json[], order: readonly Json[], mergeKey: string): readonly Json[] {
  if (isSorted(items, order, mergeKey)) return items;
  const deleted: Json[] = [];
  const placed: { readonly item: Json; readonly at: number }[] = [];
  for (const item of items) {
    if (mergeKey !== '' && isObject(item) && item[directiveMarker] === 'delete') deleted.push(item);
    else placed.push({ item, at: positionIn(order, item, mergeKey) });
  }
  placed.sort((a, b) => a.at - b.at);
  return [...placed.map(({ item }) => item), ...deleted];
}

/** Whether the items are in the order's order already, as those that the kubelet sends are; nothing is to be deleted. */
function isSorted(items: readonly Json[], order: readonly Json[], mergeKey: string): boolean {
  let at = 0;
  for (const item of items) {
    if (mergeKey !== '' && isObject(item) && item[directiveMarker] === 'delete') return false;
    const key = keyValue(item, mergeKey);
    while (at < order.length && keyValue(order[at] as Json, mergeKey) !== key) at++;
    if (at === order.length) return false;
  }
  return true;
}

/** As the real one does it: a duplicate is overwritten by the last item. */
export function deduplicateScalars(items: Json[]): readonly Json[] {
  let last = items.length - 1;
  for (let i = 0; i < last; i++) {
    for (let j = i + 1; j <= last; j++) {
      if (items[i] !== items[j]) continue;
      items[j] = items[last] as Json;
      items.length = last;
      last--;
      j--;
    }
  }
  return items;
}

/** Whether a value has neither nulls nor directives at any depth, and can be shared as it is. */
function isClean(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (!isClean(item)) return false;
    return true;
  }
  const members = value as JsonObject;
  for (const key in members) {
    const member = members[key];
    if (member === undefined || member === null || key === directiveMarker || !isClean(member)) return false;
  }
  return true;
}

function isDirective(key: string): boolean {
  return key === directiveMarker;
}

/** The value without maps that carry a directive; undefined if it is one itself. */
function withoutDirectives(value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null || !needsCleaning(value, isDirective)) return value;
  if (Array.isArray(value)) return value.map((item: Json) => withoutDirectives(item)).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (value[directiveMarker] !== undefined) return undefined;
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key] === undefined ? undefined : withoutDirectives(value[key] as Json);
    if (member !== undefined) setMember(out, key, member);
  }
  return out;
}
