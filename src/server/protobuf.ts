// Request bodies in application/vnd.kubernetes.protobuf as the JSON that says the same. kubectl's generated clients send
// nothing else for the built-in kinds (models apimachinery's protobuf serializer: an envelope `runtime.Unknown`).
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { formatMicroTime, formatTime } from '../base/time.ts';
import type { Json, JsonObject } from '../sim/api/generated/types.ts';
import { apiVersionOf } from '../sim/api/meta.ts';
import { openApiSchemas, schemaOf } from '../sim/api/schema.ts';
import type { Schema } from '../sim/api/schema.ts';
import data from './protobuf-fields.json';

const MAGIC = 'k8s\0';
const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';
const types = data.types as Readonly<Record<string, string | undefined>>;

/** The JSON of a protobuf body; undefined for what is none, ends too early, or is of a kind that has no such form. */
export function jsonOfProtobuf(body: Uint8Array): string | undefined {
  if (Buffer.from(body.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC) return undefined;
  try {
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(MAGIC.length));
    const name = kind === 'DeleteOptions' ? DELETE_OPTIONS : schemaNames().get(`${apiVersion} ${kind}`);
    return name === undefined ? undefined : JSON.stringify({ apiVersion, kind, ...readStruct(raw, name, schemaOf(name)) });
  } catch {
    return undefined;
  }
}

let namesByKind: Map<string, string> | undefined;

/** Names of schemas by `apps/v1 Deployment`. */
function schemaNames(): ReadonlyMap<string, string> {
  if (namesByKind) return namesByKind;
  namesByKind = new Map();
  for (const [name, schema] of Object.entries(openApiSchemas())) {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as readonly { readonly group: string; readonly version: string; readonly kind: string }[];
    if (types[name] === undefined || kinds.length !== 1) continue;
    for (const { group, version, kind } of kinds) namesByKind.set(`${apiVersionOf(group, version)} ${kind}`, name);
  }
  return namesByKind;
}

// ---- the wire ----

/** Calls `read` for each field of a message; it says whether it took the value. */
function eachField(bytes: Uint8Array, read: (number: number, reader: BinaryReader, wire: WireType) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (!read(number, reader, wire)) reader.skip(wire, number);
  }
}

/** `runtime.Unknown`: 1 the type (1 apiVersion, 2 kind), 2 the object. */
function readEnvelope(bytes: Uint8Array): { readonly apiVersion: string; readonly kind: string; readonly raw: Uint8Array } {
  const envelope: { apiVersion: string; kind: string; raw: Uint8Array } = { apiVersion: '', kind: '', raw: new Uint8Array() };
  eachField(bytes, (number, reader) => {
    if (number === 2) envelope.raw = reader.bytes();
    if (number === 1) eachField(reader.bytes(), (part, inner) => {
      if (part === 1) envelope.apiVersion = inner.string();
      if (part === 2) envelope.kind = inner.string();
      return part <= 2;
    });
    return number <= 2;
  });
  return envelope;
}

const positions = new Map<string, readonly string[]>();

/** Names of a type's fields; the field with number n is at n - 1. */
function fieldNames(type: string): readonly string[] {
  let names = positions.get(type);
  if (!names) positions.set(type, names = types[type]?.split(' ') ?? []);
  return names;
}

/** A struct of the type `type`, whose fields are those of `schema` (the struct around it if it is embedded). */
function readStruct(bytes: Uint8Array, type: string, schema: Schema): JsonObject {
  const out: Record<string, Json> = {};
  const names = fieldNames(type);
  eachField(bytes, (number, reader, wire) => {
    const name = names[number - 1] ?? '-';
    if (name.startsWith('=')) {
      Object.assign(out, readStruct(reader.bytes(), name.slice(1), schema));
      return true;
    }
    const field = schema.fields.get(name);
    if (!field) return false;
    out[name] = readField(reader, wire, field.schema, out[name]);
    return true;
  });
  return out;
}

