// From the body of a request to an object of the kind that the path names (models the codec of
// apiserver/pkg/endpoints/handlers: Interpret, decode, convert), with the 400 texts of the real server.
import type { ApiObject } from './meta.ts';
import { apiVersionOf } from './meta.ts';
import type { FieldValidation } from './decode.ts';
import { decodeDocument, strictDecodingError } from './decode.ts';
import type { ParsedDocument, ParsedJson } from './go-json.ts';
import { NumberText, parseGoJson } from './go-json.ts';
import { isRegistered, schemeOf } from './scheme.ts';
import { schemaOf } from './schema.ts';

export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Key in generated/schemas.json. */
  readonly schema: string;
}

export type BodyResult =
  | { readonly ok: true; readonly object: ApiObject; readonly warnings: readonly string[] }
  /** The message of a 400 BadRequest. */
  | { readonly ok: false; readonly message: string };

/** A JSON body, or one that a YAML reader has parsed already (`yamlErrors`: keys that it saw twice). */
export interface BodyText {
  readonly text: string;
  readonly document?: ParsedDocument;
  readonly yamlErrors?: readonly string[];
}

/** Decodes a request body for a kind. The object comes back with the kind's own apiVersion and kind. */
export function decodeBody(body: BodyText, expected: ExpectedKind, fieldValidation: FieldValidation): BodyResult {
  let document = body.document;
  if (document === undefined) {
    const parsed = parseGoJson(body.text);
    if (!parsed.ok) return unrecognized(body, expected, `couldn't get version/kind; json parse error: ${parsed.message}`);
    document = parsed.document;
  }
  const meta = interpret(document.value);
  if (typeof meta === 'string') return unrecognized(body, expected, meta);
  const groupVersion = splitGroupVersion(meta.apiVersion);
  if (groupVersion === undefined) return unrecognized(body, expected, `unexpected GroupVersion string: ${meta.apiVersion}`);
  const kind = meta.kind === '' ? expected.kind : meta.kind;
  const sent = groupVersion.version === '' && (groupVersion.group === '' || groupVersion.group === expected.group) ? expected : groupVersion;
  const refusal = kindRefusal(sent.group, sent.version, kind, expected);
  if (refusal !== undefined) return { ok: false, message: refusal };
  return decodeMatching(body, document, kind, expected, fieldValidation);
}

function decodeMatching(body: BodyText, document: ParsedDocument, kind: string, expected: ExpectedKind, fieldValidation: FieldValidation): BodyResult {
  const cannot = (why: string): BodyResult => ({ ok: false, message: `${kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${why}` });
  const schema = schemaOf(expected.schema);
  const decoded = decodeDocument(document, schema, fieldValidation !== 'Ignore');
  if (!decoded.ok) return cannot(decoded.message);
  const yamlErrors = fieldValidation === 'Ignore' ? [] : body.yamlErrors ?? [];
  if (fieldValidation === 'Strict' && yamlErrors.length + decoded.strictErrors.length > 0) {
    const yaml = yamlErrors.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${yamlErrors.join('\n  ')}`];
    return cannot(strictDecodingError([...yaml, ...decoded.strictErrors]));
  }
  const apiVersion = apiVersionOf(expected.group, expected.version);
  const value = decoded.value as unknown as ApiObject;
  // That a custom resource is of another kind is for its validation to say.
  const asKind = schema.decoder === undefined ? expected.kind : kind;
  const object = value.apiVersion === apiVersion && value.kind === asKind ? value : { ...value, apiVersion, kind: asKind };
  return { ok: true, object, warnings: [...yamlErrors, ...decoded.strictErrors] };
}

/** Why a kind that was sent does not suit the kind that is expected; undefined if it does. */
function kindRefusal(group: string, version: string, kind: string, expected: ExpectedKind): string | undefined {
  if (group === expected.group && version === expected.version && kind === expected.kind) return undefined;
  const sentVersion = apiVersionOf(group, version);
  const wrongVersion = `the API version in the data (${sentVersion}) does not match the expected API version (${apiVersionOf(expected.group, expected.version)})`;
  if (schemaOf(expected.schema).decoder !== undefined) return sentVersion === apiVersionOf(expected.group, expected.version) ? undefined : wrongVersion;
  const scheme = schemeOf(expected.group);
  const cannot = `${kind} in version "${version}" cannot be handled as a ${expected.kind}: `;
  if (!isRegistered(sentVersion, kind) || schemeOf(group) !== scheme) {
    return `${cannot}no kind "${kind}" is registered for version "${sentVersion}" in scheme "${scheme}"`;
  }
  if (kind !== expected.kind || internalPackage(group) !== internalPackage(expected.group)) {
    return `${cannot}converting (${version}.${kind}) to (${internalPackage(expected.group)}.${expected.kind}): unknown conversion`;
  }
  return wrongVersion;
}

/** The message for a body that cannot be read at all. */
export function unrecognized(body: BodyText, expected: ExpectedKind, why: string): BodyResult {
  return { ok: false, message: `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body.text)})` };
}

const findKindType = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function interpret(value: ParsedJson): { readonly apiVersion: string; readonly kind: string } | string {
  const broken = "couldn't get version/kind; json parse error: json: cannot unmarshal ";
  if (value === null) return { apiVersion: '', kind: '' };
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText) return `${broken}${jsonKind(value)} into Go value of type ${findKindType}`;
  const members = value as { readonly [key: string]: ParsedJson | undefined };
  const apiVersion = members['apiVersion'] ?? '';
  const kind = members['kind'] ?? '';
  if (typeof apiVersion !== 'string') return `${broken}${jsonKind(apiVersion)} into Go struct field .apiVersion of type string`;
  if (typeof kind !== 'string') return `${broken}${jsonKind(kind)} into Go struct field .kind of type string`;
  return { apiVersion, kind };
}

function jsonKind(value: ParsedJson): string {
  if (value instanceof NumberText || typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? 'array' : 'object';
}

/** Models schema.ParseGroupVersion; undefined for more than one slash. */
export function splitGroupVersion(apiVersion: string): { readonly group: string; readonly version: string } | undefined {
  if (apiVersion === '' || apiVersion === '/') return { group: '', version: '' };
  const parts = apiVersion.split('/');
  if (parts.length === 1) return { group: '', version: apiVersion };
  return parts.length === 2 ? { group: parts[0] ?? '', version: parts[1] ?? '' } : undefined;
}

/** Name of the Go package with a group's internal types, which conversion errors print. */
export function internalPackage(group: string): string {
  if (group === '' || group === 'events.k8s.io') return 'core';
  if (group === 'extensions') return 'apps';
  const dot = group.indexOf('.');
  return dot < 0 ? group : group.slice(0, dot);
}

const summaryBytes = 30;

/** The start of a body, as text if it looks like JSON and in hexadecimal otherwise (models summarizeData). */
function summary(text: string): string {
  if (text === '') return '<empty>';
  const bytes = new TextEncoder().encode(text);
  const more = bytes.length > summaryBytes ? ' ...' : '';
  const head = bytes.subarray(0, summaryBytes);
  if (text.startsWith('{')) return new TextDecoder().decode(head) + more;
  return Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('') + more;
}

