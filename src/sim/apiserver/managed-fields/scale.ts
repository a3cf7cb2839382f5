// Owners of an object's replicas, seen through its scale subresource (models managedfields.ScaleHandler).
import type { ApiObject } from '../../api/meta.ts';
import { decodeEntries, emptyManaged, encodeEntries, entriesOf } from './entries.ts';
import type { ManagedFieldsEntry } from './entries.ts';
import { difference, setOf } from './field-set.ts';
import type { Path } from './field-set.ts';
import { readable } from './manager.ts';
import { owns } from './updater.ts';

const REPLICAS = ['f:spec', 'f:replicas'];
const ONLY_REPLICAS = setOf(REPLICAS);
const SCALE_VERSION = 'autoscaling/v1';

function fieldPathOf(path: readonly string[]): Path {
  return path.map((name) => `f:${name}` as const);
}

/** The entries of the Scale of an object that has its replicas at `path`. */
export function scaleEntries(parent: ApiObject, path: readonly string[]): readonly ManagedFieldsEntry[] {
  const { fields, times } = readable(parent);
  const inParent = fieldPathOf(path);
  const scale = emptyManaged();
  for (const [id, owned] of fields) {
    if (!owns(owned, inParent)) continue;
    scale.fields.set(id, { set: ONLY_REPLICAS, apiVersion: SCALE_VERSION, applied: owned.applied });
    const time = times.get(id);
    if (time !== undefined) scale.times.set(id, time);
  }
  return encodeEntries(scale);
}

/** The entries of an object that has its replicas at `path` once its Scale, written by somebody, has these. */
export function parentEntries(parent: ApiObject, scale: ApiObject, parentVersion: string, path: readonly string[]): readonly ManagedFieldsEntry[] {
  const { fields, times } = readable(parent);
  const inParent = fieldPathOf(path);
  const onlyReplicas = setOf(inParent);
  const left = decodeEntries(entriesOf(scale)).fields;
  const out = emptyManaged();
  for (const [id, owned] of fields) {
    const lost = owns(owned, inParent) && !left.delete(id);
    const set = lost ? difference(owned.set, onlyReplicas) : owned.set;
    if (!set.empty) out.fields.set(id, lost ? { ...owned, set } : owned);
  }
  for (const [id, owned] of left) if (owns(owned, REPLICAS)) out.fields.set(id, { set: onlyReplicas, apiVersion: parentVersion, applied: owned.applied });
  for (const id of out.fields.keys()) {
    const time = times.get(id);
    if (time !== undefined) out.times.set(id, time);
  }
  return encodeEntries(out);
}