/** A field's value; lists and maps come an element at a time, after those in `before`. */
function readField(reader: BinaryReader, wire: WireType, schema: Schema, before: Json | undefined): Json {
  const { type, items } = schema;
  if (type === 'array' && items) {
    const list = (before ?? []) as readonly Json[];
    return isPacked(items, wire) ? [...list, ...readPacked(reader, items)] : [...list, readValue(reader, items)];
  }
  return type === 'map' && items ? { ...(before as JsonObject | undefined), ...readEntry(reader.bytes(), items) } : readValue(reader, schema);
}

function isPacked({ type }: Schema, wire: WireType): boolean {
  return wire === WireType.LengthDelimited && (type === 'int32' || type === 'int64' || type === 'bool' || type === 'float64');
}

function readPacked(reader: BinaryReader, items: Schema): readonly Json[] {
  const inner = new BinaryReader(reader.bytes());
  const list: Json[] = [];
  while (inner.pos < inner.len) list.push(readValue(inner, items));
  return list;
}

/** A map's element: 1 key, 2 value. Lists are messages of their own there (`ExtraValue`). */
function readEntry(bytes: Uint8Array, items: Schema): JsonObject {
  let key = '';
  let value: Json = null;
  eachField(bytes, (number, reader, wire) => {
    if (number === 1) key = reader.string();
    else if (number === 2 && items.type === 'array') value = readList(reader.bytes(), items);
    else if (number === 2) value = readField(reader, wire, items, undefined);
    return number <= 2;
  });
  return { [key]: value };
}

function readList(bytes: Uint8Array, schema: Schema): Json {
  let list: Json = [];
  eachField(bytes, (number, reader, wire) => {
    if (number === 1) list = readField(reader, wire, schema, list);
    return number === 1;
  });
  return list;
}

function readValue(reader: BinaryReader, schema: Schema): Json {
  switch (schema.type) {
    case 'string': return reader.string();
    case 'bool': return reader.bool();
    case 'int32': return reader.int32();
    case 'int64': return Number(reader.int64());
    case 'float64': return reader.double();
    case 'bytes': return Buffer.from(reader.bytes()).toString('base64');
    case 'struct': return readStruct(reader.bytes(), schema.name, schema);
    case 'quantity': return textIn(reader.bytes());
    case 'intOrString': return readIntOrString(reader.bytes());
    case 'time': return readTimestamp(reader.bytes(), formatTime);
    case 'microTime': return readTimestamp(reader.bytes(), formatMicroTime);
    case 'any': return JSON.parse(textIn(reader.bytes()) || 'null') as Json;
    case 'array': case 'map': throw new Error(`a ${schema.goType} inside a list`);
  }
}

/** The text in field 1: a Quantity's, or the JSON of a RawExtension or FieldsV1. */
function textIn(bytes: Uint8Array): string {
  let text = '';
  eachField(bytes, (number, reader) => {
    if (number === 1) text = Buffer.from(reader.bytes()).toString('utf8');
    return number === 1;
  });
  return text;
}

/** 1 whether it is a text, 2 the number, 3 the text. */
function readIntOrString(bytes: Uint8Array): Json {
  let isText = false;
  let number = 0;
  let text = '';
  eachField(bytes, (field, reader) => {
    if (field === 1) isText = reader.int32() === 1;
    else if (field === 2) number = reader.int32();
    else if (field === 3) text = reader.string();
    return field <= 3;
  });
  return isText ? text : number;
}

/** 1 seconds, 2 nanoseconds; both zero is Go's zero time, which JSON writes as null. */
function readTimestamp(bytes: Uint8Array, format: (unixUs: number) => string): Json {
  let seconds = 0;
  let nanos = 0;
  eachField(bytes, (number, reader) => {
    if (number === 1) seconds = Number(reader.int64());
    else if (number === 2) nanos = reader.int32();
    return number <= 2;
  });
  return seconds === 0 && nanos === 0 ? null : format(seconds * 1_000_000 + Math.floor(nanos / 1000));
}
