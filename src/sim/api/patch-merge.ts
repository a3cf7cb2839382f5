// JSON Merge Patch (RFC 7386): applying one, and making the one that kubectl apply sends for custom resources.
import type { Json, JsonObject } from './generated/types.ts';
import { setMember } from './go-json.ts';
import { PatchError } from './patch-error.ts';
import { jsonEqual } from './patch-json.ts';

/** Applies a merge patch. Throws PatchError 400 unless the patch is an object. */
export function applyMergePatch(document: JsonObject, patch: Json): JsonObject {
  if (!isObject(patch)) {
    const found = patch === null ? 'null' : typeof patch === 'boolean' ? 'bool' : Array.isArray(patch) ? 'array' : typeof patch;
    throw new PatchError(400, patch === null ? 'Invalid JSON Patch' : `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`);
  }
  return mergeObjects(document, patch);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function mergeObjects(document: JsonObject, patch: JsonObject): JsonObject {
  const out: Record<string, Json | undefined> = {};
  for (const key of Object.keys(document)) if (patch[key] !== null) setMember(out, key, document[key]);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null || value === undefined) continue;
    const current = document[key];
    setMember(out, key, isObject(current) && isObject(value) ? mergeObjects(current, value) : withoutNulls(value));
  }
  return out as JsonObject;
}

/** Without members that are null, at any depth; nulls in lists stay. What has none is shared. */
export function withoutNulls(value: Json): Json {
  if (typeof value !== 'object' || value === null || !needsCleaning(value, isNull)) return value;
  if (Array.isArray(value)) return value.map((item: Json) => withoutNulls(item));
  if (!isObject(value)) return value;
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== null && member !== undefined) setMember(out, key, withoutNulls(member));
  }
  return out;
}

function isNull(_: string, value: Json): boolean {
  return value === null;
}

/** Whether a value has, at any depth, a member that is to be removed; what has none can be shared. */
export function needsCleaning(value: Json, unwanted: (key: string, member: Json) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item: Json) => typeof item === 'object' && item !== null && needsCleaning(item, unwanted));
  if (!isObject(value)) return false;
  for (const key in value) {
    const member = value[key];
    if (member === undefined || unwanted(key, member)) return true;
    if (typeof member === 'object' && member !== null && needsCleaning(member, unwanted)) return true;
  }
  return false;
}

/** The merge patch that turns `original` into `modified`. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    const before = original[key];
    if (after === undefined || jsonEqual(before, after)) continue;
    const nested = isObject(before) && isObject(after) ? createMergePatch(before, after) : after;
    setMember(patch, key, nested);
  }
  for (const key of Object.keys(original)) if (modified[key] === undefined) setMember(patch, key, null);
  return patch;
}

/**
 * The merge patch of kubectl apply: changes from the live object to the new manifest, and deletions from the last
 * applied manifest to the new one (models jsonmergepatch.CreateThreeWayJSONMergePatch).
 */
export function threeWayJsonMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject {
  const changes = keepNulls(createMergePatch(current, modified), false) as JsonObject;
  const deletions = keepNulls(createMergePatch(original, modified), true) as JsonObject;
  return combine(deletions, changes);
}

/** Only the nulls of a patch, or only the rest. */
function keepNulls(value: JsonObject, nulls: boolean): JsonObject {
  const out: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    if (isObject(member)) {
      const nested = keepNulls(member, nulls);
      if (Object.keys(nested).length > 0 || (!nulls && Object.keys(member).length === 0)) setMember(out, key, nested);
    } else if ((member === null) === nulls) {
      setMember(out, key, member);
    }
  }
  return out;
}

function combine(first: JsonObject, second: JsonObject): JsonObject {
  const out: Record<string, Json | undefined> = { ...first };
  for (const key of Object.keys(second)) {
    const a = first[key];
    const b = second[key];
    setMember(out, key, isObject(a) && isObject(b) ? combine(a, b) : b);
  }
  return out as JsonObject;
}
