import { canonicalObject } from '../../api/decode.ts';
import { decodeBody, unrecognized } from '../../api/decode-body.ts';
import type { ExpectedKind } from '../../api/decode-body.ts';
import { documentOf } from '../../api/go-json.ts';
import type { Json } from '../../api/generated/types.ts';
import type { ApiObject } from '../../api/meta.ts';
import { apiVersionOf } from '../../api/meta.ts';
import { schemaOf } from '../../api/schema.ts';
import { EncodedBody } from '../body.ts';
import { record, warn } from '../call.ts';
import type { Call } from '../call.ts';
import type { StageOutcome } from '../messages.ts';
import { Refusal, badRequest } from '../status.ts';

const DECODED: StageOutcome = { stage: 'decode', outcome: 'passed', code: 'decoded', params: {} };
const DEFAULTED: StageOutcome = { stage: 'decode', outcome: 'changed', code: 'defaulted', params: {} };

/**
 * The body as an object of the expected kind. An encoded one comes from outside; fieldValidation says that unknown
 * fields have to be looked for. Bodies of components inside the simulation need neither: the real ones send protobuf,
 * in which wrong types and unknown fields cannot be written. Throws Refusal (400).
 */
export function decode(call: Call, expected: ExpectedKind): ApiObject {
  call.stage = 'decode';
  const { body, options } = call.request;
  if (!(body instanceof EncodedBody) && options.fieldValidation === undefined) return decodeTrusted(body, expected);
  const encoded = body instanceof EncodedBody ? body : new EncodedBody({ text: JSON.stringify(body), document: documentOf((body ?? null) as Json) });
  const { content, unreadable } = encoded;
  const result = unreadable === undefined ? decodeBody(content, expected, options.fieldValidation ?? 'Warn') : unrecognized(content, expected, unreadable);
  if (!result.ok) throw new Refusal(badRequest(result.message));
  warn(call, result.warnings);
  return withMetadata(result.object);
}

function decodeTrusted(body: unknown, expected: ExpectedKind): ApiObject {
  const object = body as ApiObject;
  const apiVersion = apiVersionOf(expected.group, expected.version);
  if (object.kind !== expected.kind || object.apiVersion !== apiVersion) {
    throw new Error(`a component sent ${object.apiVersion} ${object.kind} where ${apiVersion} ${expected.kind} is expected`);
  }
  return withMetadata(canonicalObject(object, schemaOf(expected.schema)));
}

const NO_METADATA = {};

function withMetadata(object: ApiObject): ApiObject {
  return (object.metadata as unknown) ? object : { ...object, metadata: NO_METADATA };
}

/** The object of a PUT or PATCH must be the one that the path names. Throws Refusal (400). */
export function checkName(call: Call, object: ApiObject): void {
  const { name } = call.request;
  const sent = object.metadata.name ?? '';
  if (sent === '') throw new Refusal(badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`));
  if (sent !== name) throw new Refusal(badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`));
}

/** Notes what defaulting did to the object that was sent. */
export function recordDecoded(call: Call, sent: ApiObject, defaulted: ApiObject): void {
  record(call, sent === defaulted ? DECODED : { ...DEFAULTED, object: defaulted });
}
