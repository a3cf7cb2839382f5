// Objects whose fields a schema declares, as CEL values. The library tells types by their constructor, so that each has a class.
import type { Environment, Optional, ParseResult } from '@marcbachmann/cel-js';
import { Environment as NewEnvironment } from '@marcbachmann/cel-js';

/** The fields of an object by their names in CEL. */
export class CelStruct extends Map<string, unknown> {}

export type StructClass = new () => CelStruct;

export function newStructClass(): StructClass {
  return class extends CelStruct {};
}

/** Declares a type with fields; its objects can be compared with each other and with null. */
export function declareStruct(env: Environment, name: string, fields: Readonly<Record<string, string>>, ctor: StructClass): void {
  env.registerType(name, { fields, ctor });
  env.registerOperator(`${name} == ${name}`, sameValue);
  env.registerOperator(`${name} == null`, () => false);
}

let scalars: ParseResult | undefined;

function sameScalar(a: unknown, b: unknown): boolean {
  scalars ??= new NewEnvironment().registerVariable('a', 'dyn').registerVariable('b', 'dyn').parse('a == b');
  return scalars({ a, b }) === true;
}

function membersOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value as ReadonlyMap<unknown, unknown>;
  const isPlain = typeof value === 'object' && value !== null && (value.constructor === Object || value.constructor === undefined);
  return isPlain ? new Map(Object.entries(value)) : undefined;
}

/** The library cannot compare optional values. */
export function declareOptionalEquality(env: Environment): void {
  env.registerOperator('optional<V> == optional<V>', (a: Optional, b: Optional) => {
    return a.hasValue() === b.hasValue() && (!a.hasValue() || sameValue(a.value(), b.value()));
  });
}

/** Equality of CEL: numbers by value, lists, maps and objects member by member. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  const [left, right] = [membersOf(a), membersOf(b)];
  if (left === undefined || right === undefined) return (left ?? right) === undefined && Array.isArray(a) === Array.isArray(b) && sameScalar(a, b);
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && sameValue(value, right.get(key)));
}
