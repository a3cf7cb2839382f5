/** Structural equality of plain JSON; members that are undefined or null count as absent, as they do in a Go struct. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b || (isAbsent(a) && isAbsent(b))) return true;
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
    if (!isAbsent(value) && !sameJson(value, other[key])) return false;
  }
  return true;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
