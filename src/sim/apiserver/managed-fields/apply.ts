// Server-side apply: a configuration becomes part of an object (models applyPatcher and managedfields.FieldManager.Apply).
import { canonicalObject, decodeValue } from '../../api/decode.ts';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { plainJson } from '../../api/go-json.ts';
import { goJson } from '../../api/go-format.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { schemaOf } from '../../api/schema.ts';
import { splitGroupVersion } from '../../api/decode-body.ts';
import type { Context } from '../../kernel/actor.ts';
import { EncodedBody } from '../body.ts';
import { warn } from '../call.ts';
import type { Call } from '../call.ts';
import { Refusal, badRequest, failure, unclassified } from '../status.ts';
import { MalformedEntries, decodeEntries, encodeEntries, entriesOf, withEntries } from './entries.ts';
import type { Managed } from './entries.ts';
import { difference, has, pathText } from './field-set.ts';
import { jsonOf, newObject, writerOf } from './manager.ts';
import type { ManagedKind } from './manager.ts';
import { compare, fieldsOf, membersOf, typeOf } from './typed.ts';
import { ApplyConflict, afterUpdate, applied, printManager } from './updater.ts';
import type { Applied, Conflict, Writer } from './updater.ts';
import { misfit } from './validate.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The object that a configuration makes of `existing` (undefined: of nothing), with its managers; not yet defaulted.
 * Throws Refusal (400, 409, 500).
 */
export function applyConfiguration(call: Call, kind: ManagedKind, existing: ApiObject | undefined, ctx: Context): ApiObject {
  call.stage = 'decode';
  const config = configuration(call);
  checkKind(config, kind);
  if (membersOf(config['metadata'])['managedFields'] !== undefined && membersOf(config['metadata'])['managedFields'] !== null) throw new Refusal(badRequest('metadata.managedFields must be nil'));
  const problem = misfit(config, typeOf(schemaOf(kind.schema)));
  if (problem !== undefined) throw new Refusal(unclassified(`failed to create typed patch object (${objectText(config)}): ${problem}`));
  const writer = writerOf(call, kind, ctx);
  const live = existing ?? newObject(kind);
  const managed = ownersOf(live, kind, writer);
  try {
    const result = applyOverClientSide(live, config, kind, managed, writer, call.request.options.force ?? false);
    return withLastApplied(objectOf(call, kind, live, config, result), config, writer);
  } catch (error) {
    if (error instanceof ApplyConflict) throw new Refusal(conflictStatus(error.conflicts));
    throw error;
  }
}

