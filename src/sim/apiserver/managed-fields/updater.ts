// What an update and an apply do to fields and their managers (models structured-merge-diff's merge.Updater and the
// managers that Kubernetes wraps around it).
import { jsonEqual } from '../../api/patch.ts';
import type { Json } from '../../api/generated/types.ts';
import type { Managed, Owned } from './entries.ts';
import { identifier, identityOf, secondsOf } from './entries.ts';
import { EMPTY_SET, difference, has, intersection, pathsOf, setOf, union } from './field-set.ts';
import type { FieldSet, Path } from './field-set.ts';
import { compare, fieldsOf, merge, withNamedFields, without } from './typed.ts';
import type { Comparison, TypeRef } from './typed.ts';

export interface Conflict {
  /** Manager identifier. */
  readonly manager: string;
  readonly path: Path;
}

/** An apply wants fields that others own. */
export class ApplyConflict extends Error {
  readonly conflicts: readonly Conflict[];
  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} conflicts`);
    this.conflicts = conflicts;
  }
}

/** Drops the fields that a write cannot set. */
export type FieldFilter = (set: FieldSet) => FieldSet;

/** Who writes, through what, and when. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly filter: FieldFilter;
  /** RFC 3339. */
  readonly now: string;
}

/** Fields that are nobody's. */
const STRIPPED = setOf(
  ['f:apiVersion'], ['f:kind'], ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => ['f:metadata', `f:${name}`]),
);
const MAX_UPDATE_MANAGERS = 10;
const ANCIENT = 'ancient-changes';
/** An update is compared with what all managers had, its own earlier writes included. */
const CURRENT = 'current-operation';

/** The managers after an update. */
export function afterUpdate(live: Json, next: Json, type: TypeRef, managed: Managed, writer: Writer): Managed {
  const comparison = filtered(compare(live, next, type), writer.filter);
  const fields = settle(managed.fields, comparison, CURRENT, true);
  const taken = difference(union(comparison.modified, comparison.added), STRIPPED);
  const times = new Map(managed.times);
  if (!taken.empty) {
    const id = identifier(writer.manager, 'Update', writer.apiVersion, writer.subresource);
    fields.set(id, { set: union(taken, fields.get(id)?.set ?? EMPTY_SET), apiVersion: writer.apiVersion, applied: false });
    times.set(id, writer.now);
  }
  return capped({ fields, times });
}

function filtered({ removed, modified, added }: Comparison, filter: FieldFilter): Comparison {
  return { removed: filter(removed), modified: filter(modified), added: filter(added) };
}

/** Takes changed and removed fields away from the other managers. Throws ApplyConflict unless forced. */
function settle(managers: ReadonlyMap<string, Owned>, { removed, modified, added }: Comparison, workflow: string, force: boolean): Map<string, Owned> {
  const changed = union(modified, added);
  const out = new Map<string, Owned>();
  const conflicts: Conflict[] = [];
  for (const [id, owned] of managers) {
    if (id === workflow) {
      if (!owned.set.empty) out.set(id, owned);
      continue;
    }
    const lost = intersection(owned.set, changed);
    if (!force) for (const path of pathsOf(lost)) conflicts.push({ manager: id, path });
    const set = difference(difference(owned.set, lost), removed);
    if (!set.empty) out.set(id, set === owned.set ? owned : { ...owned, set });
  }
  if (conflicts.length > 0) throw new ApplyConflict(conflicts);
  return out;
}

/** Only so many updaters are told apart; the oldest are put together (capManagersManager). */
function capped(managed: Managed): Managed {
  const updaters = [...managed.fields].filter(([, { applied }]) => !applied).map(([id]) => id);
  if (updaters.length <= MAX_UPDATE_MANAGERS) return managed;
  updaters.sort((a, b) => secondsOf(managed.times.get(a)) - secondsOf(managed.times.get(b)) || (a < b ? -1 : 1));
  const firstOf = new Map<string, string>();
  let left = updaters.length;
  for (const id of updaters) {
    if (left <= MAX_UPDATE_MANAGERS) break;
    const owned = managed.fields.get(id);
    if (!owned) continue;
    const first = firstOf.get(owned.apiVersion);
    if (first === undefined) {
      firstOf.set(owned.apiVersion, id);
      continue;
    }
    fold(managed, id, first, owned);
    left--;
  }
  return managed;
}

function fold({ fields, times }: Managed, id: string, first: string, owned: Owned): void {
  const bucket = identifier(ANCIENT, 'Update', owned.apiVersion, '');
  const older = fields.get(bucket) ?? fields.get(first);
  if (!fields.has(bucket)) fields.delete(first);
  fields.set(bucket, { ...owned, set: union(owned.set, older?.set ?? EMPTY_SET) });
  fields.delete(id);
  const time = times.get(id);
  if (time !== undefined) times.set(bucket, time);
}

export interface Applied {
  /** Undefined if the configuration changes nothing. */
  readonly object: Json | undefined;
  readonly managed: Managed;
}

/** Merges a configuration into the live object. Throws ApplyConflict. */
export function applied(live: Json, config: Json, type: TypeRef, managed: Managed, writer: Writer, force: boolean): Applied {
  const id = identifier(writer.manager, 'Apply', writer.apiVersion, writer.subresource);
  const last = managed.fields.get(id);
  const fields = new Map(managed.fields);
  fields.set(id, { set: writer.filter(fieldsOf(config, type)), apiVersion: writer.apiVersion, applied: true });
  const merged = merge(live, config, type) ?? null;
  const next = last && !last.set.empty ? pruned(merged, type, fields, last.set) : merged;
  const settled = settle(fields, filtered(compare(live, next, type), writer.filter), id, force);
  strip(settled, id);
  const times = new Map(managed.times);
  if (jsonEqual(live, next)) return { object: undefined, managed: { fields: settled, times } };
  times.set(id, writer.now);
  return { object: next, managed: { fields: settled, times } };
}

function strip(fields: Map<string, Owned>, id: string): void {
  const owned = fields.get(id);
  if (!owned) return;
  const set = difference(owned.set, STRIPPED);
  if (set.empty) fields.delete(id);
  else fields.set(id, { ...owned, set });
}

/** Takes away what the manager applied last time and nobody owns any more. */
function pruned(merged: Json, type: TypeRef, fields: ReadonlyMap<string, Owned>, last: FieldSet): Json {
  const lastNamed = withNamedFields(last, type);
  const mergedSet = withNamedFields(fieldsOf(merged, type), type);
  const cut = without(merged, lastNamed, type);
  let owned: FieldSet = EMPTY_SET;
  for (const { set } of fields.values()) owned = union(owned, set);
  const kept = union(withNamedFields(fieldsOf(cut, type), type), withNamedFields(owned, type));
  const withOwned = without(merged, difference(mergedSet, kept), type);
  // What the manager never set stays, even inside of what it gave up.
  const remaining = withNamedFields(fieldsOf(withOwned, type), type);
  return without(merged, intersection(difference(mergedSet, remaining), lastNamed), type);
}

/** Does a manager own a path? */
export function owns({ set }: Owned, path: Path): boolean {
  return has(set, path);
}

/** `"kubectl" using apps/v1`. */
export function printManager(id: string): string {
  const { manager, operation, apiVersion = '', subresource } = identityOf(id);
  const name = JSON.stringify(manager) + (subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
