// Building blocks of defaulting: they return the same object where nothing is missing.

/** Sets the members that are absent. */
export function fill<T extends object>(object: T, values: Partial<T>): T {
  let out: T | undefined;
  for (const key in values) {
    if ((object[key] === undefined || object[key] === null) && values[key] !== undefined) out = { ...(out ?? object), [key]: values[key] };
  }
  return out ?? object;
}

/** Replaces one member by what `change` makes of it, if it is there. */
export function change<T extends object, K extends keyof T>(object: T, key: K, change: (value: NonNullable<T[K]>) => T[K]): T {
  const before = object[key];
  if (before === undefined || before === null) return object;
  const after = change(before);
  return after === before ? object : { ...object, [key]: after };
}

/** Removes a member. */
export function without<T extends object, K extends keyof T>(object: T, key: K): T {
  if (object[key] === undefined) return object;
  const { [key]: _, ...rest } = object;
  return rest as T;
}

/** Changes every item; the same list if none changed. */
export function each<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  let out: T[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const before = items[i] as T;
    const after = change(before);
    if (out === undefined && after !== before) out = items.slice(0, i);
    if (out !== undefined) out.push(after);
  }
  return out ?? items;
}