function configuration(call: Call): JsonObject {
  const { body, options } = call.request;
  if (!(body instanceof EncodedBody)) return membersOf(body as Json);
  const { content, unreadable } = body;
  if (unreadable !== undefined || !content.document) throw new Refusal(badRequest(`error decoding YAML: error converting YAML to JSON: ${unreadable ?? ''}`));
  const value = plainJson(content.document.value);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw new Refusal(badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`));
  }
  const twice = content.yamlErrors ?? [];
  if (twice.length > 0 && options.fieldValidation !== 'Ignore') {
    const why = `error converting YAML to JSON: yaml: unmarshal errors:\n  ${twice.join('\n  ')}`;
    if (options.fieldValidation === 'Strict') throw new Refusal(badRequest(`error strict decoding YAML: ${why}`));
    warn(call, [why]);
  }
  return membersOf(value);
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function gvkText(config: JsonObject): string {
  const { group, version } = splitGroupVersion(textOf(config['apiVersion'])) ?? { group: '', version: '' };
  return `${group}/${version}, Kind=${textOf(config['kind'])}`;
}

function objectText(config: JsonObject): string {
  const metadata = membersOf(config['metadata']);
  const version = textOf(config['apiVersion']);
  return `${textOf(metadata['namespace'])}/${textOf(metadata['name'])}; ${version.includes('/') ? version : `/${version}`}, Kind=${textOf(config['kind'])}`;
}

function checkKind(config: JsonObject, kind: ManagedKind): void {
  if (config['apiVersion'] === apiVersionOf(kind.group, kind.version) && config['kind'] === kind.kind) return;
  throw new Refusal(badRequest(`invalid object type: ${gvkText(config)}`));
}

/** Who owns what so far; all that is there belongs to nobody in particular before the first apply. */
function ownersOf(live: ApiObject, kind: ManagedKind, writer: Writer): Managed {
  try {
    const managed = decodeEntries(entriesOf(live));
    if (managed.fields.size > 0) return managed;
    return afterUpdate(jsonOf(newObject(kind)), jsonOf(live), typeOf(schemaOf(kind.schema)), managed, { ...writer, manager: 'before-first-apply' });
  } catch (error) {
    if (error instanceof MalformedEntries) throw new Refusal(unclassified(`failed to decode managed fields: ${error.message}`));
    throw error;
  }
}

/** kubectl may take over what its own client-side apply set (lastAppliedManager). Throws ApplyConflict. */
function applyOverClientSide(live: ApiObject, config: JsonObject, kind: ManagedKind, managed: Managed, writer: Writer, force: boolean): Applied {
  const type = typeOf(schemaOf(kind.schema));
  const run = (forced: boolean): Applied => applied(jsonOf(live), config, type, managed, writer, forced);
  try {
    return run(force);
  } catch (error) {
    const last = error instanceof ApplyConflict && writer.manager === 'kubectl' ? lastApplied(live) : undefined;
    if (!(error instanceof ApplyConflict) || !last) throw error;
    const { modified, added, removed } = compare(last, jsonOf(live), type);
    const mine = difference(difference(difference(fieldsOf(last, type), modified), added), removed);
    const left = error.conflicts.filter(({ path }) => !has(mine, path));
    if (left.length > 0) throw new ApplyConflict(left);
    return run(true);
  }
}

function lastApplied(live: ApiObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  try {
    const last = membersOf(JSON.parse(text) as Json);
    return last['apiVersion'] === live.apiVersion ? last : undefined;
  } catch {
    return undefined;
  }
}

/** The annotation of client-side apply goes with kubectl's server-side apply (lastAppliedUpdater). */
function withLastApplied(object: ApiObject, config: JsonObject, writer: Writer): ApiObject {
  const { annotations } = object.metadata;
  if (writer.manager !== 'kubectl' || !annotations?.[LAST_APPLIED]) return object;
  const metadata = membersOf(config['metadata']);
  const { [LAST_APPLIED]: _, ...own } = membersOf(metadata['annotations']);
  const bare = metadata['annotations'] === undefined ? config : { ...config, metadata: { ...metadata, annotations: own } };
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${goJson(sortedMembers(bare))}\n` } } };
}

function sortedMembers(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(sortedMembers);
  const members = membersOf(value);
  return Object.fromEntries(Object.keys(members).sort().map((name) => [name, sortedMembers(members[name] ?? null)]));
}

function objectOf(call: Call, kind: ManagedKind, live: ApiObject, config: JsonObject, { object, managed }: Applied): ApiObject {
  const entries = encodeEntries(managed);
  if (object === undefined) return withEntries(live, entries);
  const schema = schemaOf(kind.schema);
  if (!(call.request.body instanceof EncodedBody)) return withEntries(canonicalObject(object as unknown as ApiObject, schema), entries);
  const decoded = decodeValue(object, schema, false);
  if (!decoded.ok) throw new Refusal(unclassified(`failed to convert new typed object (${objectText(config)}) to object: ${decoded.message}`));
  return withEntries(decoded.value as unknown as ApiObject, entries);
}

/** Models managedfields.NewConflictError. */
function conflictStatus(conflicts: readonly Conflict[]): Refusal['status'] {
  const sorted = [...conflicts].sort((a, b) => (a.manager === b.manager ? 0 : a.manager < b.manager ? -1 : 1));
  const causes = sorted.map(({ manager, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${printManager(manager)}`, field: pathText(path) }));
  return failure(409, 'Conflict', conflictMessage(sorted), { causes });
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${printManager(first.manager)}: ${pathText(first.path)}`;
  const lines = conflicts.flatMap(({ manager, path }, i) => {
    const head = conflicts[i - 1]?.manager === manager ? [] : [`conflicts with ${printManager(manager)}:`];
    return [...head, `- ${pathText(path)}`];
  });
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

