import { canonicalObject, decodeValue, strictDecodingError } from '../../api/decode.ts';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { internalPackage, splitGroupVersion } from '../../api/decode-body.ts';
import { goJson, goValue } from '../../api/go-format.ts';
import { duplicateFields, parseGoJson, plainJson } from '../../api/go-json.ts';
import { metaOrder } from '../../api/internal-form.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { PatchError, applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '../../api/patch.ts';
import { isRegistered, schemeOf } from '../../api/scheme.ts';
import { openApiSchemas, schemaOf } from '../../api/schema.ts';
import { EncodedBody } from '../body.ts';
import { warn } from '../call.ts';
import type { Call } from '../call.ts';
import { Refusal, badRequest, failure, invalid, unclassified } from '../status.ts';
import { restoreFault } from './restore.ts';

/** The object that a patch makes of `existing`, decoded and not yet defaulted (models handlers.patchResource). Throws Refusal. */
export function patched(call: Call, kind: Kind, existing: ApiObject): ApiObject {
  call.stage = 'decode';
  const { patch, faults } = patchOf(call);
  const document = existing as unknown as JsonObject;
  let result: JsonObject;
  try {
    result = apply(call, kind, document, patch);
  } catch (error) {
    if (error instanceof PatchError) throw new Refusal(statusOf(error));
    throw error;
  }
  if (!(call.request.body instanceof EncodedBody) && call.request.options.fieldValidation === undefined) {
    return canonicalObject(result, schemaOf(kind.schema), existing) as unknown as ApiObject;
  }
  return decodePatched(call, kind, result, existing, patch, faults);
}

function apply(call: Call, kind: Kind, document: JsonObject, patch: Json): JsonObject {
  switch (call.request.patchType) {
    case 'json': return applyJsonPatch(document, patch ?? []);
    case 'merge': return applyMergePatch(document, patch);
    // null is read as an empty map.
    case 'strategic': return applyStrategicMergePatch(document, patch ?? {}, schemaOf(kind.schema));
    case 'apply': case undefined: throw new Error(`a patch of type ${call.request.patchType} is not applied here`);
  }
}

