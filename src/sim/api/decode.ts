// Decodes JSON into the stored form of a type in one walk, as the API server's decoder and Go's encoder together do:
// wrong types fail with Go's words, unknown and duplicate fields are noted, nulls and empty optional values disappear,
// quantities, times and base64 become canonical, and fields that Go always writes are filled in.
// Values that are already in that form are returned as they are, so an object from a cache costs almost nothing.
import { unreachable } from '../../base/assert.ts';
import type { Json, JsonObject } from './generated/types.ts';
import { decodeBytes } from './base64.ts';
import type { ParsedDocument, ParsedJson } from './go-json.ts';
import { documentOf, noDuplicates, NumberText, parseGoJson, plainJson, setMember } from './go-json.ts';
import { readMicroTime, readTime } from './go-time.ts';
import { fieldInStruct } from './embedded-structs.ts';
import { QuantityError } from './quantity.ts';
import { storedForm } from './stored-form.ts';
import { storedQuantity } from './quantity-text.ts';
import type { DecodeResult, Field, Schema } from './schema.ts';
import { textSchema } from './schema.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

type Members = { readonly [key: string]: ParsedJson | undefined };

/** Decodes a JSON text. `strict` collects unknown and duplicate fields (fieldValidation Strict and Warn). */
export function decodeText(text: string, schema: Schema, strict: boolean): DecodeResult {
  const parsed = parseGoJson(text);
  return parsed.ok ? decodeDocument(parsed.document, schema, strict) : { ok: false, message: parsed.message };
}

/** Decodes a value that is already parsed, from YAML or from a patch. */
export function decodeValue(value: Json, schema: Schema, strict: boolean): DecodeResult {
  return decodeDocument(documentOf(value), schema, strict);
}

export function decodeDocument(document: ParsedDocument, schema: Schema, strict: boolean): DecodeResult {
  if (schema.decoder !== undefined) return schema.decoder(document, strict);
  const walk = new Walk(document.duplicates, strict);
  let value: Json;
  try {
    value = walk.value(document.value, schema, schema.goType);
  } catch (error) {
    if (error instanceof DecodeFault) return { ok: false, message: error.message };
    throw error;
  }
  if (walk.savedError !== undefined) return { ok: false, message: walk.savedError };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) value = emptyOf(schema);
  return { ok: true, value: value as JsonObject, strictErrors: walk.strictErrors };
}

