// Owners of an object's replicas, seen through its scale subresource (models managedfields.ScaleHandler).
import type { ApiObject } from '../../api/meta.ts';
import { decodeEntries, emptyManaged, encodeEntries, entriesOf } from './entries.ts';
import type { ManagedFieldsEntry } from './entries.ts';
import { difference, setOf } from './field-set.ts';
import { readable } from './manager.ts';
import { owns } from './updater.ts';

const REPLICAS = ['f:spec', 'f:replicas'];
const ONLY_REPLICAS = setOf(REPLICAS);
const SCALE_VERSION = 'autoscaling/v1';

/** The entries of the Scale of an object. */
export function scaleEntries(parent: ApiObject): readonly ManagedFieldsEntry[] {
  const { fields, times } = readable(parent);
  const scale = emptyManaged();
  for (const [id, owned] of fields) {
    if (!owns(owned, REPLICAS)) continue;
    scale.fields.set(id, { set: ONLY_REPLICAS, apiVersion: SCALE_VERSION, applied: owned.applied });
    const time = times.get(id);
    if (time !== undefined) scale.times.set(id, time);
  }
  return encodeEntries(scale);
}

/** The object's entries once its Scale, written by somebody, has these. */
export function parentEntries(parent: ApiObject, scale: ApiObject, parentVersion: string): readonly ManagedFieldsEntry[] {
  const { fields, times } = readable(parent);
  const left = decodeEntries(entriesOf(scale)).fields;
  const out = emptyManaged();
  for (const [id, owned] of fields) {
    const lost = owns(owned, REPLICAS) && !left.delete(id);
    const set = lost ? difference(owned.set, ONLY_REPLICAS) : owned.set;
    if (!set.empty) out.fields.set(id, lost ? { ...owned, set } : owned);
  }
  for (const [id, owned] of left) if (owns(owned, REPLICAS)) out.fields.set(id, { set: ONLY_REPLICAS, apiVersion: parentVersion, applied: owned.applied });
  for (const id of out.fields.keys()) {
    const time = times.get(id);
    if (time !== undefined) out.times.set(id, time);
  }
  return encodeEntries(out);
}
