/** Structural equality of plain JSON; undefined members count as absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  return sameMembers(a, b) && sameMembers(b, a);
}

function sameMembers(a: object, b: object): boolean {
  const other = b as Readonly<Record<string, unknown>>;
  for (const key in a) {
    const value = (a as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined && !sameJson(value, other[key])) return false;
  }
  return true;
}
