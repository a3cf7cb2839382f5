// metadata.managedFields as sets by manager, and back (models managedfields/internal).
import { parseTime } from '../../../base/time.ts';
import type { JsonObject } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { fromFields, toFields } from './field-set.ts';
import type { FieldSet } from './field-set.ts';

export interface Owned {
  readonly set: FieldSet;
  readonly apiVersion: string;
  /** By apply and not by update. */
  readonly applied: boolean;
}

/** Who owns what, and since when, by manager identifier. */
export interface Managed {
  readonly fields: Map<string, Owned>;
  readonly times: Map<string, string>;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: JsonObject;
  readonly subresource?: string;
}

export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Empty for appliers, who keep one identity over all versions. */
  readonly apiVersion?: string;
  readonly subresource?: string;
}

export function emptyManaged(): Managed {
  return { fields: new Map(), times: new Map() };
}

export function identifier(manager: string, operation: 'Apply' | 'Update', apiVersion: string, subresource: string): string {
  return JSON.stringify({
    manager, operation, ...(operation === 'Apply' ? {} : { apiVersion }), ...(subresource === '' ? {} : { subresource }),
  } satisfies ManagerIdentity);
}

export function identityOf(id: string): ManagerIdentity {
  return JSON.parse(id) as ManagerIdentity;
}

export function entriesOf(object: ApiObject): readonly ManagedFieldsEntry[] {
  return (object.metadata as { readonly managedFields?: readonly ManagedFieldsEntry[] }).managedFields ?? [];
}

/** Why entries cannot be read (ValidateManagedFields). */
export class MalformedEntries extends Error {}

/** Throws MalformedEntries. */
export function decodeEntries(entries: readonly ManagedFieldsEntry[]): Managed {
  const managed = emptyManaged();
  entries.forEach((entry, i) => {
    const { operation, apiVersion = '', fieldsType = '', manager = '', subresource = '', time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') throw new MalformedEntries('operation must be `Apply` or `Update`');
    if (apiVersion === '') throw new MalformedEntries('apiVersion must not be empty');
    if (fieldsType === '') throw new MalformedEntries(`missing fieldsType in managed fields entry ${i}`);
    if (fieldsType !== 'FieldsV1') throw new MalformedEntries(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`);
    const set = fromFields(entry.fieldsV1 ?? {});
    if (!set) throw new MalformedEntries('error decoding set');
    const id = identifier(manager, operation, apiVersion, subresource);
    managed.fields.set(id, { set, apiVersion, applied: operation === 'Apply' });
    if (time !== undefined) managed.times.set(id, time);
  });
  return managed;
}

/** Sorted by operation, time, manager, version and subresource. */
export function encodeEntries({ fields, times }: Managed): readonly ManagedFieldsEntry[] {
  const entries = [...fields].map(([id, { set, apiVersion, applied }]): ManagedFieldsEntry => {
    const { manager, operation, subresource } = identityOf(id);
    const time = times.get(id);
    return {
      manager, operation: applied ? 'Apply' : operation, apiVersion, ...(time === undefined ? {} : { time }), fieldsType: 'FieldsV1', fieldsV1: toFields(set),
      ...(subresource === undefined ? {} : { subresource }),
    };
  });
  return entries.sort(compareEntries);
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return compareText(a.operation, b.operation) || secondsOf(a.time) - secondsOf(b.time) || compareText(a.manager, b.manager)
    || compareText(a.apiVersion, b.apiVersion) || compareText(a.subresource, b.subresource);
}

function compareText(a = '', b = ''): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function secondsOf(time: string | undefined): number {
  return time === undefined ? 0 : Math.floor((parseTime(time) ?? 0) / 1_000_000);
}

/** The object with these entries, without the member if there are none. */
export function withEntries(object: ApiObject, entries: readonly ManagedFieldsEntry[]): ApiObject {
  const before = object.metadata as { readonly managedFields?: unknown };
  if (entries.length === 0 && before.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = before;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } } as ApiObject;
}

/** `[]` and `[{}]` ask to forget all managers. */
export function isReset(object: ApiObject): boolean {
  const { managedFields } = object.metadata as { readonly managedFields?: readonly object[] | null };
  if (!managedFields) return false;
  return managedFields.length === 0 || (managedFields.length === 1 && Object.keys(managedFields[0] ?? {}).length === 0);
}
