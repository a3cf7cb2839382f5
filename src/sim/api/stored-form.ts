// Whether a value already has the form in which objects are stored: the question that decode.ts answers by making that
// form, asked without making anything. Components inside the simulation nearly always send it.
import type { Json } from './generated/types.ts';
import { readMicroTime, readTime } from './go-time.ts';
import { storedQuantity } from './quantity-text.ts';
import type { Field, Schema } from './schema.ts';

type Members = { readonly [key: string]: Json | undefined };

/**
 * True if decoding would return the struct as it is. What is the same as in `known`, a stored object (or undefined), is
 * not looked at again; false may also mean that the answer would cost more than decoding.
 */
export function isStoredForm(value: Members, schema: Schema, known: Members | undefined): boolean {
  const { fields, presentFields } = schema;
  for (const name in value) {
    const member = value[name];
    if (known !== undefined && member === known[name] && member !== undefined) continue;
    const field = fields.get(name);
    if (field === undefined || member === undefined || !isStoredMember(member, field, known?.[name])) return false;
  }
  for (let i = 0; i < presentFields.length; i++) if (value[(presentFields[i] as Field).name] === undefined) return false;
  return true;
}

function isStoredMember(member: Json, field: Field, known: Json | undefined): boolean {
  const { schema } = field;
  switch (schema.type) {
    case 'string': return typeof member === 'string' && (member !== '' || field.pointer || field.present);
    case 'bool': return typeof member === 'boolean' && (member || field.pointer || field.present);
    case 'int32': case 'int64': return Number.isSafeInteger(member) && (member !== 0 || field.pointer || field.present) && inRange(member as number, schema.type);
    case 'time': case 'microTime': return member === null ? field.nullWhenAbsent : isStoredTime(member, schema.type);
    case 'array': return Array.isArray(member) && member.length > 0 && areStored(member as readonly Json[], schema.items as Schema, known);
    case 'map': return isStoredMap(member, schema.items as Schema);
    case 'struct': case 'quantity': case 'intOrString': return isStoredValue(member, schema, known);
    case 'float64': case 'bytes': case 'any': return false;
  }
}

function inRange(value: number, type: 'int32' | 'int64'): boolean {
  return type === 'int64' || (value <= 2_147_483_647 && value >= -2_147_483_648);
}

/** Without what may be left out when it is empty: an element of a list or a map. */
function isStoredValue(value: Json, schema: Schema, known: Json | undefined): boolean {
  switch (schema.type) {
    case 'string': return typeof value === 'string';
    case 'struct': return typeof value === 'object' && value !== null && !Array.isArray(value) && isStoredForm(value as Members, schema, isMembers(known) ? known : undefined);
    case 'quantity': return typeof value === 'string' && storedQuantity(value) === value;
    case 'intOrString': return typeof value === 'string' || (Number.isSafeInteger(value) && inRange(value as number, 'int32'));
    case 'bool': case 'int32': case 'int64': case 'float64': case 'bytes': case 'time': case 'microTime': case 'array': case 'map': case 'any': return false;
  }
}

function isMembers(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areStored(values: readonly Json[], items: Schema, known: Json | undefined): boolean {
  const before = Array.isArray(known) ? (known as readonly Json[]) : undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Json;
    if (before !== undefined && before[i] === value) continue;
    if (!isStoredValue(value, items, before?.[i])) return false;
  }
  return true;
}

function isStoredMap(map: Json, items: Schema): boolean {
  if (!isMembers(map)) return false;
  let isEmpty = true;
  for (const key in map) {
    if (!isStoredValue(map[key] as Json, items, undefined)) return false;
    isEmpty = false;
  }
  return !isEmpty;
}

function isStoredTime(value: Json, type: 'time' | 'microTime'): boolean {
  if (typeof value !== 'string' || value.startsWith('0001-')) return false;
  const read = type === 'time' ? readTime(value) : readMicroTime(value);
  return read.ok && read.text === value;
}
