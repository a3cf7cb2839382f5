// Who owns which fields, as the pipeline asks it (models managedfields.FieldManager). The server keeps it for what comes
// from outside: objects that components of the simulation make stay without, until somebody applies to them.
import { formatTime } from '../../../base/time.ts';
import { emptyOf } from '../../api/decode.ts';
import type { Json } from '../../api/generated/types.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { schemaOf } from '../../api/schema.ts';
import type { Context } from '../../kernel/actor.ts';
import { EncodedBody } from '../body.ts';
import type { Call } from '../call.ts';
import { sameContent } from '../object.ts';
import { MalformedEntries, decodeEntries, emptyManaged, encodeEntries, entriesOf, isReset, withEntries } from './entries.ts';
import type { Managed } from './entries.ts';
import { recursiveDifference, setOf } from './field-set.ts';
import type { FieldSet, Path } from './field-set.ts';
import { typeOf } from './typed.ts';
import { afterUpdate } from './updater.ts';
import type { FieldFilter, Writer } from './updater.ts';

/** What a kind's object is to field managers. */
export type ManagedKind = Pick<Kind, 'group' | 'version' | 'kind' | 'plural' | 'schema' | 'status'>;

/** A new object with the fields that its maker owns. */
export function trackCreate(call: Call, kind: ManagedKind, object: ApiObject, ctx: Context): ApiObject {
  if (!comesFromOutside(call)) return object;
  const managed = isReset(object) ? emptyManaged() : readable(object);
  return track(newObject(kind), withEntries(object, []), managed, kind, writerOf(call, kind, ctx));
}

/** An updated object: its writer owns what changed, and others no longer do. */
export function trackUpdate(call: Call, kind: ManagedKind, existing: ApiObject, next: ApiObject, ctx: Context): ApiObject {
  const sent = next.metadata as { readonly managedFields?: unknown };
  const live = entriesOf(existing);
  if (!sent.managedFields && live.length === 0) return next;
  const managed = managedOf(call, existing, next);
  const bare = withEntries(next, []);
  return managed.fields.size === 0 ? bare : track(existing, bare, managed, kind, writerOf(call, kind, ctx));
}

function comesFromOutside({ request }: Call): boolean {
  return request.body instanceof EncodedBody || request.options.fieldValidation !== undefined;
}

/** A client may write the managers itself; through a subresource it may not. */
function managedOf(call: Call, existing: ApiObject, next: ApiObject): Managed {
  if (call.request.subresource !== '') return readable(existing);
  if (isReset(next)) return emptyManaged();
  const sent = readable(next);
  return sent.fields.size > 0 ? sent : readable(existing);
}

/** What cannot be read counts as nothing. */
export function readable(object: ApiObject): Managed {
  try {
    return decodeEntries(entriesOf(object));
  } catch (error) {
    if (error instanceof MalformedEntries) return emptyManaged();
    throw error;
  }
}

function track(live: ApiObject, next: ApiObject, managed: Managed, kind: ManagedKind, writer: Writer): ApiObject {
  return withEntries(next, encodeEntries(afterUpdate(jsonOf(live), jsonOf(next), typeOf(schemaOf(kind.schema)), managed, writer)));
}

export function jsonOf(object: ApiObject): Json {
  return object as unknown as Json;
}

/** What an object of the kind is before anybody set anything. */
export function newObject(kind: ManagedKind): ApiObject {
  const { metadata, ...rest } = emptyOf(schemaOf(kind.schema));
  return { ...rest, apiVersion: apiVersionOf(kind.group, kind.version), kind: kind.kind, metadata: metadata ?? {} } as unknown as ApiObject;
}

export function writerOf(call: Call, kind: ManagedKind, ctx: Context): Writer {
  const { subresource } = call.request;
  return {
    manager: managerOf(call), apiVersion: apiVersionOf(kind.group, kind.version), subresource, filter: filterOf(kind, subresource), now: formatTime(ctx.unixUs),
  };
}

const MANAGER_MAX_BYTES = 128;

/** The name that the client gives itself, or else its program's. */
export function managerOf({ request }: Call): string {
  const { fieldManager } = request.options;
  if (fieldManager) return fieldManager;
  const program = request.userAgent.split('/')[0] ?? '';
  return program.replace(/\p{C}/gu, '').slice(0, MANAGER_MAX_BYTES) || 'unknown';
}

// ---- fields that a write cannot set (GetResetFields) ----

const metadataAt = (name: string): Path => ['f:metadata', `f:${name}`];

/** What a status update leaves alone besides the spec. */
const keptByStatus: Readonly<Record<string, readonly Path[] | undefined>> = {
  pods: [metadataAt('deletionTimestamp'), metadataAt('ownerReferences')],
  deployments: [metadataAt('labels')],
  validatingadmissionpolicies: [['f:metadata']],
  volumeattachments: [['f:metadata']],
  customresourcedefinitions: [['f:metadata']],
};

const STATUS = setOf(['f:status']);
const everything: FieldFilter = (set) => set;
const withoutStatus: FieldFilter = (set) => recursiveDifference(set, STATUS);

function filterOf(kind: ManagedKind, subresource: string): FieldFilter {
  switch (subresource) {
    case '': case 'finalize': return kind.status ? withoutStatus : everything;
    case 'status': {
      const kept = setOf(['f:spec'], ...(keptByStatus[kind.plural] ?? []));
      return (set: FieldSet) => recursiveDifference(set, kept);
    }
    default: return everything;
  }
}

// ---- writes that change nothing but times ----

/** A write that changes nothing does not count as one (IgnoreManagedFieldsTimestampsTransformer). */
export function withOldTimes(next: ApiObject, existing: ApiObject): ApiObject {
  const entries = entriesOf(next);
  const before = entriesOf(existing);
  if (entries === before || entries.length === 0 || entries.length !== before.length) return next;
  const timeless = entries.map((entry, i) => ({ ...entry, time: before[i]?.time }));
  if (!sameContent(timeless, before)) return next;
  const settled = withEntries(next, before);
  return sameContent(settled, existing) ? settled : next;
}
