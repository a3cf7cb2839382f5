import { canonicalObject, decodeValue, strictDecodingError } from '../../api/decode.ts';
import type { Json, JsonObject } from '../../api/generated/types.ts';
import { goJson } from '../../api/go-format.ts';
import { parseGoJson, plainJson } from '../../api/go-json.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { PatchError, applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '../../api/patch.ts';
import { isRegistered, schemeOf } from '../../api/scheme.ts';
import { schemaOf } from '../../api/schema.ts';
import { EncodedBody } from '../body.ts';
import { warn } from '../call.ts';
import type { Call } from '../call.ts';
import { EVENTS_V1, isNewerEvents, toCoreEvent, toNewerEvent } from '../event-groups.ts';
import { Refusal, badRequest, failure, invalid, unclassified } from '../status.ts';

/** The object that a patch makes of `existing`, decoded and not yet defaulted (models handlers.patchResource). Throws Refusal. */
export function patched(call: Call, kind: Kind, existing: ApiObject): ApiObject {
  call.stage = 'decode';
  return isNewerEvents(call.request) ? toCoreEvent(patchedAs(call, { ...kind, ...EVENTS_V1 }, toNewerEvent(existing))) : patchedAs(call, kind, existing);
}

function patchedAs(call: Call, kind: Kind, existing: ApiObject): ApiObject {
  const patch = patchOf(call);
  const document = existing as unknown as JsonObject;
  let result: JsonObject;
  try {
    result = apply(call, kind, document, patch);
  } catch (error) {
    if (error instanceof PatchError) throw new Refusal(statusOf(error));
    throw error;
  }
  if (!(call.request.body instanceof EncodedBody) && call.request.options.fieldValidation === undefined) {
    return canonicalObject(result, schemaOf(kind.schema)) as unknown as ApiObject;
  }
  return decodePatched(call, kind, result);
}

function apply(call: Call, kind: Kind, document: JsonObject, patch: Json): JsonObject {
  switch (call.request.patchType) {
    case 'json': return applyJsonPatch(document, patch);
    case 'merge': return applyMergePatch(document, patch);
    case 'strategic': return applyStrategicMergePatch(document, patch, schemaOf(kind.schema));
    case 'apply': case undefined: throw new Error(`a patch of type ${call.request.patchType} is not applied here`);
  }
}

function patchOf(call: Call): Json {
  const { body } = call.request;
  if (!(body instanceof EncodedBody)) return (body ?? null) as Json;
  const parsed = parseGoJson(body.content.text);
  if (!parsed.ok) throw new Refusal(badRequest(`error decoding patch: ${parsed.message}`));
  return plainJson(parsed.document.value);
}

function statusOf({ status, message }: PatchError): Refusal['status'] {
  switch (status) {
    case 400: return badRequest(message);
    case 413: return failure(413, 'RequestEntityTooLarge', message);
    case 422: return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    case 500: return unclassified(message);
  }
}

/** A patch can spoil types and even the kind; the real server then tells the whole patched object. */
function decodePatched(call: Call, kind: Kind, result: JsonObject): ApiObject {
  const validation = call.request.options.fieldValidation ?? 'Warn';
  const apiVersion = apiVersionOf(kind.group, kind.version);
  const wrong = wrongKind(kind, result);
  const decoded = decodeValue(result, schemaOf(kind.schema), validation !== 'Ignore');
  if (wrong !== undefined || !decoded.ok) throw new Refusal(spoiled(result, wrong ?? (decoded.ok ? '' : decoded.message)));
  if (decoded.strictErrors.length > 0) {
    if (validation === 'Strict') throw new Refusal(spoiled(result, strictDecodingError(decoded.strictErrors)));
    warn(call, decoded.strictErrors);
  }
  return { ...(decoded.value as unknown as ApiObject), apiVersion, kind: kind.kind };
}

function wrongKind(kind: Kind, { apiVersion, kind: name }: JsonObject): string | undefined {
  const expected = apiVersionOf(kind.group, kind.version);
  const sentVersion = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : expected;
  const sentKind = typeof name === 'string' && name !== '' ? name : kind.kind;
  if (sentVersion === expected && sentKind === kind.kind) return undefined;
  return isRegistered(sentVersion, sentKind) ? undefined : `no kind "${sentKind}" is registered for version "${sentVersion}" in scheme "${schemeOf(kind.group)}"`;
}

function spoiled(result: JsonObject, why: string): Refusal['status'] {
  const message = `Invalid value: ${JSON.stringify(goJson(result))}: ${why}`;
  return invalid('', '', '', [{ type: 'FieldValueInvalid', path: 'patch', message }]);
}
