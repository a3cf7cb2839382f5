// Making strategic merge patches, as kubectl apply and edit do (models strategicpatch diffMaps and CreateThreeWayMergePatch).
import type { Json, JsonObject } from './generated/types.ts';
import { goValue } from './go-format.ts';
import { setMember } from './go-json.ts';
import { PatchError } from './patch-error.ts';
import { jsonEqual } from './patch-json.ts';
import { isObject } from './patch-merge.ts';
import { deduplicateScalars, deleteListPrefix, directiveMarker, elementOrderPrefix, elementType, mergeMap, patchMeta, retainKeysDirective, sortByOrder } from './patch-strategic.ts';
import type { Schema } from './schema.ts';

interface DiffOptions {
  readonly setElementOrder: boolean;
  readonly ignoreChangesAndAdditions: boolean;
  readonly ignoreDeletions: boolean;
  readonly retainKeys: boolean;
}

const twoWay: DiffOptions = { setElementOrder: true, ignoreChangesAndAdditions: false, ignoreDeletions: false, retainKeys: false };

/** The strategic merge patch that turns `original` into `modified`. */
export function twoWayMergePatch(original: JsonObject, modified: JsonObject, schema: Schema): JsonObject {
  return diffMaps(original, modified, schema, twoWay);
}

/**
 * The strategic merge patch of kubectl apply: what differs between the live object and the new manifest, and what the
 * last applied manifest had and the new one lacks. Changes made by others to fields that neither names stay.
 */
export function threeWayStrategicMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject, schema: Schema): JsonObject {
  const changes = diffMaps(current, modified, schema, { ...twoWay, ignoreDeletions: true });
  const deletions = diffMaps(original, modified, schema, { ...twoWay, ignoreChangesAndAdditions: true });
  return mergeMap(deletions, changes, schema, { mergeParallelList: false, ignoreUnmatchedNulls: false });
}

function diffMaps(original: JsonObject, modified: JsonObject, schema: Schema | undefined, options: DiffOptions): JsonObject {
  const patch: Record<string, Json> = {};
  const retained: string[] = [];
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    if (after === undefined) continue;
    if (options.retainKeys && after !== null) retained.push(key);
    const before = original[key];
    if (key === directiveMarker && before !== undefined) {
      if (before !== after) patch[key] = after;
    } else if (isObject(before) && isObject(after)) {
      diffMembers(key, before, after, patch, schema, options);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      diffLists(key, before, after, patch, schema, options);
    } else if (!options.ignoreChangesAndAdditions && !jsonEqual(before, after)) {
      setMember(patch, key, after);
    }
  }
  const removed = Object.keys(original).filter((key) => original[key] !== undefined && modified[key] === undefined);
  if (!options.ignoreDeletions) for (const key of removed) setMember(patch, key, null);
  const clears = removed.some((key) => original[key] !== null);
  if (retained.length > 0 && (Object.keys(patch).length > 0 || clears)) patch[retainKeysDirective] = retained.sort(byText);
  return patch;
}

function diffMembers(key: string, before: JsonObject, after: JsonObject, patch: Record<string, Json>, schema: Schema | undefined, options: DiffOptions): void {
  const meta = patchMeta(schema, key);
  if (meta.strategy === 'replace') {
    if (!options.ignoreChangesAndAdditions) setMember(patch, key, after);
    return;
  }
  const nested = diffMaps(before, after, meta.schema, { ...options, retainKeys: meta.retainKeys });
  if (Object.keys(nested).length > 0) setMember(patch, key, nested);
}

function diffLists(key: string, before: readonly Json[], after: readonly Json[], patch: Record<string, Json>, schema: Schema | undefined, options: DiffOptions): void {
  const meta = patchMeta(schema, key);
  if (meta.strategy !== 'merge') {
    if (!options.ignoreChangesAndAdditions && !jsonEqual(before, after)) setMember(patch, key, after);
    return;
  }
  if (before.length === 0) {
    if (after.length > 0 && !options.ignoreChangesAndAdditions) setMember(patch, key, after);
    return;
  }
  const nested = { ...options, retainKeys: meta.retainKeys };
  if (elementType(before, after) === 'map[string]interface {}') diffMapList(key, before as readonly JsonObject[], after as readonly JsonObject[], patch, meta.schema, meta.mergeKey, nested);
  else diffScalarList(key, before, after, patch, nested);
}

function diffMapList(key: string, before: readonly JsonObject[], after: readonly JsonObject[], patch: Record<string, Json>, schema: Schema | undefined, mergeKey: string, options: DiffOptions): void {
  const changes: JsonObject[] = [];
  const deletions: JsonObject[] = [];
  const old = new Map(before.map((item) => [printedKey(item, mergeKey), item]));
  const wanted = new Set<string>();
  for (const item of after) {
    const printed = printedKey(item, mergeKey);
    wanted.add(printed);
    const previous = old.get(printed);
    if (previous !== undefined) {
      const nested = diffMaps(previous, item, schema, options);
      if (Object.keys(nested).length > 0) changes.push({ ...nested, [mergeKey]: item[mergeKey] });
    } else if (!options.ignoreChangesAndAdditions) {
      changes.push(item);
    }
  }
  for (const [printed, item] of [...old].sort(([a], [b]) => byText(a, b))) {
    if (!wanted.has(printed) && !options.ignoreDeletions) deletions.push({ [directiveMarker]: 'delete', [mergeKey]: item[mergeKey] });
  }
  const list = [...sortByOrder(changes, after, mergeKey), ...deletions];
  const sameOrder = before.length === after.length && before.every((item, i) => item[mergeKey] === after[i]?.[mergeKey]);
  if (list.length > 0) setMember(patch, key, list);
  const ordered = (!options.ignoreChangesAndAdditions && (list.length > 0 || !sameOrder)) || (!options.ignoreDeletions && list.length > 0);
  if (options.setElementOrder && ordered && after.length > 0) patch[`${elementOrderPrefix}/${key}`] = after.map((item) => ({ [mergeKey]: item[mergeKey] }));
}

function printedKey(item: JsonObject, mergeKey: string): string {
  const value = item[mergeKey];
  if (value === undefined) throw new PatchError(500, `map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
  return goValue(value);
}

function diffScalarList(key: string, before: readonly Json[], after: readonly Json[], patch: Record<string, Json>, options: DiffOptions): void {
  const added = options.ignoreChangesAndAdditions ? [] : sortScalars(surplus(after, before));
  const deleted = options.ignoreDeletions ? [] : deduplicateScalars([...sortScalars(surplus(before, after))]);
  if (added.length > 0) setMember(patch, key, sortByOrder(added, after, ''));
  if (deleted.length > 0) patch[`${deleteListPrefix}/${key}`] = deleted;
  const changed = (!options.ignoreDeletions && deleted.length > 0) || (!options.ignoreChangesAndAdditions && !jsonEqual(before, after));
  if (options.setElementOrder && changed && after.length > 0) patch[`${elementOrderPrefix}/${key}`] = after;
}

/** The items that the first list has more often than the second. */
function surplus(items: readonly Json[], others: readonly Json[]): Json[] {
  const rest = [...others];
  return items.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function sortScalars(items: Json[]): Json[] {
  return items.sort((a, b) => byText(goValue(a), goValue(b)));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
