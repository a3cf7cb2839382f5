// The conditions by which scenarios wait for objects and name them.
import { isPlain } from './json.ts';
import type { Plain } from './json.ts';
import type { Where } from './scenario.ts';

/** `['a.b/c']`, `[type=Ready]`, `[0]` or a name. */
const SEGMENT = /\['([^']+)'\]|\[([^\]=]+)=([^\]]+)\]|\[(\d+)\]|([^.[\]]+)/g;

/** The value at a path such as `status.conditions[type=Ready].status` or `metadata.annotations['x.y/z']`. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, quoted, key, wanted, index, name] of path.matchAll(SEGMENT)) {
    if (value === undefined || value === null) return undefined;
    if (key !== undefined) value = Array.isArray(value) ? value.find((member) => isPlain(member) && member[key] === wanted) : undefined;
    else if (index !== undefined) value = (value as readonly unknown[])[Number(index)];
    else value = (value as Plain)[quoted ?? name ?? ''];
  }
  return value;
}

const number = (value: unknown): number => Number(value ?? 0);
const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** What each condition asks of the value (and of the object that it is in). */
const CONDITIONS: Readonly<Record<string, (value: unknown, operand: unknown, object: unknown) => boolean>> = {
  gte: (value, operand) => number(value) >= number(operand),
  lte: (value, operand) => number(value) <= number(operand),
  ne: (value, operand) => (value ?? null) !== operand,
  exists: (value, operand) => isSet(value) === operand,
  eqPath: (value, operand, object) => (value ?? 0) === (valueAt(object, String(operand)) ?? 0),
  len: (value, operand) => (Array.isArray(value) || typeof value === 'string' ? value.length : 0) === operand,
  in: (value, operand) => (operand as readonly unknown[]).includes(value),
};

function holds(value: unknown, wanted: unknown, object: unknown): boolean {
  if (isPlain(wanted)) return Object.entries(wanted).every(([name, operand]) => CONDITIONS[name]?.(value, operand, object) ?? false);
  if (wanted === 0 || wanted === null || wanted === false) return !isSet(value) || value === wanted;
  return value === wanted;
}

/** Whether an object fulfils all conditions; 0, null and false also hold where nothing is. */
export function fulfils(object: unknown, where: Where = {}): boolean {
  return Object.entries(where).every(([path, wanted]) => holds(valueAt(object, path), wanted, object));
}
