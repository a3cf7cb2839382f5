// The stored form of what components inside the simulation send, which is nearly always in that form already or lacks
// no more than the fields that Go writes even when they are empty. Whatever else it is, decode.ts makes the form.
import type { Json, JsonObject } from './generated/types.ts';
import { readMicroTime, readTime } from './go-time.ts';
import { storedQuantity } from './quantity-text.ts';
import type { Field, Schema } from './schema.ts';

type Members = { readonly [key: string]: Json | undefined };

/** Of a field that is always written, when it is empty; made by decode.ts. */
export type ZeroOf = (field: Field) => Json;

/**
 * The stored form of a struct; undefined if decoding has to make it. Members that are those of `known`, a stored object,
 * are not looked at again. Returns the value itself where nothing is missing.
 */
export function storedForm(value: Members, schema: Schema, known: Members | undefined, zeroOf: ZeroOf): JsonObject | undefined {
  const { fields, presentFields } = schema;
  let out: Record<string, Json> | undefined;
  for (const name in value) {
    const member = value[name];
    if (member === undefined) return undefined;
    if (known !== undefined && member === known[name]) continue;
    const field = fields.get(name);
    if (field === undefined) return undefined;
    const stored = storedMember(member, field, known?.[name], zeroOf);
    if (stored === member) continue;
    if (stored === undefined) return undefined;
    out ??= copyOf(value);
    out[name] = stored;
  }
  for (const field of presentFields) {
    if (value[field.name] !== undefined) continue;
    out ??= copyOf(value);
    out[field.name] = zeroOf(field);
  }
  return out ?? (value as JsonObject);
}

function copyOf(value: Members): Record<string, Json> {
  return { ...value } as Record<string, Json>;
}

/** Pod specs, mostly: every pod of a template has the same one. */
const LARGE_FIELDS = 30;
const large = new WeakMap<object, Schema>();

function storedStruct(value: JsonObject, schema: Schema, known: Json | undefined, zeroOf: ZeroOf): JsonObject | undefined {
  const isLarge = schema.fields.size > LARGE_FIELDS;
  if (isLarge && large.get(value) === schema) return value;
  const stored = storedForm(value, schema, isMembers(known) ? known : undefined, zeroOf);
  if (isLarge && stored !== undefined) large.set(stored, schema);
  return stored;
}

/** A member of a struct, which may not be empty unless empty ones are written too. */
function storedMember(member: Json, field: Field, known: Json | undefined, zeroOf: ZeroOf): Json | undefined {
  const { schema } = field;
  switch (schema.type) {
    case 'string': return typeof member === 'string' && (member !== '' || field.pointer || field.present) ? member : undefined;
    case 'bool': return typeof member === 'boolean' && (member || field.pointer || field.present) ? member : undefined;
    case 'int32': case 'int64': return member !== 0 || field.pointer || field.present ? storedValue(member, schema, known, zeroOf) : undefined;
    case 'time': case 'microTime': return member === null && field.present ? member : storedTime(member, schema.type);
    case 'array': return storedArray(member, schema.items as Schema, known, zeroOf);
    case 'map': return storedMap(member, schema.items as Schema, zeroOf);
    case 'struct': case 'quantity': case 'intOrString': case 'any': return storedValue(member, schema, known, zeroOf);
    case 'float64': case 'bytes': return undefined;
  }
}

/** An element of a list or a map, which may be empty. */
function storedValue(value: Json, schema: Schema, known: Json | undefined, zeroOf: ZeroOf): Json | undefined {
  switch (schema.type) {
    case 'string': return typeof value === 'string' ? value : undefined;
    case 'int64': return Number.isSafeInteger(value) ? value : undefined;
    case 'int32': return isInt32(value) ? value : undefined;
    case 'struct': return isMembers(value) ? storedStruct(value, schema, known, zeroOf) : undefined;
    case 'quantity': return typeof value === 'string' && storedQuantity(value) === value ? value : undefined;
    case 'intOrString': return typeof value === 'string' || isInt32(value) ? value : undefined;
    case 'any': return isMembers(value) ? value : undefined;
    case 'bool': case 'float64': case 'bytes': case 'time': case 'microTime': case 'array': case 'map': return undefined;
  }
}

function isInt32(value: Json): boolean {
  return Number.isSafeInteger(value) && (value as number) <= 2_147_483_647 && (value as number) >= -2_147_483_648;
}

function isMembers(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function storedArray(values: Json, items: Schema, known: Json | undefined, zeroOf: ZeroOf): Json | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  const before = Array.isArray(known) ? (known as readonly Json[]) : undefined;
  let out: Json[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Json;
    if (before !== undefined && before[i] === value) continue;
    const stored = storedValue(value, items, before?.[i], zeroOf);
    if (stored === value) continue;
    if (stored === undefined) return undefined;
    out ??= values.slice() as Json[];
    out[i] = stored;
  }
  return out ?? values;
}

function storedMap(map: Json, items: Schema, zeroOf: ZeroOf): Json | undefined {
  if (!isMembers(map)) return undefined;
  let isEmpty = true;
  for (const key in map) {
    const value = map[key] as Json;
    if (storedValue(value, items, undefined, zeroOf) !== value) return undefined;
    isEmpty = false;
  }
  return isEmpty ? undefined : map;
}

function storedTime(value: Json, type: 'time' | 'microTime'): Json | undefined {
  if (typeof value !== 'string' || value.startsWith('0001-')) return undefined;
  const read = type === 'time' ? readTime(value) : readMicroTime(value);
  return read.ok && read.text === value ? value : undefined;
}