interface SentPatch {
  readonly patch: Json;
  /** What strict reading finds in the patch itself. */
  readonly faults: readonly string[];
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

function patchOf(call: Call): SentPatch {
  const { body, options, patchType } = call.request;
  if (!(body instanceof EncodedBody)) return { patch: (body ?? null) as Json, faults: [] };
  const parsed = parseGoJson(body.content.text);
  if (!parsed.ok) throw new Refusal(badRequest(call.request.patchType === 'strategic' ? parsed.message : `error decoding patch: ${parsed.message}`));
  const patch = plainJson(parsed.document.value);
  if (options.fieldValidation === 'Ignore') return { patch, faults: [] };
  const duplicates = duplicateFields(parsed.document);
  return { patch, faults: patchType === 'json' ? [...duplicates, ...unknownOperationFields(patch)].map((fault) => `json patch ${fault}`) : duplicates };
}

function unknownOperationFields(patch: Json): readonly string[] {
  const operations = Array.isArray(patch) ? patch as readonly Json[] : [];
  return operations.flatMap((operation, i) => (isObject(operation) ? Object.keys(operation) : []).filter((name) => !operationFields.has(name)).map((name) => `unknown field "[${i}].${name}"`));
}

function statusOf({ status, message }: PatchError): Refusal['status'] {
  switch (status) {
    case 400: return badRequest(message);
    case 413: return failure(413, 'RequestEntityTooLarge', message);
    case 422: return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    case 500: return unclassified(message);
  }
}

/** A patch can spoil types and even the kind; the real server then tells what it got. */
function decodePatched(call: Call, kind: Kind, result: JsonObject, existing: ApiObject, patch: Json, faults: readonly string[]): ApiObject {
  const validation = call.request.options.fieldValidation ?? 'Warn';
  const apiVersion = apiVersionOf(kind.group, kind.version);
  const strategic = call.request.patchType === 'strategic';
  const spoiled = (why: string): Refusal => {
    const shown = strategic ? JSON.stringify(goValue(leftOf(patch, existing as unknown as Json))) : JSON.stringify(goJson(shownObject(result, existing as unknown as JsonObject)));
    return new Refusal(invalid('', '', '', [{ type: 'FieldValueInvalid', path: 'patch', message: `Invalid value: ${shown}: ${why}` }]));
  };
  const schema = schemaOf(kind.schema);
  const isCustom = schema.decoder !== undefined;
  const wrong = strategic ? restoreFault(result, schema, '') : isCustom ? undefined : wrongKind(kind, result);
  const decoded = decodeValue(result, schema, validation !== 'Ignore');
  if (wrong !== undefined || !decoded.ok) throw spoiled(wrong ?? (decoded.ok ? '' : decoded.message));
  // Go writes a merged document with sorted members, and reads it again.
  const strictErrors = [...faults, ...(call.request.patchType === 'merge' ? decoded.strictErrors.toSorted() : decoded.strictErrors)];
  if (strictErrors.length > 0) {
    if (validation === 'Strict') throw spoiled(strictDecodingError(strictErrors));
    warn(call, strictErrors);
  }
  const object = decoded.value as unknown as ApiObject;
  return isCustom ? object : { ...object, apiVersion, kind: kind.kind };
}

const ORDER = '$setElementOrder/';

/** What is left of a strategic patch when it was applied: Go's merge takes ordered lists and directives out of it. */
function leftOf(patch: Json, existing: Json | undefined): Json {
  if (!isObject(patch) || !isObject(existing)) return patch;
  const taken = new Set(Object.keys(patch).filter((key) => key.startsWith(ORDER)).flatMap((key) => [key, key.slice(ORDER.length)]));
  const left = Object.entries(patch).filter(([key]) => !taken.has(key) && key !== '$retainKeys');
  return Object.fromEntries(left.map(([key, value]) => [key, leftOf(value ?? null, existing[key])]));
}

/** What came is read as what it says it is, and only then turned out to be something else. */
function wrongKind(kind: Kind, result: JsonObject): string | undefined {
  const { apiVersion, kind: name } = result;
  const expected = apiVersionOf(kind.group, kind.version);
  const sentVersion = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : expected;
  const sentKind = typeof name === 'string' && name !== '' ? name : kind.kind;
  if (sentVersion === expected && sentKind === kind.kind) return undefined;
  const other = schemaNamed(sentVersion, sentKind);
  if (other === undefined) return isRegistered(sentVersion, sentKind) ? undefined : `no kind "${sentKind}" is registered for version "${sentVersion}" in scheme "${schemeOf(kind.group)}"`;
  const decoded = decodeValue(result, schemaOf(other), false);
  const sent = splitGroupVersion(sentVersion) ?? { group: '', version: '' };
  return decoded.ok ? `converting (${sent.version}.${sentKind}) to (${internalPackage(kind.group)}.${kind.kind}): unknown conversion` : decoded.message;
}

const schemaNames = new Map<string, string>();

/** The schema of a kind that the real server knows. */
function schemaNamed(apiVersion: string, kind: string): string | undefined {
  if (schemaNames.size === 0) {
    for (const [name, schema] of Object.entries(openApiSchemas())) {
      const known = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as readonly { readonly group: string; readonly version: string; readonly kind: string }[];
      for (const each of known) schemaNames.set(`${apiVersionOf(each.group, each.version)} ${each.kind}`, name);
    }
  }
  return schemaNames.get(`${apiVersion} ${kind}`);
}

/** As Go's patch library writes it: members sorted wherever it touched an object, in their types' order elsewhere. */
function shownObject(result: JsonObject, before: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(result).sort().map((name) => [name, shown(name, result[name], before[name])]));
}

function shown(name: string, value: Json | undefined, before: Json | undefined): Json | undefined {
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const object = value as JsonObject;
  if (value !== before) return shownObject(object, isObject(before) ? before : {});
  return name === 'metadata' ? Object.fromEntries(metaOrder.filter((field) => object[field] !== undefined).map((field) => [field, object[field]])) : value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value);
}