/** The words of a refusal under fieldValidation=Strict. */
export function strictDecodingError(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(', ')}`;
}

const canonical = new WeakMap<object, Schema>();
const remembered = new Set([
  'io.k8s.api.core.v1.PodSpec', 'io.k8s.api.core.v1.PodTemplateSpec', 'io.k8s.api.core.v1.Container', 'io.k8s.api.core.v1.PodStatus',
  'io.k8s.api.core.v1.NodeStatus', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
]);

/**
 * The stored form of an object that a component inside the simulation wrote. Throws on a wrong type: that is a bug there.
 * Large immutable parts that were seen before (a pod template's spec, what `stored` has) are recognised by reference.
 */
export function canonicalObject<T extends object>(object: T, schema: Schema, stored?: object): T {
  const known = canonical.get(object) === schema ? object : schema.decoder !== undefined ? undefined : storedForm(object as JsonObject, schema, stored as JsonObject | undefined, zeroOf);
  if (known !== undefined) return known as T;
  if (schema.decoder !== undefined) return readAs(object as unknown as Json, schema) as unknown as T;
  const walk = new Walk(noDuplicates, false);
  walk.remember = true;
  const value = walk.value(object as unknown as Json, schema, schema.goType);
  if (walk.savedError !== undefined) throw new Error(walk.savedError);
  return value as unknown as T;
}

function readAs(value: Json, schema: Schema): JsonObject {
  const decoded = decodeValue(value, schema, false);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.value;
}

const emptyValues = new WeakMap<Schema, JsonObject>();

/** What Go writes for the zero value of a struct: `{}` and the fields that are always present. */
export function emptyOf(schema: Schema): JsonObject {
  let value = emptyValues.get(schema);
  if (value === undefined) {
    const fields: Record<string, Json> = {};
    for (const field of schema.presentFields) fields[field.name] = zeroOf(field);
    value = Object.freeze(fields);
    emptyValues.set(schema, value);
  }
  return value;
}

function zeroOf(field: Field): Json {
  if (field.nullWhenAbsent) return null;
  switch (field.schema.type) {
    case 'struct': return emptyOf(field.schema);
    case 'string': return '';
    case 'bool': return false;
    case 'int32': case 'int64': case 'float64': case 'intOrString': return 0;
    case 'quantity': return '0';
    case 'map': case 'array': case 'bytes': case 'time': case 'microTime': case 'any': return null;
    default: return unreachable(field.schema.type);
  }
}

/** Ends the walk at once: errors of types that decode themselves. */
class DecodeFault extends Error {}

const maxStrictErrors = 100;
/** As a double: the largest int64 rounds up to 2^63. */
const maxInt64 = 2 ** 63;

class Walk {
  savedError: string | undefined;
  savedType: { readonly found: string; readonly goType: string } | undefined;
  readonly strictErrors: string[] = [];
  remember = false;
  private readonly duplicates: ParsedDocument['duplicates'];
  private readonly strict: boolean;
  /** Keys and indices from the top; `owners` has the struct for a struct's field and undefined for keys and indices. */
  private readonly keys: (string | number)[] = [];
  private readonly owners: (Schema | undefined)[] = [];
  private depth = 0;

  constructor(duplicates: ParsedDocument['duplicates'], strict: boolean) {
    this.duplicates = duplicates;
    this.strict = strict;
  }

  /** The canonical form; undefined never, null for an absent pointer, list or map. */
  value(raw: ParsedJson, schema: Schema, goType: string): Json {
    switch (schema.type) {
      case 'string': return typeof raw === 'string' ? raw : this.wrong(raw, goType, '');
      case 'bool': return typeof raw === 'boolean' ? raw : this.wrong(raw, goType, false);
      case 'int32': return this.integer(raw, goType, 2_147_483_647);
      case 'int64': return this.integer(raw, goType, maxInt64);
      case 'float64': return raw instanceof NumberText ? Number(raw.text) : typeof raw === 'number' ? raw : this.wrong(raw, goType, 0);
      case 'struct': return this.struct(raw, schema, goType);
      case 'array': return this.array(raw, schema, goType);
      case 'map': return this.map(raw, schema, goType);
      case 'quantity': return this.quantity(raw);
      case 'intOrString': return typeof raw === 'string' ? raw : this.intOrString(raw);
      case 'bytes': return this.bytes(raw, goType);
      case 'time': return this.time(raw, false);
      case 'microTime': return this.time(raw, true);
      case 'any': return schema.items === undefined ? plainJson(raw) : this.schemaUnion(raw, schema, schema.items);
      default: return unreachable(schema.type);
    }
  }

  private push(key: string | number, owner: Schema | undefined): void {
    this.keys[this.depth] = key;
    this.owners[this.depth] = owner;
    this.depth++;
  }

  private struct(raw: ParsedJson, schema: Schema, goType: string): Json {
    if (raw === null) return null;
    if (typeof raw !== 'object' || Array.isArray(raw) || raw instanceof NumberText) return this.wrong(raw, goType, null);
    const members = raw as Members;
    if (this.remember && canonical.get(members) === schema) return members as JsonObject;
    const entries = this.duplicates.get(members);
    if (entries !== undefined) this.duplicateEntries(entries, schema);
    let out: Record<string, Json> | undefined;
    for (const key in members) {
      const before = members[key];
      const after = before === undefined ? undefined : this.field(key, before, schema);
      if (out === undefined && after !== before) out = membersBefore(members, key);
      if (out !== undefined && after !== undefined) out[key] = after;
    }
    for (const field of schema.presentFields) {
      if ((out ?? members)[field.name] !== undefined) continue;
      out ??= { ...(members as JsonObject) } as Record<string, Json>;
      out[field.name] = zeroOf(field);
    }
    const result = out ?? (members as JsonObject);
    if (this.remember && remembered.has(schema.name)) canonical.set(result, schema);
    return result;
  }

  /** One member of a struct; undefined if it is not stored. */
  private field(key: string, raw: ParsedJson, schema: Schema): Json | undefined {
    const field = schema.fields.get(key);
    if (field === undefined) {
      this.strictError('unknown field', key);
      return undefined;
    }
    // Go leaves a field as it is: a pointer nil, everything else zero.
    if (raw === null) return field.present ? zeroOf(field) : undefined;
    this.push(key, schema);
    const value = this.value(raw, field.schema, field.goType);
    this.depth--;
    if (!isEmpty(value, field)) return value;
    // To send no managers at all is how a client takes away those that are there.
    if (!field.present) return key === 'managedFields' ? value : undefined;
    return Array.isArray(value) && keepsEmptyLists(schema) ? value : zeroOf(field);
  }

  /** Go decodes every occurrence of a key: reports the second and later ones, and what is wrong inside the earlier ones. */
  private duplicateEntries(entries: readonly (readonly [string, ParsedJson])[], schema: Schema): void {
    const seen = new Set<string>();
    for (const [key, value] of entries) {
      if (schema.type === 'struct' && !schema.fields.has(key)) {
        this.strictError('unknown field', key);
        continue;
      }
      if (seen.has(key)) this.strictError('duplicate field', key);
      seen.add(key);
      if (schema.type === 'struct') this.field(key, value, schema);
    }
  }

  private element(raw: ParsedJson, key: string | number, items: Schema, goType: string): Json {
    this.push(key, undefined);
    let value = this.value(raw, items, goType);
    this.depth--;
    if (value === null && items.type === 'struct') value = emptyOf(items);
    return value;
  }

  private array(raw: ParsedJson, schema: Schema, goType: string): Json {
    if (raw === null) return null;
    if (!Array.isArray(raw)) return this.wrong(raw, goType, null);
    const items = schema.items as Schema;
    // The type of a list knows the name of its items' type.
    const itemType = goType.startsWith('[]') ? goType.slice('[]'.length) : items.goType;
    let out: Json[] | undefined;
    for (let i = 0; i < raw.length; i++) {
      const before = raw[i] as ParsedJson;
      const after = this.element(before, i, items, itemType);
      if (out === undefined && after !== before) out = raw.slice(0, i) as Json[];
      if (out !== undefined) out.push(after);
    }
    return out ?? (raw as readonly Json[]);
  }

  private map(raw: ParsedJson, schema: Schema, goType: string): Json {
    if (raw === null) return null;
    if (typeof raw !== 'object' || Array.isArray(raw) || raw instanceof NumberText) return this.wrong(raw, goType, null);
    const members = raw as Members;
    const items = schema.items as Schema;
    const entries = this.duplicates.get(members);
    if (entries !== undefined) this.duplicateEntries(entries, schema);
    let out: Record<string, Json> | undefined;
    for (const key in members) {
      const before = members[key];
      const after = before === undefined ? undefined : this.mapValue(before, key, items);
      if (out === undefined && after !== before) out = membersBefore(members, key);
      if (out !== undefined && after !== undefined) setMember(out, key, after);
    }
    return out ?? (members as JsonObject);
  }

  private mapValue(raw: ParsedJson, key: string, items: Schema): Json {
    const value = this.element(raw, key, items, items.goType);
    if (value !== null) return value;
    return items.type === 'bytes' ? '' : items.type === 'quantity' ? '0' : value;
  }

  private integer(raw: ParsedJson, goType: string, max: number): Json {
    if (typeof raw === 'number' && Number.isInteger(raw) && raw <= max && raw >= -max - 1) return raw;
    if (typeof raw === 'number') this.save(`number ${String(raw)}`, goType);
    else if (raw instanceof NumberText) return this.longInteger(raw.text, goType, max);
    else return this.wrong(raw, goType, 0);
    return 0;
  }

  private longInteger(text: string, goType: string, max: number): Json {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value <= max && value >= -max - 1) return value === 0 ? 0 : value;
    this.save(`number ${text}`, goType);
    return 0;
  }

  private quantity(raw: ParsedJson): Json {
    if (raw === null) return null;
    const text = typeof raw === 'string' ? raw.trim() : raw instanceof NumberText ? raw.text : typeof raw === 'number' ? String(raw) : JSON.stringify(raw);
    try {
      return storedQuantity(text);
    } catch (error) {
      if (error instanceof QuantityError) throw new DecodeFault(error.message);
      throw error;
    }
  }

  private intOrString(raw: ParsedJson): Json {
    if (raw === null) return 0;
    if (typeof raw === 'number' && Number.isInteger(raw) && raw <= 2_147_483_647 && raw >= -2_147_483_648) return raw;
    if (typeof raw === 'number') return this.fault(`number ${String(raw)}`, 'int32');
    if (raw instanceof NumberText) return this.fault(`number ${raw.text}`, 'int32');
    return this.fault(kindOf(raw), 'int32');
  }

  private bytes(raw: ParsedJson, goType: string): Json {
    if (raw === null) return null;
    if (typeof raw !== 'string') return this.wrong(raw, goType, null);
    const decoded = decodeBytes(raw);
    if (decoded.ok) return decoded.text;
    this.savedError ??= `illegal base64 data at input byte ${decoded.offset}`;
    return '';
  }

  private time(raw: ParsedJson, micro: boolean): Json {
    if (raw === null) return null;
    if (typeof raw !== 'string') return this.fault(kindOf(raw), 'string');
    const read = micro ? readMicroTime(raw) : readTime(raw);
    if (!read.ok) throw new DecodeFault(read.message);
    return read.text.startsWith('0001-01-01T00:00:00') ? null : read.text;
  }

  /** The types around JSON schemas decode themselves: nothing unknown inside is noticed, and the first wrong type ends it all. */
  private schemaUnion(raw: ParsedJson, schema: Schema, props: Schema): Json {
    if (raw === null) return null;
    const isObject = typeof raw === 'object' && !Array.isArray(raw) && !(raw instanceof NumberText);
    if (schema.structName === 'JSONSchemaPropsOrBool') {
      if (typeof raw === 'boolean') return raw;
      if (!isObject) throw new DecodeFault('boolean or JSON schema expected');
    }
    const inner = new Walk(noDuplicates, false);
    let value: Json = null;
    if (isObject) value = inner.value(raw, props, props.goType);
    else if (Array.isArray(raw) && raw.length > 0) value = schema.structName === 'JSONSchemaPropsOrArray' ? inner.list(raw, props) : inner.list(raw, textSchema);
    if (inner.savedType !== undefined) this.fault(inner.savedType.found, inner.savedType.goType);
    return value;
  }

  private list(raw: readonly ParsedJson[], items: Schema): Json {
    return raw.map((item, i) => this.element(item, i, items, items.goType));
  }

  private wrong(raw: ParsedJson, goType: string, zero: Json): Json {
    if (raw !== null) this.save(kindOf(raw), goType);
    return zero;
  }

  private save(found: string, goType: string): void {
    this.savedError ??= this.typeError(found, goType);
    this.savedType ??= { found, goType };
  }

  private fault(found: string, goType: string): never {
    throw new DecodeFault(this.typeError(found, goType));
  }

  /** Models json.UnmarshalTypeError with its field context: only the names of struct fields make the path. */
  private typeError(found: string, goType: string): string {
    let path = '';
    let struct = '';
    for (let i = 0; i < this.depth; i++) {
      const owner = this.owners[i];
      if (owner === undefined) continue;
      struct = owner.structName;
      const field = fieldInStruct(struct, String(this.keys[i]));
      path = path === '' ? field : `${path}.${field}`;
    }
    return path === '' ? `json: cannot unmarshal ${found} into Go value of type ${goType}` : `json: cannot unmarshal ${found} into Go struct field ${struct}.${path} of type ${goType}`;
  }

  private strictError(what: 'unknown field' | 'duplicate field', key: string): void {
    if (!this.strict || this.strictErrors.length >= maxStrictErrors) return;
    let path = '';
    for (let i = 0; i < this.depth; i++) {
      const part = this.keys[i];
      path += typeof part === 'number' ? `[${part}]` : path === '' ? part : `.${part}`;
    }
    const error = `${what} "${path === '' ? key : `${path}.${key}`}"`;
    if (!this.strictErrors.includes(error)) this.strictErrors.push(error);
  }
}

function membersBefore(members: Members, stop: string): Record<string, Json> {
  const out: Record<string, Json> = {};
  for (const key in members) {
    if (key === stop) break;
    const value = members[key];
    if (value !== undefined) setMember(out, key, value as Json);
  }
  return out;
}

/** Definitions are stored as JSON, which tells an empty list from none; protobuf, in which most kinds are stored, does not. */
function keepsEmptyLists({ name }: Schema): boolean {
  return name.startsWith('io.k8s.apiextensions-apiserver.');
}

function isEmpty(value: Json, field: Field): boolean {
  if (value === null) return true;
  switch (field.schema.type) {
    case 'string': case 'bytes': return value === '' && !field.pointer;
    case 'bool': return value === false && !field.pointer;
    case 'int32': case 'int64': case 'float64': return value === 0 && !field.pointer;
    case 'array': return (value as readonly Json[]).length === 0 && !field.keepsEmpty;
    case 'map': return hasNoMembers(value as JsonObject);
    case 'struct': case 'quantity': case 'intOrString': case 'time': case 'microTime': case 'any': return false;
    default: return unreachable(field.schema.type);
  }
}

function hasNoMembers(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}

function kindOf(raw: ParsedJson): string {
  if (raw === null) return 'null';
  if (raw instanceof NumberText || typeof raw === 'number') return 'number';
  if (typeof raw === 'string') return 'string';
  if (typeof raw === 'boolean') return 'bool';
  return Array.isArray(raw) ? 'array' : 'object';
}
