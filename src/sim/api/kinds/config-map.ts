// ConfigMaps (models pkg/registry/core/configmap).
import type { ConfigMap, Json } from '../generated/types.ts';
import { byteLength as base64Length } from '../base64.ts';
import { jsonEqual } from '../patch-json.ts';
import { age } from '../printing.ts';
import { schemaName } from '../schema.ts';
import type { Errors } from '../validation/field.ts';
import { byteLength, Path } from '../validation/field.ts';
import { configMapKey, subdomainName } from '../validation/names.ts';
import { defineKind } from './define.ts';

const maxDataBytes = 1024 * 1024;
const dataPath = new Path('data');
const binaryPath = new Path('binaryData');
const immutableMessage = 'field is immutable when `immutable` is set';

function validateData(map: ConfigMap, errors: Errors): void {
  let size = 0;
  for (const [key, value] of Object.entries(map.data ?? {})) {
    errors.invalidAll(dataPath.key(key), key, configMapKey(key));
    if (map.binaryData?.[key] !== undefined) errors.invalid(dataPath.key(key), key, 'duplicate of key present in binaryData');
    size += byteLength(value);
  }
  for (const [key, value] of Object.entries(map.binaryData ?? {})) {
    errors.invalidAll(binaryPath.key(key), key, configMapKey(key));
    size += base64Length(value);
  }
  if (size > maxDataBytes) errors.tooLong('', maxDataBytes);
}

/** Refuses changes of parts of an object that is marked immutable: ConfigMaps and Secrets. */
export function frozenParts<T extends { readonly immutable?: boolean }>(next: T, old: T, parts: readonly (keyof T & string)[], errors: Errors): void {
  if (old.immutable !== true) return;
  if (next.immutable !== true) errors.forbidden('immutable', immutableMessage);
  for (const part of parts) {
    if (!jsonEqual(next[part] as Json | undefined, old[part] as Json | undefined)) errors.forbidden(part, immutableMessage);
  }
}

export const configMapKind = defineKind<ConfigMap>({
  group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'], namespaced: true,
  schema: schemaName('core.v1', 'ConfigMap'),
  nameRule: subdomainName,
  validate: validateData,
  validateUpdate: (next, old, errors, checks) => {
    checks.metadata();
    frozenParts(next, old, ['data', 'binaryData'], errors);
    checks.all();
  },
  row: (map, nowMs) => [map.metadata.name ?? '', Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length, age(map.metadata.creationTimestamp, nowMs)],
});
