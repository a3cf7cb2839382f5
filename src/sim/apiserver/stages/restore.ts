// Why a strategic merge patch's result is no object: Go makes it from maps directly and words that unlike its JSON reader
// (models runtime.DefaultUnstructuredConverter).
import type { Json, JsonObject } from '../../api/generated/types.ts';
import type { Schema } from '../../api/schema.ts';

const goKinds = { struct: 'struct', map: 'map', array: 'slice', string: 'string', bool: 'bool', int32: 'int32', int64: 'int64', float64: 'float64' } as const;

/** The first value that does not suit its type; undefined if none is found (types that read themselves are not looked at). */
export function restoreFault(value: Json, schema: Schema, goType: string): string | undefined {
  if (value === null) return undefined;
  const from = kindOf(value);
  switch (schema.type) {
    case 'struct': return from === 'map' ? memberFault(value as JsonObject, schema) : `cannot restore struct from: ${from}`;
    case 'map': return from === 'map' ? eachFault(Object.values(value as JsonObject), schema) : `cannot restore map from ${from}`;
    case 'array': return from === 'slice' ? eachFault(value as readonly Json[], schema) : `cannot restore slice from ${from}`;
    case 'string': return from === 'string' ? undefined : from === 'int64' ? `cannot convert int64 to ${typeName(goType)}` : `unrecognized type: string`;
    case 'bool': return from === 'bool' ? undefined : 'unrecognized type: bool';
    case 'int32': case 'int64': return numberFault(from, goKinds[schema.type], typeName(goType));
    case 'float64': return from === 'int64' || from === 'float64' ? undefined : 'unrecognized type: float64';
    default: return undefined;
  }
}

function memberFault(object: JsonObject, schema: Schema): string | undefined {
  for (const [name, field] of schema.fields) {
    const value = object[name];
    const fault = value === undefined ? undefined : restoreFault(value, field.schema, field.goType);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function eachFault(values: readonly (Json | undefined)[], { items }: Schema): string | undefined {
  for (const value of values) {
    const fault = items && value !== undefined ? restoreFault(value, items, items.goType) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function numberFault(from: string, kind: string, type: string): string | undefined {
  if (from === 'int64') return undefined;
  return from === 'float64' ? `cannot convert float64 to ${type}` : `unrecognized type: ${kind}`;
}

function typeName(goType: string): string {
  return goType.replace(/^\*/, '');
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return goKinds.array;
  switch (typeof value) {
    case 'string': return 'string';
    case 'boolean': return 'bool';
    case 'number': return Number.isInteger(value) ? 'int64' : 'float64';
    default: return 'map';
  }
}
