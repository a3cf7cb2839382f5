// The patch types of the API server, and the patch that kubectl apply computes.
import type { JsonObject } from './generated/types.ts';
import { threeWayStrategicMergePatch } from './patch-diff.ts';
import { threeWayJsonMergePatch } from './patch-merge.ts';
import type { Schema } from './schema.ts';

export { PatchError } from './patch-error.ts';
export { applyJsonPatch, jsonEqual } from './patch-json.ts';
export { applyMergePatch } from './patch-merge.ts';
export { applyStrategicMergePatch } from './patch-strategic.ts';
export { twoWayMergePatch } from './patch-diff.ts';

/**
 * The patch of kubectl apply. With a schema (built-in kinds) a strategic merge patch, without one (custom resources) a
 * JSON merge patch. An empty object means that nothing changes.
 * @param original the last applied configuration, `{}` if there is none
 * @param modified the new manifest, with its last-applied annotation
 * @param current the live object
 */
export function threeWayMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject, schema: Schema | undefined): JsonObject {
  return schema === undefined ? threeWayJsonMergePatch(original, modified, current) : threeWayStrategicMergePatch(original, modified, current, schema);
}
